// Which statements are kept by a name.

import { expect, test } from "vitest";
import { createStatementNames } from "../../../src/store/database/named-statements.ts";

test("a statement gets its own name from its second use", () => {
  const { nameOf, renew } = createStatementNames();
  expect([nameOf("select 1"), nameOf("select 2")]).toEqual([undefined, undefined]);
  const [one, two] = [nameOf("select 1"), nameOf("select 2")];
  expect(new Set([one, two, undefined]).size).toBe(3);
  expect(nameOf("select 1")).toBe(one);
  renew();
  nameOf("select 1");
  expect([undefined, one, two]).not.toContain(nameOf("select 1"));
});

test("few statements are kept, and no long one", () => {
  const { nameOf } = createStatementNames();
  const names = new Set<string | undefined>();
  const long = `select ${"?, ".repeat(2000)}`;
  for (let index = 0; index < 3000; index += 1) {
    for (const text of [`select ${index}`, long]) for (const _ of "twice") names.add(nameOf(text));
  }
  expect(nameOf(long)).toBeUndefined();
  names.delete(undefined);
  expect(names.size).toBe(100);
});
