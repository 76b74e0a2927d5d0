// Every link of the documents leads somewhere, and every file that they name is there.

import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { codeSpans, documents, prose, read, root } from "./documents.ts";

/** A heading's anchor, as GitHub makes it. */
const anchorOf = (heading: string): string =>
  heading
    .replaceAll(/[`*_]|\[|\]\([^)]*\)/g, "")
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s-]/gu, "")
    .replaceAll(" ", "-");

const anchorsIn = (text: string): string[] =>
  [...prose(text).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => anchorOf(heading));

/** What is wrong with a link; null when it leads somewhere. */
function mistakeIn(from: string, link: string): string | null {
  if (/^[a-z]+:/.test(link)) return null;
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? from : join(dirname(from), path);
  if (!existsSync(join(root, target))) return `${link}: no such file`;
  if (anchor === undefined || anchorsIn(read(target)).includes(anchor)) return null;
  return `${link}: no such heading`;
}

describe.each(documents)("$path", ({ path, text }) => {
  test("has no link that leads nowhere", () => {
    const links = [...prose(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
    expect(links.flatMap((link) => mistakeIn(path, link) ?? [])).toEqual([]);
  });

  test("names no file that is missing", () => {
    const named = codeSpans(text).filter((code) =>
      /^(?:src|test|hooks|scripts|docs|examples)\/[\w./-]*$/.test(code),
    );
    expect(named.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });
});

test("the README is short, and leads to every other page", () => {
  const readme = read("README.md");
  expect(Buffer.byteLength(readme)).toBeLessThanOrEqual(9000);
  const pages = documents.map(({ path }) => path).filter((path) => /^docs\/[\w-]+\.md$/.test(path));
  expect(pages.filter((page) => !readme.includes(`](${page}`))).toEqual([]);
});

test("docs/library.md has each example, with the example's first line", () => {
  const rows = [...read("docs/library.md").matchAll(/^\| \[([\w-]+\.ts)\]\S+ +\| (.*?) +\|$/gm)];
  const opening = (name: string): string =>
    /^\/\/ (.*?)\.?\n/.exec(read(join("examples", name)))?.[1] ?? "";
  const examples = readdirSync(join(root, "examples")).filter((name) => name.endsWith(".ts"));
  expect(rows.map(([, name, what]) => [name, what])).toEqual(
    examples.toSorted().map((name) => [name, opening(name)]),
  );
});
