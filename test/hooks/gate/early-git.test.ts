// The git that the session-start gate starts while Node starts: only where nothing in the repository can make it run
// something, with none of the session's environment, and never longer than Node.

import { spawn, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { plainStatus, statusArgs } from "../../../src/git/hardened.ts";
import { createSpawnGit } from "../../../src/git/spawn-git.ts";
import { gitFreshMs, markGitFresh, unmarkGitFresh } from "../../../src/state/live/fresh-git.ts";
import { dropLease } from "../../../src/state/live/lease.ts";
import { gateFixture, said, shells } from "../../support/gate-fixture.ts";
import type { GateOutcome, GateRun, GateFixture } from "../../support/gate-fixture.ts";
import { createCanary, writeProgram } from "../../support/git-canary.ts";
import { endProcessesIn, processesIn } from "../../support/git-processes.ts";
import { aGitProgram } from "../../support/git-reading.ts";
import { armedRepository, vectors } from "../../support/git-vectors.ts";
import { makeFifo } from "../../support/git-fifo.ts";
import { plainGitEnvironment, temporaryRepository } from "../../support/repository.ts";
import type { TestRepository } from "../../support/repository.ts";

interface EarlyFixture extends GateFixture {
  /** Runs the session-start gate in a folder, with a Node that waits for the early answer and keeps it. */
  start: (run: GateRun) => GateOutcome;
  /** What git wrote: null when the gate started nothing. Without the last line, which is given as `code`. */
  answer: () => { text: string; code: string } | null;
}

/** `git`: the program in git's place. */
function earlyFixture(git: string = aGitProgram().file): EarlyFixture {
  const fixture = gateFixture();
  const kept = join(fixture.folder, "kept");
  fixture.rewrite({ earlyGit: plainStatus(aGitProgram({ file: git })) });
  fixture.nodeDoes(
    [
      `rm -f '${kept}'; [ -n "$4" ] || exit 0`,
      "for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do",
      `  tail -c 30 "$4" | tr '\\0' '\\n' | grep -qE '^[0-9]+ [0-9]+$' && break`,
      "  sleep 0.05",
      "done",
      `cp "$4" '${kept}'`,
    ].join("\n"),
  );
  return {
    ...fixture,
    start: (run) => fixture.run({ ...run, gate: "session-start" }),
    answer: () => {
      if (!existsSync(kept)) return null;
      const text = readFileSync(kept, "utf8");
      const end = /\d+ (\d+)\n$/.exec(text);
      return { text: text.slice(0, end?.index), code: end?.[1] ?? "" };
    },
  };
}

const quiet: GateOutcome = { exitCode: 0, stdout: "", stderr: "", starts: 1 };

function changedRepository(): TestRepository {
  const repository = temporaryRepository();
  repository.commit("tracked", "one\n");
  repository.write("tracked", "two\n");
  repository.write("sub/new file\n", "x");
  return repository;
}

async function statusOf(folder: string): Promise<string> {
  const program = aGitProgram();
  const { env } = plainStatus(program);
  const whole = { ...env, GIT_WORK_TREE: folder };
  return createSpawnGit(program)(statusArgs, { cwd: folder, env: whole, timeoutMs: 10_000 });
}

describe.each(shells)("in $name", ({ command: shell }) => {
  test("the answer is git's own, with the working tree before it and git's exit code behind it", async () => {
    const { folder } = changedRepository();
    const fixture = earlyFixture();
    for (const cwd of [folder, join(folder, "sub")]) {
      expect(fixture.start({ shell, cwd })).toEqual(quiet);
      expect(fixture.answer()).toEqual({ text: `${folder}\0${await statusOf(folder)}`, code: "0" });
    }
  });

  test.each(["it's $HOME", "two\nlines", "-n", "a\\b", "%s", "Grüße"])(
    "also in a folder named %j, reached by a link",
    async (name) => {
      const fixture = earlyFixture();
      const folder = join(fixture.folder, name);
      renameSync(changedRepository().folder, folder);
      const link = join(fixture.folder, "link");
      symlinkSync(folder, link);
      expect(fixture.start({ shell, cwd: link, env: { PWD: link } })).toEqual(quiet);
      expect(fixture.answer()).toEqual({ text: `${folder}\0${await statusOf(folder)}`, code: "0" });
    },
  );

  test.each([
    ['[filter "x"]\n\tclean = y', "a filter"],
    ['[FiLtEr "x"] clean = y', "a filter in other letters"],
    ["[include]\n\tpath = /x", "an include"],
    ['[includeIf "gitdir:/"]\n\tpath = /x', "an include under a condition"],
    ["[lfs]\n\turl = /x", "settings of git-lfs"],
    ['[filter "x"]', "a filter on a line without an end"],
    ['\\\n[filter "x"]', "a filter behind a backslash"],
  ])("%j in the settings: git is not started", (text) => {
    const ran = createCanary();
    const { folder, write } = changedRepository();
    write(".git/config", `[core]\n\tbare = false\n${text}`);
    const fixture = earlyFixture(ran.program);
    expect(fixture.start({ shell, cwd: folder })).toEqual(quiet);
    expect(fixture.answer()).toEqual({ text: "", code: "1" });
    expect(ran.hasFired()).toBe(false);
  });

  test.for([
    [
      "settings of the working tree",
      ({ write }: TestRepository) => write(".git/config.worktree", ""),
    ],
    ["another common folder", ({ write }: TestRepository) => write(".git/commondir", "/x")],
    ["no settings", ({ folder }: TestRepository) => rmSync(join(folder, ".git/config"))],
    [
      "settings that are a FIFO",
      ({ folder }: TestRepository) => makeFifo(join(folder, ".git/config")),
    ],
    [
      "settings that are a link",
      ({ folder, write }: TestRepository) => {
        write("settings", "[core]\n");
        rmSync(join(folder, ".git/config"));
        symlinkSync(join(folder, "settings"), join(folder, ".git/config"));
      },
    ],
    ["empty settings", ({ write }: TestRepository) => write(".git/config", "")],
    [
      "no objects",
      ({ folder }: TestRepository) => rmSync(join(folder, ".git/objects"), { recursive: true }),
    ],
    ["no HEAD", ({ folder }: TestRepository) => rmSync(join(folder, ".git/HEAD"))],
    [
      "a .git that is a link",
      ({ folder }: TestRepository) => {
        renameSync(join(folder, ".git"), join(folder, "elsewhere"));
        symlinkSync("elsewhere", join(folder, ".git"));
      },
    ],
    [
      "a .git that is a file",
      ({ folder, write }: TestRepository) => {
        renameSync(join(folder, ".git"), join(folder, "elsewhere"));
        write(".git", "gitdir: elsewhere\n");
      },
    ],
  ] as [string, (repository: TestRepository) => void][])(
    "%s: the gate leaves it to Node",
    ([, change]) => {
      const ran = createCanary();
      const repository = changedRepository();
      change(repository);
      const fixture = earlyFixture(ran.program);
      expect(fixture.start({ shell, cwd: repository.folder })).toEqual(quiet);
      expect(fixture.answer()).toBeNull();
      expect(ran.hasFired()).toBe(false);
    },
  );

  test.each(["", "relative", "../..", "/missing/folder"])(
    "a PWD of %j in the environment misleads nobody",
    async (pwd) => {
      const { folder } = changedRepository();
      const fixture = earlyFixture();
      expect(fixture.start({ shell, cwd: folder, env: { PWD: pwd } })).toEqual(quiet);
      const answer = fixture.answer();
      const right = { text: `${folder}\0${await statusOf(folder)}`, code: "0" };
      // A shell that believes such a PWD leaves it to Node.
      expect([null, right]).toContainEqual(answer);
    },
  );

  test("outside a repository, and with git not found at the installation, nothing is started", () => {
    const fixture = earlyFixture();
    const plain = join(fixture.folder, "plain");
    mkdirSync(plain);
    expect(fixture.start({ shell, cwd: plain })).toEqual(quiet);
    expect(fixture.answer()).toBeNull();
    fixture.rewrite({ earlyGit: null });
    expect(fixture.start({ shell, cwd: changedRepository().folder })).toEqual(quiet);
    expect(fixture.answer()).toBeNull();
  });

  test("while the monitor's own reading is at hand, git is not started", () => {
    const { folder } = changedRepository();
    const fixture = earlyFixture();
    markGitFresh(fixture.live, folder, Date.now());
    expect(fixture.start({ shell, cwd: join(folder, "sub") })).toEqual(quiet);
    expect(fixture.answer()).toBeNull();
    markGitFresh(fixture.live, folder, Date.now() - gitFreshMs - 1000);
    expect(fixture.start({ shell, cwd: folder })).toEqual(quiet);
    expect(fixture.answer()?.code).toBe("0");
    unmarkGitFresh(fixture.live, folder);
    expect(fixture.start({ shell, cwd: folder })).toEqual(quiet);
    expect(fixture.answer()?.code).toBe("0");
    // Without a session's own stamp there is no "now" to compare with.
    markGitFresh(fixture.live, folder, Date.now());
    const env = { CLAUDE_CODE_SESSION_ID: undefined };
    expect(fixture.start({ shell, cwd: folder, env })).toEqual(quiet);
    expect(fixture.answer()?.code).toBe("0");
  });

  test("git sees nothing of the session's environment", () => {
    const fixture = earlyFixture();
    const git = writeProgram(join(fixture.folder, "git"), "env");
    fixture.rewrite({ earlyGit: plainStatus(aGitProgram({ file: git })) });
    const { folder } = changedRepository();
    const env = {
      GIT_DIR: "/x",
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: "core.fsmonitor",
      GIT_CONFIG_VALUE_0: "/x",
      GIT_CONFIG_PARAMETERS: "'core.fsmonitor=/x'",
      GIT_EXEC_PATH: "/x",
      LD_PRELOAD: "",
    };
    expect(fixture.start({ shell, cwd: folder, env }).exitCode).toBe(0);
    const seen = fixture
      .answer()
      ?.text.slice(folder.length + 1)
      .split("\n")
      .filter(Boolean);
    const { env: own } = plainStatus(aGitProgram({ file: git }));
    const place = { GIT_WORK_TREE: folder, GIT_CEILING_DIRECTORIES: dirname(folder) };
    const expected = Object.entries({ ...own, ...place }).map(([key, value]) => `${key}=${value}`);
    // A shell that runs a script adds what is its own.
    const added = /^(PWD|OLDPWD|SHLVL|_|OPTIND|PS[1-4]|IFS|MAILCHECK)=/;
    expect(seen?.filter((line) => !added.test(line)).toSorted()).toEqual(expected.toSorted());
  });

  test("a git that hangs is ended when Node has ended", async () => {
    const fixture = earlyFixture();
    const git = writeProgram(join(fixture.folder, "git"), "exec sleep 30");
    fixture.rewrite({ earlyGit: plainStatus(aGitProgram({ file: git })) });
    const { folder } = changedRepository();
    onTestFinished(() => endProcessesIn(folder));
    fixture.nodeDoes(`sleep 0.2; printf '%s' '${said}'`);
    const before = performance.now();
    expect(fixture.start({ shell, cwd: folder })).toEqual({ ...quiet, stdout: said });
    expect(performance.now() - before).toBeLessThan(5000);
    await expect.poll(() => processesIn(folder)).toEqual([]);
  });

  test("a number in the session's environment is nobody to be ended", () => {
    const bystander = spawn("sleep", ["30"], { stdio: "ignore" });
    onTestFinished(() => void bystander.kill("SIGKILL"));
    const fixture = earlyFixture();
    const env = { sitrep_git: String(bystander.pid), sitrep_early: "/etc/hostname" };
    dropLease(fixture.live);
    writeFileSync(join(fixture.live, `${fixture.sessionId}.git`), "{}");
    for (const gate of ["session-start", "pre-tool-use", "git-call"] as const) {
      expect(fixture.run({ shell, gate, env }).exitCode).toBe(0);
      expect(fixture.nodeArguments()[3]).toBe("");
    }
    expect(processesIn(process.cwd()).map(({ pid }) => pid)).toContain(bystander.pid);
  });

  test("a Sitrep that is switched off starts no git", () => {
    const ran = createCanary();
    const fixture = earlyFixture(ran.program);
    const { folder } = changedRepository();
    expect(fixture.start({ shell, cwd: folder, env: { SITREP_OFF: "1" } }).starts).toBe(0);
    expect(ran.hasFired()).toBe(false);
    expect(readdirSync(fixture.live).filter((name) => name.startsWith("git."))).toEqual([]);
  });
});

test.each(vectors)("$name: git starts nothing", (vector) => {
  const canary = createCanary();
  const folder = armedRepository(vector, canary);
  const fixture = earlyFixture();
  expect(fixture.start({ shell: ["/bin/sh"], cwd: folder })).toEqual(quiet);
  expect(canary.hasFired()).toBe(false);
  // Or the test would prove nothing.
  spawnSync("git", vector.plain, { cwd: folder, env: plainGitEnvironment, timeout: 5000 });
  expect(canary.hasFired()).toBe(true);
});
