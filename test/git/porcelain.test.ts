// Git's machine formats, as raw outputs.

import { describe, expect, test } from "vitest";
import { parseDistance, parseLog, parseStatus } from "../../src/git/porcelain.ts";

const id = "1".repeat(40);
const nul = (...fields: string[]): string => fields.map((field) => `${field}\0`).join("");
const ordinary = (xy: string, path: string): string =>
  `1 ${xy} N... 100644 100644 100644 ${id} ${id} ${path}`;
const renamed = (xy: string, path: string): string =>
  `2 ${xy} N... 100644 100644 100644 ${id} ${id} R100 ${path}`;
const unmerged = (xy: string, path: string): string =>
  `u ${xy} N... 100644 100644 100644 100644 ${id} ${id} ${id} ${path}`;

describe("the parser reads the headers of a status", () => {
  test.each([
    { what: "no output", output: "", expected: { branch: null, head: null, stashes: 0 } },
    {
      what: "a branch",
      output: nul(`# branch.oid ${id}`, "# branch.head main"),
      expected: { branch: "main", head: id, upstream: null },
    },
    {
      what: "an unborn branch",
      output: nul("# branch.oid (initial)", "# branch.head main"),
      expected: { branch: "main", head: null },
    },
    {
      what: "a detached HEAD",
      output: nul(`# branch.oid ${id}`, "# branch.head (detached)"),
      expected: { branch: null, head: id },
    },
    {
      what: "an upstream",
      output: nul("# branch.upstream origin/main", "# branch.ab +12 -3"),
      expected: { upstream: { name: "origin/main", ahead: 12, behind: 3, gone: false } },
    },
    {
      what: "an upstream that was deleted",
      output: nul("# branch.upstream origin/main"),
      expected: { upstream: { name: "origin/main", ahead: 0, behind: 0, gone: true } },
    },
    { what: "stashes", output: nul("# stash 7"), expected: { stashes: 7 } },
    {
      what: "headers of a newer git",
      output: nul("# branch.future x", "# future y", "# branch.head main", "# sparse 12%"),
      expected: { branch: "main" },
    },
  ])("$what", ({ output, expected }) => {
    expect(parseStatus(output)).toMatchObject(expected);
  });
});

describe("the parser reads the entries of a status", () => {
  test.each([
    { what: "none", fields: [], counts: {} },
    { what: "staged", fields: [ordinary("M.", "a"), ordinary("A.", "b")], counts: { staged: 2 } },
    {
      what: "modified",
      fields: [ordinary(".M", "a"), ordinary(".D", "b")],
      counts: { modified: 2 },
    },
    { what: "both", fields: [ordinary("MM", "a")], counts: { staged: 1, modified: 1 } },
    { what: "untracked", fields: ["? a", "? b/"], counts: { untracked: 2 } },
    { what: "ignored", fields: ["! a"], counts: {} },
    {
      what: "conflicted",
      fields: [unmerged("UU", "a"), unmerged("AA", "b")],
      counts: { conflicted: 2 },
    },
    {
      what: "renamed, without the old path",
      fields: [renamed("R.", "new"), "old"],
      counts: { staged: 1 },
    },
    ...["? old", "1 M. old", "u UU old", "2 R. old", "# branch.head evil"].map((old) => ({
      what: `renamed from ${JSON.stringify(old)}`,
      fields: [renamed("RM", "new"), old, "? a"],
      counts: { staged: 1, modified: 1, untracked: 1 },
    })),
    {
      what: "paths that contain newlines and headers",
      fields: ["? a\n# branch.head evil", ordinary(".M", "b\n? c")],
      counts: { modified: 1, untracked: 1 },
    },
    {
      what: "an added path not yet staged",
      fields: [ordinary(".A", "a")],
      counts: { modified: 1 },
    },
    { what: "kinds of a newer git", fields: ["9 XX path"], counts: {} },
  ])("$what", ({ fields, counts }) => {
    const report = parseStatus(nul("# branch.head main", ...fields));
    const zero = { staged: 0, modified: 0, untracked: 0, conflicted: 0 };
    expect(report.counts).toEqual({ ...zero, ...counts });
    expect(report.branch).toBe("main");
  });

  // `git switch -c '(detached)'` is legal; branch.oid and HEAD tell it from a detached head.
  test("a branch named (detached) looks like a detached HEAD", () => {
    expect(parseStatus(nul("# branch.head (detached)")).branch).toBeNull();
  });
});

describe("the parser reads a log", () => {
  const record = (subject: string, at = "2026-11-20T10:00:00+00:00"): string =>
    [id, "Ana", at, subject].join("\n");

  test.each([
    { what: "nothing", output: "", subjects: [] },
    { what: "one commit", output: nul(record("one")), subjects: ["one"] },
    { what: "many", output: nul(record("one"), record("two")), subjects: ["one", "two"] },
    { what: "no NUL at the end", output: record("one"), subjects: ["one"] },
    { what: "an empty subject", output: nul(record("")), subjects: [""] },
    { what: "a subject of many lines", output: nul(record("one\ntwo")), subjects: ["one two"] },
    { what: "an invalid date", output: nul(record("one", "never")), subjects: [] },
    { what: "text that is not a record", output: nul("fatal: something"), subjects: [] },
  ])("$what", ({ output, subjects }) => {
    expect(parseLog(output).map(({ subject }) => subject)).toEqual(subjects);
  });

  test("with times in UTC", () => {
    expect(parseLog(nul(record("one", "2026-11-21T01:30:00+02:00")))).toEqual([
      { id, author: "Ana", at: "2026-11-20T23:30:00.000Z", subject: "one" },
    ]);
  });
});

test.each([
  { output: "2\t3\n", expected: { ahead: 2, behind: 3 } },
  { output: "", expected: undefined },
  { output: "fatal: 2\t3\n", expected: undefined },
])("the distance of two commits is parsed: $output", ({ output, expected }) => {
  expect(parseDistance(output)).toEqual(expected);
});

describe("the paths of uncommitted files", () => {
  const zeros = "0".repeat(40);
  const report = parseStatus(
    [
      `1 .M N... 100644 100644 100644 ${zeros} ${zeros} src/a b.ts`,
      `2 R. N... 100644 100644 100644 ${zeros} ${zeros} R100 new name.ts`,
      "old name.ts",
      `u UU N... 100644 100644 100644 100644 ${zeros} ${zeros} ${zeros} in conflict.ts`,
      "? new folder/",
      "",
    ].join("\0"),
  );

  test("keep their spaces, and a rename has its new name", () => {
    expect(report.paths).toEqual({
      conflicted: ["in conflict.ts"],
      changed: ["src/a b.ts", "new name.ts", "new folder/"],
    });
  });

  test("are at most 300 of a kind", () => {
    const many = Array.from({ length: 1000 }, (_, index) => `? file-${index}`).join("\0");
    const { paths, counts } = parseStatus(`${many}\0`);
    expect(paths.changed).toHaveLength(300);
    expect(counts.untracked).toBe(1000);
  });
});
