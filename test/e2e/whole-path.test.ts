// From a task in the store to what a session reads, with everything real but the client.

import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  contextOf,
  isRunning,
  prepareInstallation,
  sessionStartInput,
  toolInput,
} from "../support/installation.ts";
import { install } from "../support/installed.ts";
import type { TestInstallation } from "../support/installation.ts";
import { triesAll } from "../support/cases.ts";
import { eventually } from "../support/waiting.ts";

async function brief(
  installation: TestInstallation,
  overrides: Record<string, unknown> = {},
): Promise<string | null> {
  const { sessionStart } = installation.commands();
  const id = String(overrides["session_id"] ?? "session-1");
  const env = { CLAUDE_CODE_SESSION_ID: id };
  return contextOf(
    await installation.hook(sessionStart, sessionStartInput(installation, overrides), env),
  );
}

/** The first brief with these words: on a busy machine git may be too slow for one, which says so. */
function briefWith(
  installation: TestInstallation,
  words: RegExp,
  overrides: Record<string, unknown> = {},
): Promise<string> {
  return eventually(async () => {
    const text = (await brief(installation, overrides)) ?? "";
    expect(text).toMatch(words);
    return text;
  });
}

/** Nothing is said, but that git was too slow. */
function expectNothing(text: string | null): void {
  const slow = expect.stringContaining("git did not respond in time") as string;
  expect([null, slow]).toContainEqual(text);
}

interface CallOptions {
  gate?: "preToolUse" | "gitCall";
  command?: string;
  session?: string;
}

async function call(
  installation: TestInstallation,
  options: CallOptions = {},
): Promise<string | null> {
  const { gate = "preToolUse", command = "npm test", session = "session-1" } = options;
  const input = toolInput(installation, { session_id: session, tool_input: { command } });
  const env = { CLAUDE_CODE_SESSION_ID: session };
  return contextOf(await installation.hook(installation.commands()[gate], input, env));
}

/** A busy machine may have a call given up (`hook-deadline`), which takes nothing: then the next one hears it. */
async function heard(
  installation: TestInstallation,
  options: CallOptions,
  text: RegExp,
): Promise<void> {
  await expect.poll(() => call(installation, options)).toMatch(text);
}

/** The brief without what differs from one moment to the next. */
const steady = (text: string | null): string => (text ?? "").replace(/read \d+ s ago/, "");

describe("a new session", () => {
  test("reads its tasks and its repository", async () => {
    const installation = await install();
    installation.ok("task", "add", "Add OIDC login", "--priority", "high");
    installation.project.write("new.txt", "x");
    const text = await briefWith(installation, /Git: main, no remote; 1 untracked/);
    expect(text).toContain("Sitrep ");
    expect(text).toMatch(/Next: TASK-001 high: "Add OIDC login"/);
    expect(text).toMatch(/Tasks read \d+ s ago \(embedded\)\./);
  });

  test("reads a change that a command made just before", async () => {
    const installation = await install({ monitor: false });
    expect(await brief(installation)).toContain("No open tasks; no task server");
    installation.ok("task", "add", "Rotate the keys");
    expect(await brief(installation, { session_id: "s2" })).toContain("Rotate the keys");
    installation.ok("task", "done", "TASK-001");
    expect(await brief(installation, { session_id: "s3" })).toContain(
      "No open tasks; no task server",
    );
  });

  test("shares the project's tasks in a sub-folder and a worktree, with the worktree's own git state", async () => {
    const installation = await install();
    installation.ok("task", "add", "Shared");
    const { folder, git, write } = installation.project;
    write("src/deep/file.txt", "x");
    git("worktree", "add", "-q", "-b", "feature", join(installation.home, "tree"));
    const inside = await briefWith(installation, /Git: main,/, { cwd: join(folder, "src/deep") });
    const beside = await briefWith(
      installation,
      /Git: feature, no remote; clean; linked worktree/,
      { cwd: join(installation.home, "tree"), session_id: "s2" },
    );
    for (const text of [inside, beside]) {
      expect(text).toContain("Sitrep ");
      expect(text).toContain("Shared");
    }
  });

  test("reads no tasks of another project", async () => {
    const installation = await install();
    installation.ok("task", "add", "Secret of the shop");
    const text = await brief(installation, { cwd: installation.home });
    expect(text).not.toContain("Secret");
    expect(text).toContain("Git: not in a repository.");
  });

  test("reads exactly what `sitrep brief` prints", async () => {
    // Both again where a minute passes between them, or git was too slow for the session's: again, since the first try's
    // session is another one to the second's.
    const installation = await eventually(async () => {
      const fresh = await install();
      fresh.ok("task", "add", "Add OIDC login", "--priority", "high");
      const printed = fresh.ok("brief").trimEnd();
      expect(steady(await brief(fresh))).toBe(steady(printed));
      return fresh;
    });
    const fixed = ["brief", "--now", "2026-11-21T10:02:00Z"];
    expect(installation.ok(...fixed)).toBe(installation.ok(...fixed));
    expect(installation.ok(...fixed)).toContain("Sitrep Sat 21 Nov 10:02.");
  });
});

const clean = /Git: main, no remote; clean/;

describe("a running session", () => {
  test("gets the news of an urgent task at its next tool call, once, and reads nothing at other calls", async () => {
    const installation = await install();
    await briefWith(installation, clean);
    expect(await call(installation)).toBeNull();
    installation.ok("task", "add", "Server on fire", "--priority", "urgent");
    await expect.poll(() => existsSync(join(installation.live, "session-1.news"))).toBe(true);
    await heard(installation, {}, /TASK-001 is new, urgent: "Server on fire"/);
    expect(await call(installation)).toBeNull();
    expectNothing(await brief(installation, { source: "resume" }));
  });

  test.runIf(triesAll)("gets the news of an urgent task once in ten parallel calls", async () => {
    const installation = await install();
    await brief(installation);
    installation.ok("task", "add", "Server on fire", "--priority", "urgent");
    await expect.poll(() => existsSync(join(installation.live, "session-1.news"))).toBe(true);
    const delivered: (string | null)[] = [];
    // More than once where a busy machine has had all ten given up (`hook-deadline`), which takes nothing.
    await expect
      .poll(async () => {
        const calls = Array.from({ length: 10 }, () => call(installation));
        delivered.push(...(await Promise.all(calls)));
        return delivered.some((text) => text !== null);
      })
      .toBe(true);
    expect(delivered.filter((text) => text !== null)).toHaveLength(1);
  });

  test("gets no news of its own command, and other sessions get that news once", async () => {
    const installation = await install();
    for (const id of ["a", "b", "c"]) await brief(installation, { session_id: id });
    installation.env["CLAUDE_CODE_SESSION_ID"] = "c";
    installation.ok("task", "add", "Server on fire", "--priority", "urgent");
    // The monitor writes each session's news by itself: that one has hers does not say that the other has.
    for (const session of ["a", "b"]) await heard(installation, { session }, /Server on fire/);
    for (const session of ["a", "b", "c"]) {
      expect(await call(installation, { session })).toBeNull();
    }
  });

  test("gets the repository's state at a git call when it has changed", async () => {
    const installation = await install();
    await briefWith(installation, clean);
    const atGit = { gate: "gitCall", command: "git status" } as const;
    expect(await call(installation, atGit)).toBeNull();
    // That call is long over: what follows is not its doing.
    rmSync(join(installation.live, "session-1.git-call"));
    installation.project.git("checkout", "-q", "-b", "feature/TASK-9");
    await expect.poll(() => existsSync(join(installation.live, "session-1.git"))).toBe(true);
    expect(await call(installation, { gate: "gitCall", command: "npm test" })).toBeNull();
    await heard(installation, atGit, /Git, read \d+ s ago: feature\/TASK-9, no remote; clean/);
    expect(await call(installation, atGit)).toBeNull();
  });

  test("reads only what changed on resume, and reads the whole brief after a compaction", async () => {
    const installation = await install();
    await briefWith(installation, clean);
    expectNothing(await brief(installation, { source: "resume" }));
    installation.ok("task", "add", "Write the docs");
    const resumed = await brief(installation, { source: "resume" });
    expect(resumed).toMatch(/TASK-001 is new: "Write the docs"/);
    expect(resumed).not.toContain("\nGit:");
    expectNothing(await brief(installation, { source: "resume" }));
    expect(await brief(installation, { source: "compact" })).toContain("Next: TASK-001");
  });
});

describe("after the monitor is killed", () => {
  test("sessions read the cache, and a hook starts a new monitor", async () => {
    const installation = await install();
    installation.ok("task", "add", "Survive");
    const pid = installation.monitorPid();
    expect(pid).not.toBeNull();
    process.kill(pid ?? 0, "SIGKILL");
    const text = await brief(installation);
    expect(text).toContain("Survive");
    expect(text).toMatch(/Tasks read \d+ s ago/);
    // The lease of the dead one runs out within two heartbeats; then any hook starts another.
    await expect
      .poll(
        async () => {
          await call(installation);
          const now = installation.monitorPid();
          return now !== null && now !== 0 && now !== pid;
        },
        { interval: 200 },
      )
      .toBe(true);
    // On a busy machine its lease may run out for a moment.
    await expect
      .poll(() => JSON.parse(installation.ok("status", "--json")) as unknown)
      .toMatchObject({ monitor: { isHealthy: true } });
  });
});

describe("install and uninstall", () => {
  test("F75: a second install changes nothing", async () => {
    const installation = await install();
    const { settingsFile } = installation;
    const before = [readFileSync(settingsFile, "utf8"), statSync(settingsFile).ino];
    installation.ok("install", "--yes");
    expect(readFileSync(settingsFile, "utf8")).toBe(before[0]);
  });

  test("F76: uninstall restores the file's bytes, stops the monitor, and keeps the tasks", async () => {
    const installation = prepareInstallation();
    const { project, settingsFile } = installation;
    const bytes = '{\r\n\t"permissions": { "allow": [ "Bash(ls)" ] },\r\n\t"model": "opus" }';
    project.write(".claude/settings.local.json", bytes);
    installation.ok("install", "--yes");
    installation.ok("task", "add", "Keep me");
    const pid = installation.monitorPid() ?? 0;
    expect(readFileSync(settingsFile, "utf8")).not.toBe(bytes);
    installation.ok("uninstall", "--yes");
    expect(readFileSync(settingsFile, "utf8")).toBe(bytes);
    await expect.poll(() => isRunning(pid)).toBe(false);
    expect(existsSync(join(installation.state, "gates"))).toBe(false);
    expect(installation.ok("task", "list")).toContain("Keep me");
  });

  test.runIf(triesAll)(
    "uninstall deletes a settings file that Sitrep created, which git never saw",
    async () => {
      const installation = await install();
      const { git, folder } = installation.project;
      expect(git("status", "--porcelain")).toBe("");
      installation.ok("uninstall", "--yes");
      expect(existsSync(join(folder, ".claude"))).toBe(false);
      expect(readFileSync(join(folder, ".git/info/exclude"), "utf8")).not.toContain("sitrep");
      expect(git("status", "--porcelain")).toBe("");
    },
  );

  test("install refuses a settings file that Claude Code would ignore, and changes nothing", () => {
    const installation = prepareInstallation();
    const text = '{\n  // mine\n  "model": "opus"\n}\n';
    installation.project.write(".claude/settings.local.json", text);
    const ran = installation.sitrep("install", "--yes");
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain("settings.local.json: a comment at line 2, column 3.");
    expect(ran.stderr).toContain("Until it is fixed, Claude Code ignores the whole file");
    expect(readFileSync(installation.settingsFile, "utf8")).toBe(text);
    expect(existsSync(installation.state)).toBe(false);
  });

  test.runIf(triesAll)(
    "uninstall skips and reports a settings file that is now broken, and restores the others",
    async () => {
      const installation = await install();
      const other = join(installation.home, "other");
      installation.project.git("clone", "-q", ".", other);
      installation.ok("install", "--yes", "--project", other);
      const broken = `${readFileSync(installation.settingsFile, "utf8")},`;
      writeFileSync(installation.settingsFile, broken);
      const ran = installation.sitrep("uninstall", "--yes");
      expect(ran.code).toBe(1);
      expect(ran.stdout).toContain(`${installation.settingsFile} was not changed.`);
      expect(ran.stderr).toContain("settings.local.json: not valid JSON at line");
      expect(readFileSync(installation.settingsFile, "utf8")).toBe(broken);
      expect(existsSync(join(other, ".claude"))).toBe(false);
    },
  );

  test("install --dry-run shows the change and makes none", () => {
    const installation = prepareInstallation();
    const ran = installation.sitrep("install", "--dry-run");
    expect(ran.code).toBe(0);
    expect(ran.stderr).toContain('+    "SessionStart": [');
    expect(existsSync(installation.settingsFile)).toBe(false);
    expect(existsSync(installation.state)).toBe(false);
  });

  test.runIf(triesAll)(
    "uninstall from one project leaves another project's hooks working",
    async () => {
      const installation = await install();
      const other = join(installation.home, "other");
      installation.project.git("clone", "-q", ".", other);
      installation.ok("install", "--yes", "--project", other);
      const said = installation.ok("uninstall", "--yes", "--project", other);
      expect(said).toContain("Other settings still use Sitrep");
      expect(await brief(installation)).toContain("Sitrep ");
    },
  );
});

describe("sitrep off", () => {
  test("hooks say nothing and start nothing until sitrep on", async () => {
    const installation = await install();
    installation.ok("off");
    expect(await brief(installation)).toBeNull();
    expect(await call(installation)).toBeNull();
    installation.ok("on");
    expect(await brief(installation)).toContain("Sitrep ");
    const { sessionStart } = installation.commands();
    const input = sessionStartInput(installation);
    expect(contextOf(await installation.hook(sessionStart, input, { SITREP_OFF: "1" }))).toBeNull();
  });
});
