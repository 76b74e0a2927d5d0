// The text of a settings file: read as strictly as the client does, and changed in place so that every other byte stays.
// The client drops the whole file, silently, when it holds a comment or a trailing comma or is empty, so writing into such
// a file would be lost. Offsets are those of jsonc-parser; its own `modify` is not byte-exact.

import { parseTree, printParseErrorCode, type Node, type ParseError } from "jsonc-parser";
import { SitrepError } from "../core/errors.ts";

const byteOrderMark = "\uFEFF";

/** Line and column as an editor counts them: from 1, without the byte order mark. */
function position(text: string, offset: number, start: number): string {
  const before = text.slice(start, offset).split("\n");
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}

function refuse(file: string, what: string): SitrepError {
  return new SitrepError("settings-not-strict", `${file}: ${what}`, {
    hint: "Claude Code ignores the whole file as it is, hooks included. Correct it and run the command again; nothing was changed.",
  });
}

const isTrailingComma = (text: string, offset: number): boolean =>
  /,\s*$/.test(text.slice(0, offset));

function describe(error: ParseError, text: string): string {
  if (printParseErrorCode(error.error) === "InvalidCommentToken") return "a comment";
  const next = text.charAt(error.offset);
  if ((next === "}" || next === "]") && isTrailingComma(text, error.offset)) {
    return "a trailing comma";
  }
  return "no valid JSON";
}

function treeOf(file: string, text: string, errors: ParseError[]): Node | undefined {
  try {
    return parseTree(text, errors, { disallowComments: true, allowTrailingComma: false });
  } catch (cause) {
    if (cause instanceof RangeError) throw refuse(file, "nested too deeply to be read.");
    throw cause;
  }
}

/** What a file that is not there yet becomes, before anything is put into it. */
export const newFile = "{}\n";

export const unexpected = (file: string, what: string, form?: string): SitrepError =>
  new SitrepError("settings-unexpected", `${file}: ${what}`, {
    hint: `${form === undefined ? "" : `See ${form} for its form. `}Nothing was changed.`,
  });

/** The tree of a settings file, with offsets into its text. Throws `settings-not-strict`, naming file, line and column, or `settings-unexpected` when it is no JSON object. */
export function parseSettings(file: string, text: string): Node {
  const start = text.startsWith(byteOrderMark) ? 1 : 0;
  const body = text.slice(start);
  if (body.trim() === "") {
    throw refuse(file, "the file is empty. Remove it, or write {} into it.");
  }
  const errors: ParseError[] = [];
  // Blanked rather than cut, so that offsets are those of the file.
  const blanked = `${" ".repeat(start)}${body}`;
  const root = treeOf(file, blanked, errors);
  const [first] = errors;
  if (first !== undefined) {
    throw refuse(file, `${describe(first, blanked)} at ${position(blanked, first.offset, start)}.`);
  }
  try {
    JSON.parse(body);
  } catch (cause) {
    throw refuse(file, `no valid JSON (${cause instanceof Error ? cause.message : "?"}).`);
  }
  if (root?.type !== "object") {
    throw new SitrepError("settings-unexpected", `${file} holds no JSON object.`, {
      hint: "Claude Code's settings are one object. Correct it; nothing was changed.",
    });
  }
  return root;
}

/** The value that a node stands for. */
export function plainValue(node: Node): unknown {
  if (node.type === "array") return (node.children ?? []).map(plainValue);
  if (node.type !== "object") return node.value;
  return Object.fromEntries(
    (node.children ?? []).map((property) => {
      const [key, value] = property.children ?? [];
      return [String(key?.value), value === undefined ? null : plainValue(value)];
    }),
  );
}

/** How a file is written. */
interface TextStyle {
  eol: "\n" | "\r\n";
  /** One level. */
  indent: string;
}

function styleOf(text: string): TextStyle {
  const eol = text.includes("\r\n") ? "\r\n" : "\n";
  const indent = /\n([ \t]+)\S/.exec(text)?.[1] ?? "  ";
  return { eol, indent };
}

/** The value of a property; of a repeated key the last, which is the one that counts. */
export function propertyOf(object: Node, key: string): Node | undefined {
  return object.children?.findLast((child) => child.children?.[0]?.value === key);
}

export const valueOf = (object: Node, key: string): Node | undefined =>
  propertyOf(object, key)?.children?.[1];

const endOf = (node: Node): number => node.offset + node.length;

/** The white space before a node when it begins its line, else null. */
function lineIndent(text: string, offset: number): string | null {
  const before = text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset);
  return /^[ \t]*$/.test(before) ? before : null;
}

function depthOf(node: Node): number {
  let depth = 0;
  for (let at = node.parent; at !== undefined; at = at.parent) {
    if (at.type === "object" || at.type === "array") depth += 1;
  }
  return depth;
}

/** `value` as text whose further lines are indented to stand at `indent`. */
function format(value: unknown, indent: string, style: TextStyle): string {
  return JSON.stringify(value, null, style.indent).replaceAll("\n", `${style.eol}${indent}`);
}

/** A new last child of an object or array: `key` for an object, null for an array. */
export function append(text: string, container: Node, key: string | null, value: unknown): string {
  const style = styleOf(text);
  const last = container.children?.at(-1);
  const known = last === undefined ? null : lineIndent(text, last.offset);
  const indent = known ?? style.indent.repeat(depthOf(container) + 1);
  const label = key === null ? "" : `${JSON.stringify(key)}: `;
  const child = `${label}${format(value, indent, style)}`;
  if (last !== undefined) {
    const gap = known === null ? " " : `${style.eol}${indent}`;
    return `${text.slice(0, endOf(last))},${gap}${child}${text.slice(endOf(last))}`;
  }
  const outer = lineIndent(text, container.offset) ?? style.indent.repeat(depthOf(container));
  const [open, close] = [text.charAt(container.offset), text.charAt(endOf(container) - 1)];
  const body = `${open}${style.eol}${indent}${child}${style.eol}${outer}${close}`;
  return text.slice(0, container.offset) + body + text.slice(endOf(container));
}

/** The text without this child of an object or array, and without the comma that it no longer needs. */
export function cut(text: string, container: Node, child: Node): string {
  const siblings = container.children ?? [];
  const index = siblings.indexOf(child);
  const [before, after] = [siblings[index - 1], siblings[index + 1]];
  if (before !== undefined) return text.slice(0, endOf(before)) + text.slice(endOf(child));
  if (after !== undefined) return text.slice(0, child.offset) + text.slice(after.offset);
  return text.slice(0, container.offset + 1) + text.slice(endOf(container) - 1);
}

/** The text with one node replaced by a value. */
export function replace(text: string, node: Node, value: unknown): string {
  const style = styleOf(text);
  const indent = lineIndent(text, node.offset) ?? style.indent.repeat(depthOf(node));
  return text.slice(0, node.offset) + format(value, indent, style) + text.slice(endOf(node));
}
