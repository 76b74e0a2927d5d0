// The real client, 2.1.329: what the model reads, and that nothing of ours is ever in the way.

import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readInstallation } from "../../src/config/installation.ts";
import { install } from "../support/installed.ts";
import { eventually } from "../support/waiting.ts";
import type { TestInstallation } from "../support/installation.ts";
import { bash, runClaude } from "./claude.ts";
import type { Session } from "./claude.ts";
import { countIn, textsOf } from "./fake-messages-api.ts";
import type { MessagesRequest } from "./fake-messages-api.ts";

const brief = "Sitrep ";
const done = { text: "done" };

/** Waits until the monitor has laid out news for some session, however busy the machine is. */
const newsIsOut = (installation: TestInstallation, ending: "news" | "git"): Promise<void> =>
  eventually(() =>
    expect(
      readdirSync(installation.live).filter((name) => name.endsWith(`.${ending}`)),
    ).not.toEqual([]),
  );

/** The request in which a text stands for the first time, counted from 1; 0 when it stands in none. */
function firstWith(session: Session, needle: string): number {
  return session.requests.findIndex((request) => countIn(request, needle) > 0) + 1;
}

const last = ({ requests }: Session): MessagesRequest | undefined => requests.at(-1);

describe("a session", () => {
  test("reads the brief once, in its first request, with the tasks and the state of git", async () => {
    const installation = await install();
    installation.ok("task", "add", "Add OIDC login", "--priority", "high");
    // Another one where the machine was so busy that git did not respond in time.
    const session = await eventually(async () => {
      const run = await runClaude(installation, {
        script: (_, index) => (index === 1 ? bash("echo hi") : done),
      });
      expect(textsOf(run.requests[0])).toMatch(/Git(?: read \d+ s ago)?: main, no remote; clean/);
      return run;
    });
    expect(session.exitCode).toBe(0);
    const text = textsOf(session.requests[0]);
    expect(text).toContain(`SessionStart hook additional context: ${brief}`);
    expect(text).toMatch(/Next: TASK-001 high: "Add OIDC login"/);
    expect(session.requests.map((request) => countIn(request, brief))).toEqual([1, 1]);
  });

  test("runs the installed hooks without warnings", async () => {
    const session = await runClaude(await install(), {
      script: () => bash("true"),
      args: ["--max-turns", "2"],
    });
    expect(session.debug).not.toMatch(/invalid settings|settings file .*ignored|hook_no_verdict/i);
    expect(session.debug).toMatch(/SessionStart:startup .* finished with status 0/);
    expect(session.debug).toMatch(/PreToolUse:Bash .* finished with status 0/);
  });

  test("gets the news of an urgent task once, in the request after the next tool call", async () => {
    const installation = await install();
    const session = await runClaude(installation, {
      script: async (_, index) => {
        if (index === 10) {
          installation.ok("task", "add", "Server on fire", "--priority", "urgent");
          await newsIsOut(installation, "news");
        }
        return index <= 30 ? bash(`echo call ${index}`) : done;
      },
    });
    expect(session.requests).toHaveLength(31);
    // A call that a busy machine gave up takes nothing: the one after it hears.
    expect([11, 12, 13]).toContain(firstWith(session, "Server on fire"));
    expect(countIn(last(session), "Server on fire")).toBe(1);
    expect(textsOf(last(session))).toMatch(
      /PreToolUse:Bash hook additional context: Sitrep, \d\d:\d\d\./,
    );
    expect(countIn(last(session), "PreToolUse:Bash hook additional context")).toBe(1);
  });

  test("gets the news of an urgent task once when it makes parallel tool calls", async () => {
    const installation = await install();
    const session = await runClaude(installation, {
      script: async (_, index) => {
        if (index !== 1) return done;
        installation.ok("task", "add", "Server on fire", "--priority", "urgent");
        await newsIsOut(installation, "news");
        return { calls: [1, 2, 3, 4].flatMap((call) => bash(`echo ${call}`).calls) };
      },
    });
    expect(countIn(last(session), "Server on fire")).toBe(1);
  });

  test("gets the repository's state only at a git call after it changed", async () => {
    const installation = await install();
    const session = await runClaude(installation, {
      script: async (_, index) => {
        if (index === 1) {
          installation.project.write("new.txt", "x");
          installation.project.git("add", "new.txt");
          await newsIsOut(installation, "git");
        }
        if (index === 1) return bash("echo not about it");
        return index <= 4 ? bash("git log --oneline") : done;
      },
    });
    expect([3, 4, 5]).toContain(firstWith(session, "Git, read "));
    expect(countIn(last(session), "Git, read ")).toBe(1);
    expect(textsOf(last(session))).toMatch(/Git, read \d+ s ago: main, no remote; 1 staged/);
  });

  test("gets no news of its own command", async () => {
    const installation = await install();
    const { node, folder } = installed(installation);
    const own = `${node} ${join(folder, "cli.cjs")} task add "Mine" --priority urgent`;
    const session = await runClaude(installation, {
      env: { SITREP_HOME: installation.sitrepHome },
      script: (_, index) => (index === 1 ? bash(own) : index <= 5 ? bash("sleep 0.3") : done),
    });
    expect(countIn(last(session), "Added.")).toBe(1);
    expect(textsOf(last(session))).not.toContain("is new");
  });
});

describe("a continued session", () => {
  test("reads the whole brief once after a compaction", async () => {
    const installation = await install();
    installation.ok("task", "add", "Add OIDC login");
    const session = await runClaude(installation, {
      prompts: ["hello", "/compact", "again"],
      script: () => ({ text: "<summary>We said hello.</summary>" }),
    });
    expect(session.exitCode).toBe(0);
    expect(countIn(last(session), brief)).toBe(1);
    expect(textsOf(last(session))).toContain("Next: TASK-001");
  });

  test("keeps one copy of the brief on resume when nothing changed", async () => {
    const installation = await install();
    installation.ok("task", "add", "Add OIDC login");
    const first = await runClaude(installation, { script: () => done });
    const resumed = await runClaude(installation, {
      args: ["--resume", first.sessionId],
      script: () => done,
    });
    expect(resumed.exitCode).toBe(0);
    expect(countIn(last(resumed), "hello")).toBeGreaterThan(1);
    expect(countIn(last(resumed), brief)).toBe(1);
  });

  test.for([
    ["on resume", []],
    ["as a fork", ["--fork-session"]],
  ] as const)("reads only what changed, %s", async ([, more]) => {
    const installation = await install();
    installation.ok("task", "add", "Add OIDC login");
    const first = await runClaude(installation, { script: () => done });
    installation.ok("task", "add", "Write the docs");
    const second = await runClaude(installation, {
      args: ["--resume", first.sessionId, ...more],
      script: () => done,
    });
    expect(second.sessionId === first.sessionId).toBe(more.length === 0);
    expect(textsOf(last(second))).toContain("Changed since ");
    expect(countIn(last(second), "Write the docs")).toBe(1);
    // Once in the first brief, once in the line that says what is next now.
    expect(countIn(last(second), "Next: TASK-001")).toBe(2);
    expect(countIn(last(second), "\nGit: ")).toBe(countIn(last(first), "\nGit: "));
  });

  test("reads one new brief after clear", async () => {
    const installation = await install();
    installation.ok("task", "add", "Add OIDC login");
    const session = await runClaude(installation, {
      prompts: ["hello", "/clear", "again"],
      script: () => done,
    });
    expect(countIn(last(session), brief)).toBe(1);
  });
});

function installed({ state }: TestInstallation) {
  const found = readInstallation(join(state, "installation.json"));
  if (found === null) throw new Error("nothing is installed");
  return found;
}

describe("a tool call is not blocked by a broken installation", () => {
  const ruins: Record<string, (installation: TestInstallation) => void> = {
    "the gates are gone": ({ state }) => rmSync(join(state, "gates"), { recursive: true }),
    "a gate holds a syntax error": ({ state }) => {
      for (const name of readdirSync(join(state, "gates"))) {
        writeFileSync(join(state, "gates", name), "if then (\n");
      }
    },
    "the built files are gone": (installation) =>
      rmSync(installed(installation).folder, { recursive: true }),
    "Node is gone": (installation) => rmSync(installed(installation).node),
    "the state folder is gone": ({ state }) => rmSync(state, { recursive: true }),
    "the cache is rubbish": ({ state }) => {
      for (const suffix of ["-wal", "-shm"])
        rmSync(join(state, `cache.db${suffix}`), { force: true });
      writeFileSync(join(state, "cache.db"), "rubbish of some length, so that it is read");
    },
    "everything of Sitrep is gone": ({ sitrepHome }) => rmSync(sitrepHome, { recursive: true }),
  };

  test.for(Object.entries(ruins))("when %s", async ([, ruin]) => {
    const installation = await install({ monitor: false });
    ruin(installation);
    const file = join(installation.home, "the-tool-ran");
    const session = await runClaude(installation, {
      script: (_, index) => (index === 1 ? bash(`touch ${file}`) : done),
    });
    expect(session.exitCode).toBe(0);
    expect(existsSync(file)).toBe(true);
    expect(textsOf(last(session))).not.toMatch(/hook error|blocked|No such file|not found/i);
    expect(session.stdout).not.toContain("hook_no_verdict");
  });

  test("when the environment has hostile settings", async () => {
    const installation = await install({ monitor: false });
    const file = join(installation.home, "the-tool-ran");
    const session = await runClaude(installation, {
      env: { NODE_OPTIONS: "--require=/missing", SHELLOPTS: "nounset" },
      script: (_, index) => (index === 1 ? bash(`touch ${file}`) : done),
    });
    expect(existsSync(file)).toBe(true);
    expect(countIn(session.requests[0], brief)).toBe(1);
  });
});
