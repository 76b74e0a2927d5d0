// Reads a settings file as strictly as the client does. The client drops the whole file, silently, when it holds a
// comment or a trailing comma or is empty, so writing into such a file would be lost.

import { parseTree, printParseErrorCode } from "jsonc-parser";
import type { Node, ParseError } from "jsonc-parser";
import { SitrepError } from "../core/errors.ts";

const byteOrderMark = "\uFEFF";

/** As an editor counts: from 1, the byte order mark not a column. */
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

/** A settings file as text and as a tree with offsets into it. */
export interface SettingsText {
  /** As in the file, with its byte order mark if it has one. */
  text: string;
  root: Node;
}

/** Throws `settings-not-strict`, naming file, line and column, or `settings-unexpected` when it is no JSON object. */
export function parseSettings(file: string, text: string): SettingsText {
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
  return { text, root };
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
