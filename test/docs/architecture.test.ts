// docs/architecture.md, docs/glossary.md and the table of ADR 5 are true: the files are there and hang together.

import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";
import { read, root } from "./documents.ts";

const page = read("docs/architecture.md");
const walks = page
  .slice(page.indexOf("\n## Three walks"))
  .split("\n### ")
  .slice(1)
  .map((text) => ({
    title: text.split("\n")[0] ?? "",
    files: [...text.matchAll(/^\d+\. `([^`]+)`/gm)].map(([, file = ""]) => file),
  }));

/** The files of ours that a file imports. */
const importsOf = (file: string): string[] =>
  existsSync(join(root, file))
    ? [...read(file).matchAll(/(?:from |import\()"(\.[^"]+)"/g)].map(([, to = ""]) =>
        normalize(join(dirname(file), to)),
      )
    : [];

describe.each(walks)("the walk $title", ({ files }) => {
  test("names files that exist", () => {
    expect(files.length).toBeGreaterThan(5);
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });

  test("goes from each file to one that it imports or that imports it", () => {
    const touches = (one: string, other: string): boolean =>
      importsOf(one).includes(other) || importsOf(other).includes(one);
    const apart = files.filter((file, at) => {
      const neighbors = [files[at - 1], files[at + 1]].filter((one) => one !== undefined);
      return !neighbors.some((one) => touches(file, one));
    });
    expect(apart).toEqual([]);
  });
});

test("there are three walks, and the token's has at most 12 files and returns to none", () => {
  expect(walks).toHaveLength(3);
  const files = walks[2]?.files ?? [];
  expect(files.length).toBeLessThanOrEqual(12);
  expect(files).toEqual([...new Set(files)]);
});

test("the terms in docs/glossary.md are sorted and have a line each, with a file that exists", () => {
  const rows = read("docs/glossary.md").match(/^\| \*\*.*$/gm) ?? [];
  expect(rows).toHaveLength(52);
  const words = rows.map((row) => (row.split("|")[1] ?? "").replace(/[*`]/g, "").trim());
  expect(words).toEqual(words.toSorted((left, right) => left.localeCompare(right, "en")));
  const files = rows.map((row) => /`([\w./-]+)` *\|$/.exec(row)?.[1] ?? row);
  expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
});

test("ADR 5 has the import rules that test/architecture.test.ts checks", () => {
  const [, body = ""] =
    /const mayImport: [^=]*= \{\n([\s\S]*?)\n\};/.exec(read("test/architecture.test.ts")) ?? [];
  const held = [...body.matchAll(/^ {2}"src\/(\w+)": \[([^\]]*)\]/gm)].map(
    ([, name, list = ""]) => ({
      name,
      may: [...list.matchAll(/"src\/(\w+)"/g)].map(([, one = ""]) => one).toSorted(),
    }),
  );
  const rows = [...read("docs/adr/0005-layout.md").matchAll(/^\| `(\w+)` .*\| ([^|]+?) +\|$/gm)];
  const all = held.map(({ name = "" }) => name);
  const told = rows.map(([, name = "", may = ""]) => {
    const [, but] = /^all but (.*)$/.exec(may) ?? [];
    const listed = (but ?? may).split(/, | and /).filter((one) => one !== "nothing");
    const others = all.filter((one) => one !== name && !listed.includes(one));
    return { name, may: (but === undefined ? listed : others).toSorted() };
  });
  expect(told.toSorted((a, b) => a.name.localeCompare(b.name))).toEqual(
    held.toSorted((a, b) => (a.name ?? "").localeCompare(b.name ?? "")),
  );
});
