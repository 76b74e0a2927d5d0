// The documents as the tests of this folder read them.

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

export const root: string = join(import.meta.dirname, "../..");

export interface Doc {
  /** Relative to the repository. */
  path: string;
  text: string;
}

export const read = (path: string): string => readFileSync(join(root, path), "utf8");

const markdownIn = (folder: string): string[] =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(folder, name));

/** Every document that people read. */
export const documents: readonly Doc[] = [
  ...markdownIn("."),
  ...markdownIn("docs"),
  ...markdownIn("docs/adr"),
].map((path) => ({ path, text: read(path) }));

/** The text without its code blocks, fenced or indented. */
export const prose = (text: string): string =>
  text.replaceAll(/^```[\s\S]*?^```$/gm, "").replaceAll(/^ {4}.*$/gm, "");

/** The lines of all code blocks, those that end in `\` joined. */
export function codeLines(text: string): string[] {
  const fenced = [...text.matchAll(/^```\w*\n([\s\S]*?)^```$/gm)].map(([, code = ""]) => code);
  const indented = text.replaceAll(/^```[\s\S]*?^```$/gm, "").match(/^ {4}.*$/gm) ?? [];
  return [...fenced, ...indented]
    .join("\n")
    .replaceAll(/\\\n\s*/g, "")
    .split("\n")
    .map((line) => line.trim());
}

/** What stands between backticks in the prose. */
export const codeSpans = (text: string): string[] =>
  [...prose(text).matchAll(/(?<!`)`([^`]+)`(?!`)/g)].map(([, code = ""]) => code);
