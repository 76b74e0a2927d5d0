// The table of what the founding documents ask for: each row names a test that exists.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { read, root } from "./documents.ts";

const rows = read("docs/founding-documents.md")
  .split("\n")
  .filter((line) => /^\| \d/.test(line))
  .map((line) => line.split(" | ").map((cell) => cell.replaceAll(/^\|?\s+|\s+\|?$/g, "")));

/** What is wrong with a row; null when its file has a test of that name. */
function mistakeIn([number, , , , file = "", name = ""]: readonly string[]): string | null {
  const path = /^`(test\/[\w./-]+\.test\.ts)`$/.exec(file)?.[1];
  if (path === undefined || !existsSync(join(root, path))) return `${number}: no file ${file}`;
  return read(path).includes(`"${name}"`) ? null : `${number}: no test "${name}" in ${path}`;
}

test("every row names an existing test", () => {
  expect(rows.map(([number]) => Number(number))).toEqual(
    Array.from({ length: 34 }, (_, at) => at + 1),
  );
  expect(rows.flatMap((row) => mistakeIn(row) ?? [])).toEqual([]);
});
