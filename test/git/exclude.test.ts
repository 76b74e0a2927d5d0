// Our file in the repository's own exclude list: added once, taken out exactly.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { excludeFile, includeFile } from "../../src/git/exclude.ts";
import { makeFifo } from "../support/git-fifo.ts";
import { aGitProgram, repositoryOf, runners } from "../support/git-reading.ts";
import { repositoryAt, temporaryRepository } from "../support/repository.ts";
import type { TestRepository } from "../support/repository.ts";
import { temporaryFolder } from "../support/temporary.ts";

const settings = ".claude/settings.local.json";
const lines = `# sitrep\n/${settings}\n`;

interface Subject {
  repository: TestRepository;
  list: string;
  exclude: () => Promise<string | null>;
  include: () => void;
  text: () => string;
  isIgnored: () => boolean;
}

/** A repository that has our settings file and the given exclude list; null for no list and no folder of it. */
function subjectOf(before: string | null, [runner] = runners): Subject {
  const repository = temporaryRepository();
  const { folder, git, write } = repository;
  write(settings, "{}\n");
  const list = join(folder, ".git/info/exclude");
  if (before === null) rmSync(join(folder, ".git/info"), { recursive: true });
  else writeFileSync(list, before);
  const program = aGitProgram();
  const run = runner?.create(program);
  if (run === undefined) throw new Error("no runner");
  const file = join(folder, settings);
  return {
    repository,
    list,
    exclude: () => excludeFile(repositoryOf(folder), file, program, run),
    include: () => includeFile(repositoryOf(folder), file, list),
    text: () => readFileSync(list, "utf8"),
    isIgnored: () => git("status", "--porcelain") === "",
  };
}

describe.each(runners)("excluding a file with the $name runner", (runner) => {
  test.each([
    { what: "a list", before: "# mine\n*.log\n", after: `# mine\n*.log\n${lines}` },
    { what: "an empty list", before: "", after: lines },
    {
      what: "a list without a newline at its end",
      before: "*.log",
      after: `*.log\n${lines.trimEnd()}`,
    },
    { what: "no list and no folder for it", before: null, after: lines },
  ])("adds the file to $what", async ({ before, after }) => {
    const { exclude, list, text, isIgnored } = subjectOf(before, [runner]);
    expect(await exclude()).toBe(list);
    expect(text()).toBe(after);
    expect(isIgnored()).toBe(true);
  });

  test("adds the file once", async () => {
    const { exclude, text } = subjectOf("", [runner]);
    await exclude();
    expect(await exclude()).toBeNull();
    expect(text()).toBe(lines);
  });

  test.each([
    { where: ".gitignore", rule: ".claude/\n" },
    { where: ".git/info/exclude", rule: "settings.local.json\n" },
  ])("changes nothing when $where already ignores the file", async ({ where, rule }) => {
    const { exclude, repository, text } = subjectOf("", [runner]);
    repository.write(where, rule);
    const before = text();
    expect(await exclude()).toBeNull();
    expect(text()).toBe(before);
  });
});

test("nothing changes when the user's own settings ignore the file", async () => {
  const { repository, text } = subjectOf("");
  const home = temporaryFolder();
  writeFileSync(join(home, "ignore"), "settings.local.json\n");
  writeFileSync(join(home, ".gitconfig"), `[core]\n\texcludesFile = ${join(home, "ignore")}\n`);
  const program = aGitProgram({ home });
  for (const { create } of runners) {
    const file = join(repository.folder, settings);
    const run = create(program);
    expect(await excludeFile(repositoryOf(repository.folder), file, program, run)).toBeNull();
  }
  expect(text()).toBe("");
});

test("a linked worktree's file is added to the list that all worktrees share", async () => {
  const main = temporaryRepository();
  main.commit("tracked", "one\n");
  const folder = join(temporaryFolder(), "linked");
  main.git("worktree", "add", "-q", folder);
  const linked = repositoryAt(folder);
  linked.write(settings, "{}\n");
  const program = aGitProgram();
  const [runner] = runners;
  const run = runner?.create(program) ?? (async () => "");
  const list = await excludeFile(repositoryOf(folder), join(folder, settings), program, run);
  expect(list).toBe(join(main.folder, ".git/info/exclude"));
  expect(linked.git("status", "--porcelain")).toBe("");
});

describe("removing the file from the exclude list", () => {
  test.each(["# mine\n*.log\n", "", "# sitrep\n/other\n"])(
    "restores the list %j",
    async (before) => {
      const { exclude, include, text } = subjectOf(before);
      await exclude();
      include();
      expect(text()).toBe(before);
    },
  );

  test("keeps what others have added since", async () => {
    const { exclude, include, list, text } = subjectOf("*.log\n");
    await exclude();
    writeFileSync(list, `${text()}*.tmp\n`);
    include();
    expect(text()).toBe("*.log\n*.tmp\n");
  });

  test("restores a list without a newline at its end", async () => {
    const { exclude, include, text } = subjectOf("*.log");
    await exclude();
    include();
    expect(text()).toBe("*.log");
  });

  test.each([
    { what: "the list is gone", text: null },
    { what: "somebody removed it", text: "*.log\n" },
    { what: "somebody changed our line", text: "# sitrep\n/.claude/\n" },
  ])("changes nothing when $what", ({ text }) => {
    const subject = subjectOf(text);
    subject.include();
    expect(existsSync(subject.list) ? subject.text() : null).toBe(text);
  });
});

test("the exclude list keeps its mode", async () => {
  const { exclude, list } = subjectOf("");
  chmodSync(list, 0o600);
  await exclude();
  expect(statSync(list).mode & 0o777).toBe(0o600);
});

// A FIFO holds up git, which is ended in time, and then our own reading of the list, which is not.
test("a FIFO in place of the exclude list does not hang", async () => {
  const { repository, list } = subjectOf("");
  makeFifo(list);
  const source = (path: string): string => join(import.meta.dirname, "../..", path);
  const script = `
    const { excludeFile } = await import("${source("src/git/exclude.ts")}");
    const { aGitProgram, repositoryOf } = await import("${source("test/support/git-reading.ts")}");
    const folder = "${repository.folder}";
    const refuse = async () => { throw new Error("not ignored"); };
    await excludeFile(repositoryOf(folder), folder + "/${settings}", aGitProgram(), refuse);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: "ignore" });
  onTestFinished(() => void child.kill("SIGKILL"));
  // What hangs there does so for ever; a process may be long in starting.
  const signal = AbortSignal.timeout(15_000);
  await once(child, "exit", { signal });
  expect(child.signalCode).toBeNull();
});
