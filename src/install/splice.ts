// Adds to and cuts from JSON text in place: every other byte stays. Offsets are jsonc-parser's; its own `modify` is not
// byte-exact.

import type { Node } from "jsonc-parser";

/** How a file is written. */
export interface TextStyle {
  eol: "\n" | "\r\n";
  /** One level. */
  indent: string;
}

export function styleOf(text: string): TextStyle {
  const eol = text.includes("\r\n") ? "\r\n" : "\n";
  const indent = /\n([ \t]+)\S/.exec(text)?.[1] ?? "  ";
  return { eol, indent };
}

/** The value of a property; of a repeated key the last, which is the one that counts. */
export function propertyOf(object: Node, key: string): Node | undefined {
  return object.children?.findLast((child) => child.children?.[0]?.value === key);
}

export const valueOf = (property: Node | undefined): Node | undefined => property?.children?.[1];

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
