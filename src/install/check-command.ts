// Runs a written hook command as the client would, through `sh` with the client's input, and reads what it says.

import { spawn } from "node:child_process";
import { SitrepError } from "../core/errors.ts";
import { parseObject, readObject, readString } from "../core/read.ts";

export interface CheckOutcome {
  exitCode: number | null;
  stderr: string;
  /** What the model would read; null when nothing was said. */
  context: string | null;
  ms: number;
}

const longestRunMs = 10_000;
/** What the client waits for output once the command itself has ended. */
const lingerMs = 500;

const text = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString("utf8");

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // All of the group has ended.
  }
}

/** Throws `install-check-failed` when the output is none that the client takes. */
export async function runHookCommand(
  command: string,
  input: object,
  cwd: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<CheckOutcome> {
  const started = performance.now();
  // Run from within a session, the check must not be taken for that session's hook.
  const env: NodeJS.ProcessEnv = { ...environment, CLAUDE_PROJECT_DIR: cwd };
  delete env["CLAUDE_CODE_SESSION_ID"];
  const child = spawn("/bin/sh", ["-c", command], { cwd, env, stdio: "pipe", detached: true });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  child.stdin.on("error", () => undefined);
  child.stdin.end(JSON.stringify(input));
  const timer = setTimeout(() => killGroup(child.pid), longestRunMs);
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
    // A process that it left behind may hold the pipes for ever.
    child.on("exit", (code) => setTimeout(() => resolve(code), lingerMs).unref());
  });
  clearTimeout(timer);
  child.stdout.destroy();
  child.stderr.destroy();
  const ms = performance.now() - started;
  return { exitCode, stderr: text(stderr), context: contextOf(text(stdout)), ms };
}

function contextOf(stdout: string): string | null {
  if (stdout === "") return null;
  const output = readObject(parseObject(stdout)?.["hookSpecificOutput"]);
  const context = readString(output?.["additionalContext"]);
  if (context !== undefined) return context;
  throw new SitrepError(
    "install-check-failed",
    `The hook printed what the client would not take: ${JSON.stringify(stdout.slice(0, 200))}`,
  );
}
