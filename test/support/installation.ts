// A real installation for a test: its own HOME and SITREP_HOME, a real repository, the built command, a real monitor.

import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { createCommandContext } from "../../src/config/context.ts";
import { stopMonitor } from "../../src/monitor/monitor-control.ts";
import { readIdentity } from "../../src/state/live/lease.ts";
import { builtFolder } from "./built.ts";
import { onceInRun } from "./once-in-run.ts";
import { newRepositoryAt, repositoryAt } from "./repository.ts";
import type { TestRepository } from "./repository.ts";
import { runProgram } from "./run-program.ts";
import { temporaryFolder } from "./temporary.ts";

const cli = join(builtFolder, "cli.cjs");

export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
  ms: number;
}

export interface HookCommands {
  sessionStart: string;
  preToolUse: string;
  gitCall: string;
}

export interface TestInstallation {
  home: string;
  sitrepHome: string;
  state: string;
  live: string;
  project: TestRepository;
  env: Record<string, string>;
  /** Runs the built `sitrep` command in the project. */
  sitrep: (...args: string[]) => Ran;
  /** Runs `sitrep` and returns its output. Throws if the command fails. */
  ok: (...args: string[]) => string;
  settingsFile: string;
  /** Returns the hook commands in the written settings file. */
  commands: () => HookCommands;
  /** Runs a hook command as Claude Code does: `sh -c`, with the input on stdin. */
  hook: (command: string, input: unknown, env?: Record<string, string>) => Promise<Ran>;
  monitorPid: () => number | null;
}

/** Runs a shell command in its own process group. Kills the rest of the group at the end of the test. */
export function runShell(
  command: string,
  options: { cwd: string; env: Record<string, string>; input?: string | Buffer | null },
): Promise<Ran> {
  const started = performance.now();
  const child = spawn("/bin/sh", ["-c", command], {
    cwd: options.cwd,
    env: options.env,
    stdio: "pipe",
    detached: true,
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString("utf8")));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString("utf8")));
  child.stdin.on("error", () => undefined);
  // Null: the pipe stays open and empty.
  if (options.input !== null) child.stdin.end(options.input ?? "");
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      child.stdin.destroy();
      resolve({ code, stdout, stderr, ms: performance.now() - started });
    });
  });
}

/** Returns the hook commands in a settings file. */
export function commandsIn(settingsFile: string): HookCommands {
  const { hooks } = JSON.parse(readFileSync(settingsFile, "utf8")) as {
    hooks: Record<string, { hooks: { command: string }[] }[]>;
  };
  const commands = (event: string): string[] =>
    (hooks[event] ?? []).flatMap((group) => group.hooks.map((handler) => handler.command));
  const [sessionStart = ""] = commands("SessionStart");
  const [preToolUse = "", gitCall = ""] = commands("PreToolUse");
  return { sessionStart, preToolUse, gitCall };
}

/** A short heartbeat, so that tests need not wait. */
const quickConfig = { refresh: { heartbeatSeconds: 0.3 } };

/** Makes the folders and the repository, without an install. Stops the monitor, if any, at the end of the test. */
export function prepareInstallation(name = "shop-api"): TestInstallation {
  const home = temporaryFolder("sitrep-home-");
  const sitrepHome = join(home, "sitrep");
  const folder = join(home, name);
  const begun = onceInRun("project", (first) => {
    newRepositoryAt(first).commit("README.md", "# Shop API\n", "Begin");
  });
  cpSync(begun, folder, { recursive: true });
  mkdirSync(sitrepHome, { mode: 0o700 });
  writeFileSync(join(sitrepHome, "config.json"), JSON.stringify(quickConfig));
  const project = repositoryAt(folder);
  const env = {
    HOME: home,
    SITREP_HOME: sitrepHome,
    PATH: "/usr/local/bin:/usr/bin:/bin",
    TZ: "UTC",
  };
  const state = join(sitrepHome, "state");
  const live = join(state, "live");
  const settingsFile = join(folder, ".claude/settings.local.json");
  const sitrep = (...args: string[]): Ran => {
    const started = performance.now();
    const options = { cwd: folder, env, input: "" };
    const { status: code, stdout, stderr } = runProgram(process.execPath, [cli, ...args], options);
    return { code, stdout, stderr, ms: performance.now() - started };
  };
  onTestFinished(async () => {
    if (existsSync(state)) await stopMonitor(createCommandContext(env, folder));
  });
  return {
    home,
    sitrepHome,
    state,
    live,
    project,
    env,
    sitrep,
    settingsFile,
    ok: (...args) => {
      const ran = sitrep(...args);
      if (ran.code !== 0) throw new Error(`sitrep ${args.join(" ")}: ${ran.stderr}${ran.stdout}`);
      return ran.stdout;
    },
    commands: () => commandsIn(settingsFile),
    hook: (command, input, more = {}) =>
      runShell(command, {
        cwd: folder,
        env: { ...env, CLAUDE_PROJECT_DIR: folder, ...more },
        input: typeof input === "string" ? input : JSON.stringify(input),
      }),
    monitorPid: () => readIdentity(live)?.pid ?? null,
  };
}

/** The hook input that Claude Code sends when a session starts. */
export function sessionStartInput(
  installation: TestInstallation,
  overrides: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    session_id: "session-1",
    transcript_path: "/dev/null",
    cwd: installation.project.folder,
    hook_event_name: "SessionStart",
    source: "startup",
    ...overrides,
  };
}

/** The hook input that Claude Code sends before a tool call. */
export function toolInput(
  installation: TestInstallation,
  overrides: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    session_id: "session-1",
    cwd: installation.project.folder,
    hook_event_name: "PreToolUse",
    tool_name: "Bash",
    tool_input: { command: "npm test" },
    tool_use_id: "toolu_1",
    ...overrides,
  };
}

/** Returns the text that the model would read, or null. Throws on output that Claude Code would not accept. */
export function contextOf(ran: Ran): string | null {
  if (ran.code !== 0 || ran.stderr !== "") {
    throw new Error(`the hook ended with ${ran.code}: ${ran.stderr}`);
  }
  if (ran.stdout === "") return null;
  const output = JSON.parse(ran.stdout) as {
    hookSpecificOutput: { additionalContext: string };
  };
  return output.hookSpecificOutput.additionalContext;
}

/** False once a process has ended, even if its parent has not collected its exit code yet. */
export function isRunning(pid: number): boolean {
  if (pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const stat = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, "utf8") : "";
  return !/^\d+ \(.*\) Z/.test(stat);
}

/** Reduces the gaps between aligned columns to one blank. */
export const unaligned = (text: string): string => text.replaceAll(/ {2,}/g, " ");

/** Waits until the monitor runs and returns its pid. */
export async function monitorOf(installation: TestInstallation): Promise<number> {
  await expect.poll(() => isRunning(installation.monitorPid() ?? 0)).toBe(true);
  return installation.monitorPid() ?? 0;
}
