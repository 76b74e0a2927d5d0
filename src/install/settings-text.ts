// Parses settings as strictly as Claude Code, which ignores a whole file for a comment or a trailing comma.

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
    hint: "Until it is fixed, Claude Code ignores the whole file, hooks included. Nothing was changed. Fix the file and run the command again.",
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
  return "not valid JSON";
}

function treeOf(file: string, text: string, errors: ParseError[]): Node | undefined {
  try {
    return parseTree(text, errors, { disallowComments: true, allowTrailingComma: false });
  } catch (cause) {
    if (cause instanceof RangeError) throw refuse(file, "nested too deeply.");
    throw cause;
  }
}

export const newFile = "{}\n";

/** Throws `settings-not-strict` with file, line and column, or `settings-unexpected` for anything but a JSON object. */
export function parseSettings(file: string, text: string): Node {
  const start = text.startsWith(byteOrderMark) ? 1 : 0;
  const body = text.slice(start);
  if (body.trim() === "") {
    throw refuse(file, "the file is empty. Remove it, or put {} in it.");
  }
  const errors: ParseError[] = [];
  // A space replaces the byte order mark, so that offsets match the file.
  const blanked = `${" ".repeat(start)}${body}`;
  const root = treeOf(file, blanked, errors);
  const [first] = errors;
  if (first !== undefined) {
    throw refuse(file, `${describe(first, blanked)} at ${position(blanked, first.offset, start)}.`);
  }
  try {
    JSON.parse(body);
  } catch (cause) {
    throw refuse(file, `not valid JSON (${cause instanceof Error ? cause.message : "?"}).`);
  }
  if (root?.type !== "object") {
    throw new SitrepError("settings-unexpected", `${file} is not a JSON object.`, {
      hint: "Claude Code's settings must be a single JSON object. Nothing was changed.",
    });
  }
  return root;
}

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

interface TextStyle {
  eol: "\n" | "\r\n";
  indent: string;
}

function styleOf(text: string): TextStyle {
  const eol = text.includes("\r\n") ? "\r\n" : "\n";
  const indent = /\n([ \t]+)\S/.exec(text)?.[1] ?? "  ";
  return { eol, indent };
}

/** The value of a property; for a repeated key, the last one, which counts. */
export const findValue = (object: Node, key: string): Node | undefined =>
  object.children?.findLast((child) => child.children?.[0]?.value === key)?.children?.[1];

/** Undefined when the path is not there. `form`: the page that describes it. Throws `settings-unexpected` for another type. */
export function findContainer(
  file: string,
  root: Node,
  path: readonly string[],
  type: "object" | "array",
  form?: string,
): Node | undefined {
  let found: Node | undefined = root;
  for (const [index, key] of path.entries()) {
    found = found && findValue(found, key);
    const expected = index === path.length - 1 ? type : "object";
    if (found === undefined || found.type === expected) continue;
    const name = path.slice(0, index + 1).join(".");
    throw new SitrepError("settings-unexpected", `${file}: "${name}" is not an ${expected}.`, {
      hint: `${form === undefined ? "" : `Expected format: ${form}. `}Nothing was changed.`,
    });
  }
  return found;
}

const endOf = (node: Node): number => node.offset + node.length;

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

/** `value` as text, its lines after the first indented by `indent`. */
function format(value: unknown, indent: string, style: TextStyle): string {
  return JSON.stringify(value, null, style.indent).replaceAll("\n", `${style.eol}${indent}`);
}

function append(text: string, container: Node, key: string | null, value: unknown): string {
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

/** The text without a value, and without the containers that this leaves empty. */
export function cutOut(text: string, value: Node): string {
  const child = value.parent?.type === "property" ? value.parent : value;
  const container = child.parent;
  if (container === undefined) return text;
  const siblings = container.children ?? [];
  if (siblings.length === 1 && container.parent !== undefined) return cutOut(text, container);
  const index = siblings.indexOf(child);
  const [before, after] = [siblings[index - 1], siblings[index + 1]];
  if (before !== undefined) return text.slice(0, endOf(before)) + text.slice(endOf(child));
  if (after !== undefined) return text.slice(0, child.offset) + text.slice(after.offset);
  return text.slice(0, container.offset + 1) + text.slice(endOf(container) - 1);
}

export function replace(text: string, node: Node, value: unknown): string {
  const style = styleOf(text);
  const indent = lineIndent(text, node.offset) ?? style.indent.repeat(depthOf(node));
  return text.slice(0, node.offset) + format(value, indent, style) + text.slice(endOf(node));
}

/** The text with a value at a path of keys; null at its end: as a new item of a list. Missing containers are created. */
export function setValue(
  text: string,
  root: Node,
  path: readonly (string | null)[],
  value: unknown,
): string {
  let node = root;
  for (const [index, key] of path.entries()) {
    const next = key === null ? undefined : findValue(node, key);
    if (next === undefined) {
      const inner = path
        .slice(index + 1)
        .reduceRight<unknown>((one, name) => (name === null ? [one] : { [name]: one }), value);
      return append(text, node, key, inner);
    }
    node = next;
  }
  return replace(text, node, value);
}
