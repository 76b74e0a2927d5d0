// Runs an installed hook as Claude Code would, and in a scratch state folder to make the code cache, which saves a quarter of its time.

import { killGroup } from "../git/kill-group.ts";
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SitrepError } from "../core/errors.ts";
import { parseObject, readObject, readString } from "../core/read.ts";
import { openCache } from "../state/cache/cache-file.ts";
import { stateFiles } from "../config/folders.ts";
import type { Installation } from "../config/installation.ts";
import type { Located } from "../git/repository.ts";
import { takeLease } from "../state/live/lease.ts";
import { publishNews } from "../state/live/pending-news.ts";
import { closing } from "../state/sqlite/sqlite.ts";
import type { CommandContext } from "../config/context.ts";
import { putExample } from "./warm-example.ts";

export interface CheckOutcome {
  exitCode: number | null;
  stderr: string;
  context: string | null;
  ms: number;
}

const maxRunMs = 10_000;

/** How long Claude Code waits for output after the command has ended. */
const lingerMs = 500;

/** Throws `install-check-failed` for an output that Claude Code would ignore. */
export async function runHookCommand(
  command: string,
  input: object,
  cwd: string,
  environment: NodeJS.ProcessEnv = process.env,
  limitMs: number = maxRunMs,
): Promise<CheckOutcome> {
  const started = performance.now();
  // An install that runs in a session must not look like that session's hook.
  const env: NodeJS.ProcessEnv = { ...environment, CLAUDE_PROJECT_DIR: cwd };
  delete env["CLAUDE_CODE_SESSION_ID"];
  const child = spawn("/bin/sh", ["-c", command], { cwd, env, stdio: "pipe", detached: true });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].setEncoding("utf8").on("data", (text: string) => (output[name] += text));
  const timer = setTimeout(() => killGroup(child.pid), limitMs);
  const exitCode = await endOf(child, input);
  clearTimeout(timer);
  child.stdout.destroy();
  child.stderr.destroy();
  const ms = performance.now() - started;
  return { exitCode, stderr: output.stderr, context: contextOf(output.stdout), ms };
}

function endOf(child: ChildProcess, input: object): Promise<number | null> {
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(JSON.stringify(input));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
    // A process that the hook left behind may keep the pipes open forever.
    child.on("exit", (code) => setTimeout(() => resolve(code), lingerMs).unref());
  });
}

function contextOf(stdout: string): string | null {
  if (stdout === "") return null;
  const output = readObject(parseObject(stdout)?.["hookSpecificOutput"]);
  const context = readString(output?.["additionalContext"]);
  if (context !== undefined) return context;
  throw new SitrepError(
    "install-check-failed",
    `Claude Code would ignore what the hook printed: ${JSON.stringify(stdout.slice(0, 200))}`,
  );
}

const sessionId = "warm-up";

export const codeCacheFile = (folder: string, hook: "session-start" | "pre-tool-use"): string =>
  join(folder, `${hook}.cache`);

/** Fills a state folder with a copy of the cache, tasks, news, and a lease so that no monitor is started. */
function setScratch(
  context: CommandContext,
  scratch: string,
  installation: Installation,
  project: Located,
): void {
  const files = stateFiles(scratch);
  writeFileSync(files.installation, JSON.stringify(installation), { mode: 0o600 });
  closing(openCache(context.files.cache), (db) => db.prepare("VACUUM INTO ?").run(files.cache));
  closing(openCache(files.cache), (db) => putExample(db, project));
  const identity = { pid: 0, processStart: "", version: "", startedAt: 0 };
  mkdirSync(files.live, { mode: 0o700 });
  takeLease(files.live, identity, Date.now() + 60_000);
  const task = { taskId: "TASK-1", title: "Warm up", priority: "high", what: ["new"] } as const;
  const delivered = { git: null, sources: {} };
  const items = [{ kind: "task", ...task }] as const;
  publishNews(files.live, sessionId, "news", { at: Date.now(), items, seq: 0, delivered });
}

/** Makes the caches in the installed version's folder. False when one failed: hooks work without it, and `doctor` says so. */
export async function makeCodeCaches(
  context: CommandContext,
  installation: Installation,
  project: Located,
): Promise<boolean> {
  mkdirSync(context.folders.state, { recursive: true, mode: 0o700 });
  const scratch = mkdtempSync(join(context.folders.state, "warm-"));
  const { node, folder } = installation;
  const run = async (hook: "session-start" | "pre-tool-use", mode: string): Promise<boolean> => {
    const child = spawn(node, [join(folder, "warm.cjs"), hook, scratch, mode], {
      cwd: "/",
      env: { ...installation.env },
      timeout: maxRunMs,
      stdio: ["pipe", "ignore", "ignore"],
    });
    const input = { session_id: sessionId, cwd: project.worktree, source: "startup" };
    const code = await endOf(child, input).catch(() => null);
    return code === 0 && existsSync(codeCacheFile(folder, hook));
  };
  try {
    setScratch(context, scratch, installation, project);
    const isMade = await run("session-start", "");
    return (await run("pre-tool-use", "news")) && isMade;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
