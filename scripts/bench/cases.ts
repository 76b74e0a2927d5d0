// The runs that are compared: ours, a bare Node and a bare shell.

import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { isLeaseRunning, takeLease } from "../../src/state/live/lease.ts";
import { claimNews, publishNews, withdrawNews } from "../../src/state/live/pending-news.ts";
import type { Case } from "./measure.ts";
import type { BenchFixture } from "./fixture.ts";

export const baseName = "node -e 0";
export const shellName = "sh -c :";

/** The environment and input that the client gives a hook; only the input's size differs. */
function hookCase(
  fixture: BenchFixture,
  name: string,
  gate: "session-start" | "pre-tool-use",
): Case & { id: string } {
  const id = randomUUID();
  const event =
    gate === "session-start"
      ? { hook_event_name: "SessionStart", source: "startup" }
      : {
          hook_event_name: "PreToolUse",
          tool_name: "Bash",
          tool_input: { command: "npm test", description: "Run the tests" },
          tool_use_id: "toolu_01",
        };
  return {
    name,
    id,
    command: "/bin/sh",
    args: ["-c", fixture.command(gate)],
    cwd: fixture.project,
    env: {
      ...fixture.env,
      CLAUDE_CODE_SESSION_ID: id,
      CLAUDE_PROJECT_DIR: fixture.project,
      CLAUDECODE: "1",
    },
    input: JSON.stringify({
      session_id: id,
      transcript_path: "/dev/null",
      cwd: fixture.project,
      ...event,
    }),
  };
}

function expectSilence(stdout: string, status: number | null): void {
  if (stdout !== "" || status !== 0) throw new Error(`expected silence, got ${status}: ${stdout}`);
}

const expectText =
  (needle: string) =>
  (stdout: string): void => {
    if (!stdout.includes(needle))
      throw new Error(`expected "${needle}" in: ${stdout.slice(0, 300)}`);
  };

/** Sets the monitor's lease to expire in the future, as a live monitor does. */
function keepLease(fixture: BenchFixture): void {
  const live = join(fixture.state, "live");
  if (isLeaseRunning(live, Date.now() + 2000)) return;
  takeLease(live, { pid: 0, processStart: "", version: "", startedAt: 0 }, Date.now() + 60_000);
}

export function baseCases(fixture: BenchFixture): Case[] {
  const shared = { env: fixture.env, cwd: fixture.project };
  return [
    { ...shared, name: baseName, command: fixture.installation.node, args: ["-e", "0"] },
    { ...shared, name: shellName, command: "/bin/sh", args: ["-c", ":"] },
  ];
}

export function quietCase(fixture: BenchFixture): Case {
  const one = hookCase(fixture, "PreToolUse, nothing to say", "pre-tool-use");
  fixture.setSession(one.id);
  return { ...one, before: () => keepLease(fixture), check: expectSilence };
}

export function newsCase(fixture: BenchFixture): Case {
  const one = hookCase(fixture, "PreToolUse with news", "pre-tool-use");
  const live = join(fixture.state, "live");
  const pending = {
    at: Date.now(),
    items: [
      {
        kind: "task",
        taskId: "TASK-900",
        title: "Server on fire",
        priority: "urgent",
        what: ["new"],
      },
    ] as const,
    seq: 0,
    delivered: { git: null, sources: {} },
  };
  return {
    ...one,
    before: () => {
      keepLease(fixture);
      withdrawNews(live, one.id, "news");
      publishNews(live, one.id, "news", pending);
    },
    check: (stdout) => {
      expectText("Server on fire")(stdout);
      if (claimNews(live, one.id, "news") !== null) throw new Error("the news was not claimed");
    },
  };
}

export interface SessionOptions {
  name: string;
  /** `at hand`: the monitor read git a second ago. `live`: the hook reads it. */
  git: "at hand" | "live";
  /** `down`: the tasks' server does not answer, and the monitor has recorded the failure. */
  source: "up" | "down";
}

export function sessionCase(fixture: BenchFixture, { name, git, source }: SessionOptions): Case {
  const one = hookCase(fixture, name, "session-start");
  let noted = 0;
  return {
    ...one,
    before: async () => {
      keepLease(fixture);
      fixture.setSource(source);
      noted = git === "at hand" ? Date.now() - 1000 : Date.now() - 3_600_000;
      await fixture.setGitState(noted);
    },
    check: (stdout) => {
      expectText("Next, this branch's: TASK-")(stdout);
      expectText("feature/TASK-051-login")(stdout);
      expectText("3 modified")(stdout);
      expectText(source === "up" ? "Tasks read" : "is not responding")(stdout);
      // The hook would show a state that is an hour old with its age. Without an age, it read git itself.
      if (stdout.includes("Git as of") || fixture.gitStateAt() !== noted) {
        throw new Error("the state of git was not where it was to be");
      }
    },
  };
}

/** A command that writes to a pipe, while the monitor is alive and read git a second ago. */
export function commandCase(
  fixture: BenchFixture,
  { name, args, shows }: { name: string; args: readonly string[]; shows: string },
): Case {
  return {
    name,
    command: fixture.installation.node,
    args: [fixture.cli, ...args],
    env: fixture.env,
    cwd: fixture.project,
    before: async () => {
      keepLease(fixture);
      await fixture.setGitState(Date.now() - 1000);
    },
    check: expectText(shows),
  };
}
