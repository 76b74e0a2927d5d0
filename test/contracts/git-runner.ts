// What every runner of git promises (the port `RunGit`), shown with real programs and real repositories.

import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { SitrepError } from "../../src/core/errors.ts";
import { statusArgs } from "../../src/git/hardened.ts";
import type { GitProgram, RunGit } from "../../src/git/hardened.ts";
import { writeProgram } from "../support/git-canary.ts";
import { makeFifo } from "../support/git-fifo.ts";
import { becomesTrue, endProcessesIn, processesIn } from "../support/git-processes.ts";
import { aGitProgram, environmentIn, gitFile, makeStatDirty } from "../support/git-reading.ts";
import { temporaryRepository } from "../support/repository.ts";
import type { TestRepository } from "../support/repository.ts";
import { temporaryFolder } from "../support/temporary.ts";

/** A git that hangs is given so long; the whole call has to be over well within `patienceMs`. */
const limitMs = 250;
const patienceMs = 2500;
/** What answers at once is given so long: the machine may be busy. */
const amplyMs = 15_000;

/** The code of what a call throws, `output` when it gives some, `hangs` when it does neither in time. */
async function outcomeOf(call: () => Promise<string>, withinMs: number): Promise<string> {
  const timer = new AbortController();
  const giveUp = delay(withinMs, "hangs", { signal: timer.signal });
  giveUp.catch(() => undefined);
  const response = (async () => call())().then(
    () => "output",
    (error: unknown) =>
      error instanceof SitrepError ? error.code : `not a SitrepError: ${String(error)}`,
  );
  const outcome = await Promise.race([giveUp, response]);
  timer.abort();
  return outcome;
}

const fifos: readonly { place: string; arm: (repository: TestRepository) => void }[] = [
  { place: ".gitignore", arm: ({ folder }) => makeFifo(join(folder, ".gitignore")) },
  {
    place: ".gitignore of an untracked folder",
    arm: ({ folder }) => {
      mkdirSync(join(folder, "untracked"));
      makeFifo(join(folder, "untracked/.gitignore"));
    },
  },
  {
    place: ".gitattributes",
    arm: ({ folder, write }) => {
      makeFifo(join(folder, ".gitattributes"));
      write("tracked", "two\n");
      makeStatDirty(folder, "tracked");
    },
  },
  {
    place: "core.excludesFile",
    arm: ({ folder, git }) => {
      makeFifo(join(folder, ".git/fifo"));
      git("config", "core.excludesFile", join(folder, ".git/fifo"));
    },
  },
  {
    place: "include.path",
    arm: ({ folder, git }) => {
      git("config", "include.path", join(folder, ".git/fifo"));
      makeFifo(join(folder, ".git/fifo"));
    },
  },
  {
    place: ".git/info/exclude",
    arm: ({ folder }) => makeFifo(join(folder, ".git/info/exclude")),
  },
  {
    place: ".git/HEAD",
    arm: ({ folder }) => makeFifo(join(folder, ".git/HEAD")),
  },
];

interface Subject {
  repository: TestRepository;
  run: (...args: string[]) => Promise<string>;
}

/** A repository with one commit, and a way to run git in it. */
function subjectOf(
  create: (program: GitProgram) => RunGit,
  program: GitProgram,
  timeoutMs: number,
): Subject {
  const repository = temporaryRepository();
  const { folder, commit } = repository;
  commit("tracked", "one\n");
  onTestFinished(() => endProcessesIn(folder));
  const env = environmentIn(folder, { ...program, file: gitFile });
  const runner = create(program);
  return { repository, run: (...args) => runner(args, { cwd: folder, env, timeoutMs }) };
}

function describeAnswers(create: (program: GitProgram) => RunGit): void {
  const patient = { timeoutMs: 10_000 };

  test("returns standard output unchanged", async () => {
    const { folder, write } = temporaryRepository();
    write("a b\nc", "");
    write("é", "");
    const env = environmentIn(folder);
    const run = create(aGitProgram());
    const options = { cwd: folder, env, ...patient };
    expect(await run(["status", "--porcelain", "-z"], options)).toBe("?? a b\nc\0?? é\0");
    expect(await run(["--version"], options)).toMatch(/^git version .*\n$/);
    expect(await run(["tag"], options)).toBe("");
  });

  test("returns a large output in full", async () => {
    const { folder, git, write } = temporaryRepository();
    const text = "0123456789abcde\n".repeat(512 * 1024);
    write("large", text);
    const id = git("hash-object", "-w", "large").trim();
    const options = { cwd: folder, env: environmentIn(folder), ...patient };
    const output = await create(aGitProgram())(["cat-file", "blob", id], options);
    expect(output.length).toBe(text.length);
    expect(output === text).toBe(true);
  });

  test("gives git exactly the environment that was passed, nothing of this process's", async () => {
    const folder = temporaryFolder();
    const file = writeProgram(join(folder, "git"), "exec env");
    const inherited = [
      "GIT_INDEX_FILE",
      "GIT_CONFIG_PARAMETERS",
      "SUDO_UID",
      "SITREP_TEST_INHERITED",
    ];
    for (const name of inherited) vi.stubEnv(name, "inherited");
    onTestFinished(() => void vi.unstubAllEnvs());
    const env = { ...environmentIn(folder), SITREP_TEST_GIVEN: "given" };
    const output = await create(aGitProgram({ file }))(["status"], {
      cwd: folder,
      env,
      ...patient,
    });
    const seen = Object.fromEntries(
      output.split("\n").map((line) => [line.split("=", 1)[0] ?? "", line.replace(/^[^=]*=/, "")]),
    );
    expect(seen).toMatchObject(env);
    expect(inherited.filter((name) => name in seen)).toEqual([]);
  });

  test("keeps concurrent calls apart", async () => {
    const { folder, git, write } = temporaryRepository();
    const options = { cwd: folder, env: environmentIn(folder), ...patient };
    const run = create(aGitProgram());
    const texts = Array.from({ length: 8 }, (_, index) => `text ${index}\n`);
    const ids = texts.map((text) => {
      write("blob", text);
      return git("hash-object", "-w", "blob").trim();
    });
    const outputs = await Promise.all(ids.map((id) => run(["cat-file", "blob", id], options)));
    expect(outputs).toEqual(texts);
  });
}

function describeFailures(create: (program: GitProgram) => RunGit): void {
  test.each([
    { what: "a question answered with no, and nothing said", args: ["check-ignore", "-q", "x"] },
    { what: "an error", args: ["rev-parse", "--verify", "nowhere"] },
    { what: "a command that does not exist", args: ["no-such-command"] },
  ])("a non-zero exit is git-failed: $what", async ({ args }) => {
    const { run } = subjectOf(create, aGitProgram(), amplyMs);
    expect(await outcomeOf(() => run(...args), amplyMs)).toBe("git-failed");
  });

  test("a git that is killed by a signal is git-failed", async () => {
    const file = writeProgram(join(temporaryFolder(), "git"), "kill -9 $$");
    const { run } = subjectOf(create, aGitProgram({ file }), amplyMs);
    expect(await outcomeOf(() => run("status"), amplyMs)).toBe("git-failed");
  });

  test("a missing program is git-missing", async () => {
    const { run } = subjectOf(
      create,
      aGitProgram({ file: join(temporaryFolder(), "git") }),
      amplyMs,
    );
    expect(await outcomeOf(() => run("--version"), amplyMs)).toBe("git-missing");
  });

  test("a program that cannot be executed is git-missing", async () => {
    const folder = temporaryFolder();
    const file = writeProgram(join(folder, "git"), "exit 0");
    chmodSync(file, 0o644);
    const outcomes = [file, folder].map((one) => {
      const { run } = subjectOf(create, aGitProgram({ file: one }), amplyMs);
      return outcomeOf(() => run("--version"), amplyMs);
    });
    expect(await Promise.all(outcomes)).toEqual(["git-missing", "git-missing"]);
  });

  test("a missing working directory is git-failed", async () => {
    const cwd = join(temporaryFolder(), "gone");
    const env = environmentIn(cwd);
    const call = () => create(aGitProgram())(["--version"], { cwd, env, timeoutMs: amplyMs });
    expect(await outcomeOf(call, amplyMs)).toBe("git-failed");
  });

  test("an environment that is too large is git-failed", async () => {
    const cwd = temporaryFolder();
    const env = { ...environmentIn(cwd), LARGE: "x".repeat(200_000) };
    const call = () => create(aGitProgram())(["--version"], { cwd, env, timeoutMs: amplyMs });
    expect(await outcomeOf(call, amplyMs)).toBe("git-failed");
  });
}

/** Runs `status` in a repository that makes git wait; `left` when a process stays behind. */
async function hang(subject: Subject): Promise<{ outcome: string; left: boolean }> {
  const { folder } = subject.repository;
  const outcome = await outcomeOf(() => subject.run(...statusArgs), patienceMs);
  const hasEnded = (): boolean => processesIn(folder).length === 0;
  return { outcome, left: !(await becomesTrue(hasEnded, outcome === "hangs" ? 0 : 5000)) };
}

const ended = { outcome: "git-timeout", left: false };

function describeTimeouts(create: (program: GitProgram) => RunGit): void {
  test.each(fifos)("a git that waits for a FIFO is killed: $place", async ({ arm }) => {
    const subject = subjectOf(create, aGitProgram(), limitMs);
    arm(subject.repository);
    expect(await hang(subject)).toEqual(ended);
  });

  test.each([
    { what: "behind a wrapper script", body: `${gitFile} "$@"` },
    { what: "that ignores SIGINT and SIGTERM", body: `trap '' INT TERM\nexec ${gitFile} "$@"` },
  ])("a git $what is killed", async ({ body }) => {
    const file = writeProgram(join(temporaryFolder(), "git"), body);
    const subject = subjectOf(create, aGitProgram({ file }), limitMs);
    makeFifo(join(subject.repository.folder, ".gitignore"));
    expect(await hang(subject)).toEqual(ended);
  });

  test("a user's filter that hangs is killed with git", async () => {
    const home = temporaryFolder();
    writeFileSync(join(home, ".gitconfig"), '[filter "slow"]\n\tclean = sleep 60\n');
    const subject = subjectOf(create, aGitProgram({ home }), limitMs);
    const { folder, write } = subject.repository;
    write(".gitattributes", "tracked filter=slow\n");
    write("tracked", "two\n");
    makeStatDirty(folder, "tracked");
    expect(await hang(subject)).toEqual(ended);
  });
}

/** The suite of the port. */
export function describeRunGit(create: (program: GitProgram) => RunGit): void {
  describe("responses", () => {
    describeAnswers(create);
  });
  describe("failures", () => {
    describeFailures(create);
  });
  describe("timeouts", () => {
    describeTimeouts(create);
  });
}
