// Tests whose titles begin with the rows that they hold: `A12: …`, `A16, A17: …`, `A1-A8, B3: …`.

import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface TaggedTest {
  /** Relative to the repository. */
  readonly file: string;
  /** As it stands in the file, with `$name`, `%s` or `${…}` where the test has parameters. */
  readonly title: string;
}

const row = String.raw`[ABF]\d+(?:-[ABF]\d+)?`;
const rows = `${row}(?:, ${row})*`;
const literal = new RegExp(`(["\`])(${rows}: (?:(?!\\1)[^\\n])+)\\1`, "g");

/** The rows of a title, ranges written out; none for one that holds none. */
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

/** What a title can be once its parameters are filled in; one that is itself a parameter may have another behind it. */
export function patternOf(title: string): RegExp {
  const parts = title.split(/\$\{[^}]*\}|\$[\w.]+|%[a-zA-Z]/);
  return new RegExp(
    `^${parts.map((part) => part.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`)).join("[^]*")}(?: \\(\\w+\\))?$`,
  );
}
