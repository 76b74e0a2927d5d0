// Finds tests whose titles begin with the rows that they test: `A12: …`, `A16, A17: …`, `A1-A8, B3: …`.

import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface TaggedTest {
  /** Relative to the repository. */
  readonly file: string;
  /** The title in the file, with `$name`, `%s` or `${…}` for parameters. */
  readonly title: string;
}

const row = String.raw`[ABF]\d+(?:-[ABF]\d+)?`;
const rows = `${row}(?:, ${row})*`;
const literal = new RegExp(`(["\`])(${rows}: (?:(?!\\1)[^\\n])+)\\1`, "g");

/** The rows that a title names, with ranges expanded; empty if it names none. */
export function rowsOf(title: string): string[] {
  const [, tags = ""] = new RegExp(`^(${rows}): `).exec(title) ?? [];
  return tags.split(", ").flatMap((tag) => {
    const [, kind = "", first = "", last = first] =
      /^([ABF])(\d+)(?:-[ABF](\d+))?$/.exec(tag) ?? [];
    const count = first === "" ? 0 : Number(last) - Number(first) + 1;
    return Array.from({ length: count }, (_, at) => `${kind}${Number(first) + at}`);
  });
}

/** Every tagged title in the tests, by file. */
export function taggedTests(root: string): TaggedTest[] {
  const files = [
    ...globSync("test/*/**/*.test.ts", { cwd: root, exclude: ["test/docs/**"] }),
    "test/architecture.test.ts",
  ].toSorted();
  return files.flatMap((file) => {
    const text = readFileSync(join(root, file), "utf8");
    const titles = [...text.matchAll(literal)].map(([, , title = ""]) => title);
    return [...new Set(titles)].map((title) => ({ file, title }));
  });
}

/** Matches a title with any parameters filled in. A project name in brackets may follow. */
export function patternOf(title: string): RegExp {
  const parts = title.split(/\$\{[^}]*\}|\$[\w.]+|%[a-zA-Z]/);
  return new RegExp(
    `^${parts.map((part) => part.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`)).join("[^]*")}(?: \\(\\w+\\))?$`,
  );
}
