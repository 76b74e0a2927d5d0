// The git that the session-start gate starts while Node starts: only where nothing in the repository can make it run
// something, with none of the session's environment, and never longer than Node.

import { spawn, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { gitEnvironment, plainStatus, statusArgs } from "../../../src/git/hardened.ts";
import { copyFolder, gitCallEnvironment } from "../../../src/git/settings-copy.ts";
import { createSpawnGit } from "../../../src/git/spawn-git.ts";
import { gitFreshMs, markGitFresh, unmarkGitFresh } from "../../../src/state/live/fresh-git.ts";
import { dropLease } from "../../../src/state/live/lease.ts";
import { gateFixture, said, shells } from "../../support/gate-fixture.ts";
import type { GateOutcome, GateRun, GateFixture } from "../../support/gate-fixture.ts";
import { createCanary, writeProgram } from "../../support/git-canary.ts";
import { endProcessesIn, processesIn } from "../../support/git-processes.ts";
import {
  aGitProgram,
  environmentIn,
  makeStatDirty,
  repositoryOf,
} from "../../support/git-reading.ts";
import { rewriteSettings } from "../../support/git-rewriting.ts";
import { armedRepository, vectors } from "../../support/git-vectors.ts";
import { plainGitEnvironment, temporaryRepository } from "../../support/repository.ts";
import type { TestRepository } from "../../support/repository.ts";

interface EarlyFixture extends GateFixture {
  /** Runs the session-start gate in a folder, with a Node that waits for the early answer and keeps it. */
  start: (run: GateRun) => GateOutcome;
  /** Makes the copy of a repository's settings, as Node does in a first session. */
  keepCopy: (folder: string) => Promise<void>;
  /** What git wrote: null when the gate started nothing. Without the last line, which is given as `code`. */
  response: () => { text: string; code: string } | null;
}

/** `git`: the program in git's place. */
function earlyFixture(git: string = aGitProgram().file): EarlyFixture {
  const fixture = gateFixture();
  const kept = join(fixture.folder, "kept");
  fixture.rewrite({ earlyGit: plainStatus(aGitProgram({ file: git })) });
  fixture.nodeDoes(
    [
      `rm -f '${kept}'; [ -n "$4" ] || exit 0`,
      // Half a minute: the machine may be busy.
      "for try in $(seq 600); do",
      `  tail -c 30 "$4" | tr '\\0' '\\n' | grep -qE '^[0-9]+ [0-9]+$' && break`,
      "  sleep 0.05",
      "done",
      `cp "$4" '${kept}'`,
    ].join("\n"),
  );
  return {
    ...fixture,
    start: (run) => fixture.run({ ...run, gate: "session-start" }),
    keepCopy: async (folder) => {
      const program = aGitProgram({ copies: join(fixture.state, "git") });
      const caller = { program, run: createSpawnGit(program), timeoutMs: 10_000 };
      await gitCallEnvironment(repositoryOf(folder), caller);
    },
    response: () => {
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

function statusOf(folder: string): Promise<string> {
  const call = { cwd: folder, env: environmentIn(folder), timeoutMs: 10_000 };
  return createSpawnGit(aGitProgram())(statusArgs, call);
}

describe.each(shells)("early git in $name", ({ command: shell }) => {
  test("gives git's own output, between the working tree and git's exit code", async () => {
    const { folder } = changedRepository();
    const fixture = earlyFixture();
    await fixture.keepCopy(folder);
    for (const cwd of [folder, join(folder, "sub")]) {
      expect(fixture.start({ shell, cwd })).toEqual(quiet);
      expect(fixture.response()).toEqual({
        text: `${folder}\0${await statusOf(folder)}`,
        code: "0",
      });
    }
  });

  test.each(["it's $HOME", "two\nlines", "-n", "a\\b", "%s", "Grüße"])(
    "also works in a folder named %j, reached by a symlink",
    async (name) => {
      const fixture = earlyFixture();
      const folder = join(fixture.folder, name);
      renameSync(changedRepository().folder, folder);
      await fixture.keepCopy(folder);
      const link = join(fixture.folder, "link");
      symlinkSync(folder, link);
      expect(fixture.start({ shell, cwd: link, env: { PWD: link } })).toEqual(quiet);
      expect(fixture.response()).toEqual({
        text: `${folder}\0${await statusOf(folder)}`,
        code: "0",
      });
    },
  );

  test("does not run before Node has copied the repository's settings", () => {
    const ran = createCanary();
    const { folder } = changedRepository();
    const fixture = earlyFixture(ran.program);
    expect(fixture.start({ shell, cwd: folder })).toEqual(quiet);
    expect(fixture.response()).toEqual({ text: "", code: "1" });
    expect(ran.hasFired()).toBe(false);
  });

  test("runs no filter that was added to the settings later, because git reads the copy", async () => {
    const ran = createCanary();
    const { folder, git, write } = changedRepository();
    const fixture = earlyFixture();
    await fixture.keepCopy(folder);
    git("config", "filter.x.clean", `${ran.program}; cat`);
    write(".git/info/attributes", "* filter=x\n");
    expect(fixture.start({ shell, cwd: folder })).toEqual(quiet);
    expect(fixture.response()).toMatchObject({ code: "0" });
    expect(ran.hasFired()).toBe(false);
  });

  test.for([
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
    "leaves the reading to Node: %s",
    ([, change]) => {
      const ran = createCanary();
      const repository = changedRepository();
      change(repository);
      const fixture = earlyFixture(ran.program);
      expect(fixture.start({ shell, cwd: repository.folder })).toEqual(quiet);
      expect(fixture.response()).toBeNull();
      expect(ran.hasFired()).toBe(false);
    },
  );

  test.each(["", "relative", "../..", "/missing/folder"])(
    "is not misled by a PWD of %j in the environment",
    async (pwd) => {
      const { folder } = changedRepository();
      const fixture = earlyFixture();
      await fixture.keepCopy(folder);
      expect(fixture.start({ shell, cwd: folder, env: { PWD: pwd } })).toEqual(quiet);
      const response = fixture.response();
      const right = { text: `${folder}\0${await statusOf(folder)}`, code: "0" };
      // A shell that believes such a PWD leaves it to Node.
      expect([null, right]).toContainEqual(response);
    },
  );

  test("does not run outside of a repository, or when the installation found no git", async () => {
    const fixture = earlyFixture();
    const plain = join(fixture.folder, "plain");
    mkdirSync(plain);
    expect(fixture.start({ shell, cwd: plain })).toEqual(quiet);
    expect(fixture.response()).toBeNull();
    fixture.rewrite({ earlyGit: null });
    const { folder } = changedRepository();
    await fixture.keepCopy(folder);
    expect(fixture.start({ shell, cwd: folder })).toEqual(quiet);
    expect(fixture.response()).toBeNull();
  });

  test("does not run while the monitor's own reading is recent", async () => {
    const { folder } = changedRepository();
    const fixture = earlyFixture();
    await fixture.keepCopy(folder);
    markGitFresh(fixture.live, folder, Date.now());
    expect(fixture.start({ shell, cwd: join(folder, "sub") })).toEqual(quiet);
    expect(fixture.response()).toBeNull();
    markGitFresh(fixture.live, folder, Date.now() - gitFreshMs - 1000);
    expect(fixture.start({ shell, cwd: folder })).toEqual(quiet);
    expect(fixture.response()?.code).toBe("0");
    unmarkGitFresh(fixture.live, folder);
    expect(fixture.start({ shell, cwd: folder })).toEqual(quiet);
    expect(fixture.response()?.code).toBe("0");
    // Without a session's own stamp there is no "now" to compare with.
    markGitFresh(fixture.live, folder, Date.now());
    const env = { CLAUDE_CODE_SESSION_ID: undefined };
    expect(fixture.start({ shell, cwd: folder, env })).toEqual(quiet);
    expect(fixture.response()?.code).toBe("0");
  });

  test("gets nothing of the session's environment", async () => {
    const fixture = earlyFixture();
    const git = writeProgram(join(fixture.folder, "git"), "env");
    fixture.rewrite({ earlyGit: plainStatus(aGitProgram({ file: git })) });
    const { folder } = changedRepository();
    await fixture.keepCopy(folder);
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
      .response()
      ?.text.slice(folder.length + 1)
      .split("\n")
      .filter(Boolean);
    const program = aGitProgram({ file: git, copies: join(fixture.state, "git") });
    const gitDir = join(folder, ".git");
    const place = { worktree: folder, gitDir, commonDir: gitDir };
    // The very environment of Node's call, which takes the response of no other.
    const own = gitEnvironment(program, place, copyFolder(program, folder));
    const expected = Object.entries(own).map(([key, value]) => `${key}=${value}`);
    // A shell that runs a script adds what is its own.
    const added = /^(PWD|OLDPWD|SHLVL|_|OPTIND|PS[1-4]|IFS|MAILCHECK)=/;
    expect(seen?.filter((line) => !added.test(line)).toSorted()).toEqual(expected.toSorted());
  });

  test("F33: git is killed when it hangs and Node has ended", async () => {
    const fixture = earlyFixture();
    const git = writeProgram(join(fixture.folder, "git"), "exec sleep 30");
    fixture.rewrite({ earlyGit: plainStatus(aGitProgram({ file: git })) });
    const { folder } = changedRepository();
    onTestFinished(() => endProcessesIn(folder));
    await fixture.keepCopy(folder);
    fixture.nodeDoes(`sleep 0.2; printf '%s' '${said}'`);
    const before = performance.now();
    expect(fixture.start({ shell, cwd: folder })).toEqual({ ...quiet, stdout: said });
    expect(performance.now() - before).toBeLessThan(5000);
    await expect.poll(() => processesIn(folder)).toEqual([]);
  });

  test("does not kill a process whose id is in the session's environment", () => {
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

  test("does not run while Sitrep is switched off", () => {
    const ran = createCanary();
    const fixture = earlyFixture(ran.program);
    const { folder } = changedRepository();
    expect(fixture.start({ shell, cwd: folder, env: { SITREP_OFF: "1" } }).starts).toBe(0);
    expect(ran.hasFired()).toBe(false);
    expect(readdirSync(fixture.live).filter((name) => name.startsWith("git."))).toEqual([]);
  });
});

test.each(vectors)("A1-A8, B3: $name: git runs no program", async (vector) => {
  const canary = createCanary();
  const folder = armedRepository(vector, canary);
  const fixture = earlyFixture();
  // Where Node has been refused, or finds another repository, the gate has nothing to give git.
  await fixture.keepCopy(folder).catch(() => undefined);
  expect(fixture.start({ shell: ["/bin/sh"], cwd: folder })).toEqual(quiet);
  expect(canary.hasFired()).toBe(false);
  // Or the test would prove nothing.
  spawnSync("git", vector.plain, { cwd: folder, env: plainGitEnvironment, timeout: 5000 });
  expect(canary.hasFired()).toBe(true);
});

test("A50, B6: settings that keep being rewritten cannot make git run a program", async () => {
  const canary = createCanary();
  const repository = changedRepository();
  const { folder } = repository;
  repository.write(".git/info/attributes", "* filter=x\n");
  makeStatDirty(folder, "tracked");
  const fixture = earlyFixture();
  await fixture.keepCopy(folder);
  onTestFinished(await rewriteSettings(folder, canary.program));
  for (let count = 0; count < 20; count += 1)
    expect(fixture.start({ shell: ["/bin/sh"], cwd: folder })).toEqual(quiet);
  expect([fixture.response()?.code, canary.hasFired()]).toEqual(["0", false]);
  for (let left = 40; left > 0 && !canary.hasFired(); left -= 1)
    spawnSync("git", ["status"], { cwd: folder, env: plainGitEnvironment });
  expect(canary.hasFired()).toBe(true);
});
