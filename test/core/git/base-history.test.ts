// What the default branch has, how each commit came into it, and what was taken back.

import { describe, expect, test } from "vitest";
import type { BaseCommit } from "../../../src/core/git/base-commit.ts";
import { createHistory, findRevert, findReverted } from "../../../src/core/git/base-history.ts";

const idOf = (name: string): string => name.repeat(40);
/** Names are hexadecimal digits. The tree is the commit's own, unless it is given. */
const aCommit = (
  name: string,
  parents: string,
  message = `Change ${name}`,
  tree = name,
): BaseCommit => ({
  id: idOf(name),
  parents: [...parents].map(idOf),
  tree,
  at: 0,
  message,
});
const reverting = (...names: string[]): string =>
  ['Revert "It"', "", ...names.map((name) => `This reverts commit ${idOf(name)}.`)].join("\n");
const namesOf = (ids: Iterable<string>): string => [...ids].map((id) => id[0]).join("");

// d is a merge of c and b into a.
const merged = [aCommit("d", "ac"), aCommit("c", "b"), aCommit("b", "a"), aCommit("a", "")];

describe("the commits of a branch", () => {
  test("are the branch's own commits and those that a merge brought", () => {
    const { line, arrivals, order, commits } = createHistory(merged);
    expect(namesOf(line)).toBe("da");
    expect(Object.fromEntries([...arrivals].map(([id, by]) => [id[0], by.id[0]]))).toEqual({
      d: "d",
      c: "d",
      b: "d",
      a: "a",
    });
    expect(namesOf(commits.map(({ id }) => id))).toBe("dcba");
    expect(order.get(idOf("b"))).toBe(2);
  });

  test("do not include those of a merge that changed nothing", () => {
    const [, c, b, a] = merged;
    const ours = aCommit("d", "ac", "Merge branch 'x'", "a");
    const { arrivals } = createHistory([ours, c, b, a].filter((one) => one !== undefined));
    expect(namesOf(arrivals.keys())).toBe("da");
  });

  test("arrived with the first merge that contained them", () => {
    const later = [aCommit("f", "ec"), aCommit("e", "d"), ...merged];
    expect(createHistory(later).arrivals.get(idOf("c"))?.id).toBe(idOf("d"));
  });

  test("come after all of their children, however they are listed", () => {
    const [d, c, b, a] = merged;
    const mixed = [d, a, b, c].filter((one) => one !== undefined);
    expect(namesOf(createHistory(mixed).commits.map(({ id }) => id))).toBe("dcba");
    expect(createHistory([]).commits).toEqual([]);
  });
});

describe("a revert", () => {
  test("takes back the commit that it names, and what a merge brought with the merge", () => {
    const history = createHistory([aCommit("e", "d", reverting("d")), ...merged]);
    const by = (name: string) => findRevert(history, { id: idOf(name) })?.id;
    expect([by("d"), by("c"), by("a")]).toEqual([idOf("e"), idOf("e"), undefined]);
  });

  test("does not count after it was reverted itself", () => {
    const [a, b, c] = [
      aCommit("a", ""),
      aCommit("b", "a", reverting("a")),
      aCommit("c", "b", reverting("b")),
    ];
    const history = createHistory([c, b, a]);
    expect(findRevert(history, a)).toBeUndefined();
    expect(findRevert(history, b)).toBe(c);
    const again = aCommit("d", "c", reverting("c"));
    expect(findRevert(createHistory([again, c, b, a]), a)).toBe(b);
  });

  test("does not count on a branch that was never merged", () => {
    const history = createHistory([
      aCommit("c", "ab", "Merge branch 'x'", "a"),
      aCommit("b", "a", reverting("a")),
      aCommit("a", ""),
    ]);
    expect(history.reverts.size).toBe(0);
  });

  test("is found as the newest one if a commit was reverted twice", () => {
    const [c, b] = [aCommit("c", "b", reverting("a")), aCommit("b", "a", reverting("a"))];
    expect(findRevert(createHistory([c, b, aCommit("a", "")]), { id: idOf("a") })).toBe(c);
  });

  const older = [
    aCommit("c", "b", "Add it (#12)"),
    aCommit("b", "a", "Add it"),
    aCommit("a", "", "Begin"),
  ];
  test.for([
    ["several commits by their ids", reverting("b", "a"), "ba"],
    ["one by the beginning of its id", "Revert it\n\nThis reverts commit bbbbbbb.", "b"],
    ["none of an id that is not there", reverting("f"), ""],
    ["a pull request by its number", 'Revert "Something"\n\nReverts shop/api#12', "c"],
    ["a pull request of this repository", 'Revert "Something"\n\nReverts #12', "c"],
    ["one by its subject", 'Revert "Add it"', "b"],
    ["one by its subject, in a pull request", 'Revert "Add it" (#13)', "b"],
    ["none of another subject", 'Revert "Add"', ""],
    ["none: the subject says more", 'Revert "Add it" by hand', ""],
    ["none: it only speaks of one", 'Explain: Revert "Add it"', ""],
    ["one by its subject, where the number is not known", 'Revert "Add it"\n\nReverts #99', "b"],
  ] as const)("names %s", ([, message, names]) => {
    const found = findReverted(aCommit("d", "c", message), older);
    expect(namesOf(found.map(({ id }) => id))).toBe(names);
  });
});
