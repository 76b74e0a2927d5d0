// Claude Code's own task list, from real files: what is read of it, and what is not.

import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { readClaudeCodeTasks } from "../../../src/state/files/claude-code-tasks.ts";
import { transcriptIn, writeClientList } from "../../support/claude-code-tasks.ts";
import { makeFifo } from "../../support/git-fifo.ts";
import { temporaryFolder } from "../../support/temporary.ts";

const session = "af73dd7c-4f0b-4a8c-a6a5-9cec903954e3";
const task = (id: string, subject: string): string =>
  JSON.stringify({ id, subject, status: "pending" });

function aList() {
  const home = temporaryFolder();
  const folder = writeClientList(home, session, [{ subject: "One" }]);
  const transcript = transcriptIn(home, session);
  const subjects = (): string[] =>
    readClaudeCodeTasks(transcript, session).map(({ subject }) => subject);
  return { home, folder, transcript, subjects };
}

test("the open tasks are read in the order of their numbers, from beside the session's transcript", () => {
  const { home, folder, transcript } = aList();
  writeClientList(home, session, [
    { subject: "One", status: "completed" },
    { subject: "Two", description: "With PKCE", status: "in_progress", blocks: ["3"] },
    { subject: "Hidden", metadata: { _internal: true } },
    { subject: "Four", blockedBy: ["2"], metadata: { due: "Monday" } },
  ]);
  writeFileSync(join(folder, "10.json"), task("10", "Ten"));
  writeFileSync(join(folder, ".highwatermark"), "10");
  expect(readClaudeCodeTasks(transcript, session)).toMatchObject([
    { id: "2", subject: "Two", description: "With PKCE", status: "in_progress" },
    { id: "4", subject: "Four" },
    { id: "10", subject: "Ten", url: `file://${folder}/10.json` },
  ]);
});

describe("nothing is read from", () => {
  test.for([
    [
      "a list of another name",
      (home: string) => rmSync(join(home, "tasks", session), { recursive: true }),
    ],
    [
      "a list folder that is a link",
      (home: string) => {
        renameSync(join(home, "tasks", session), join(home, "elsewhere"));
        symlinkSync(join(home, "elsewhere"), join(home, "tasks", session));
      },
    ],
    [
      "a tasks folder that is a link",
      (home: string) => {
        renameSync(join(home, "tasks"), join(home, "elsewhere"));
        symlinkSync(join(home, "elsewhere"), join(home, "tasks"));
      },
    ],
    [
      "a list folder that is a file",
      (home: string) => {
        rmSync(join(home, "tasks", session), { recursive: true });
        writeFileSync(join(home, "tasks", session), task("1", "One"));
      },
    ],
  ] as const)("%s", ([, arrange]) => {
    const { home, subjects } = aList();
    expect(subjects()).toEqual(["One"]);
    arrange(home);
    writeClientList(home, "team", [{ subject: "The team's" }]);
    expect(subjects()).toEqual([]);
  });

  test("another user's list", () => {
    const { folder, subjects } = aList();
    writeFileSync(join(folder, "2.json"), task("2", "Two"));
    const other = (process.getuid?.() ?? 0) + 1;
    const asOther = vi.spyOn(process, "getuid").mockReturnValue(other);
    expect(subjects()).toEqual([]);
    // The folder alone is somebody else's.
    asOther.mockRestore();
    vi.spyOn(process, "getuid").mockReturnValueOnce(other);
    expect(subjects()).toEqual([]);
    vi.restoreAllMocks();
    expect(subjects()).toEqual(["One", "Two"]);
  });

  test("a transcript of another session or in another folder, or a session's name that is a path", () => {
    const { home, transcript } = aList();
    writeClientList(home, "other", [{ subject: "Another session's" }]);
    for (const folder of [home, join(home, "tasks")])
      writeFileSync(join(folder, "1.json"), task("1", "Outside"));
    expect(readClaudeCodeTasks(transcript, "other")).toEqual([]);
    expect(readClaudeCodeTasks(join(home, "elsewhere", "x", `${session}.jsonl`), session)).toEqual(
      [],
    );
    expect(readClaudeCodeTasks(`projects/x/${session}.jsonl`, session)).toEqual([]);
    for (const name of ["..", "."])
      expect(readClaudeCodeTasks(`${home}/projects/x/${name}.jsonl`, name)).toEqual([]);
  });
});

test("a file that is a symlink, a FIFO, a folder, too large, not JSON or of another shape is skipped", () => {
  const { home, folder, subjects } = aList();
  const put = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  put("secret", task("2", "Linked"));
  symlinkSync(join(folder, "secret"), join(folder, "2.json"));
  makeFifo(join(folder, "3.json"));
  mkdirSync(join(folder, "4.json"));
  put(
    "5.json",
    JSON.stringify({ id: "5", subject: "Big", status: "pending", x: "y".repeat(70_000) }),
  );
  put("6.json", "[".repeat(60_000));
  put("7.json", JSON.stringify({ id: "7", subject: 7, status: "pending" }));
  put("8.json", JSON.stringify({ id: "8", subject: "Odd", status: "odd" }));
  put("9.json", JSON.stringify({ id: "9", subject: " ", status: "pending" }));
  put("10.json", "\0\u{FFFF}");
  put("11.json.tmp", task("11", "Temporary"));
  put("012.json", task("12", "Padded"));
  put("13.json", JSON.stringify({ id: "../../1", subject: "Thirteen", status: "pending" }));
  put("1234567.json", task("1234567", "Far"));
  chmodSync(join(folder, "secret"), 0o600);
  expect(subjects()).toEqual(["One", "Thirteen"]);
  expect(readClaudeCodeTasks(transcriptIn(home, session), session).at(-1)?.id).toBe("13");
});

test("at most the last 300 of thousands of files are read", () => {
  const { folder, subjects } = aList();
  for (let id = 1; id <= 1500; id += 1) {
    writeFileSync(join(folder, `${id}.json`), task(String(id), `Task ${id}`));
  }
  expect(subjects()).toHaveLength(300);
  expect(subjects().at(-1)).toBe("Task 1500");
});
