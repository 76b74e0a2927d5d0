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

/** Throws `install-check-failed` when the output is none that the client takes. */
export function runHookCommand(command: string, input: object, cwd: string): Promise<CheckOutcome> {
  const started = performance.now();
  // Run from within a session, the check must not be taken for that session's hook.
  const env: NodeJS.ProcessEnv = { ...process.env, CLAUDE_PROJECT_DIR: cwd };
  delete env["CLAUDE_CODE_SESSION_ID"];
  const child = spawn("/bin/sh", ["-c", command], { cwd, env, stdio: "pipe", detached: true });
  const timer = setTimeout(() => {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  }, longestRunMs);
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString("utf8")));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString("utf8")));
  child.stdin.on("error", () => undefined);
  child.stdin.end(JSON.stringify(input));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (exitCode) => {
      clearTimeout(timer);
      try {
        const ms = performance.now() - started;
        resolve({ exitCode, stderr, context: contextOf(stdout), ms });
      } catch (error) {
        reject(error);
      }
    });
  });
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
