// Runs git as a child process of its own group, ended by SIGKILL when its time is up: what a hook uses.

import { SitrepError } from "../core/errors.ts";
import type { GitProgram, RunGit } from "./hardened.ts";

const largestOutput = 16 * 1024 * 1024;

/** The runner for one git program. No shell, no standard input, no error text kept. */
export function createSpawnGit(program: GitProgram): RunGit {
  // Loaded here: hooks that start no git do not pay for it.
  const { spawn } = process.getBuiltinModule("node:child_process");
  return (args, options) => {
    const child = spawn(program.file, [...args], {
      cwd: options.cwd,
      env: options.env,
      stdio: ["ignore", "pipe", "ignore"],
      detached: true,
      windowsHide: true,
    });
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let size = 0;
      const kill = (): void => killGroup(child.pid);
      const timer = setTimeout(() => {
        kill();
        child.stdout.destroy();
        child.unref();
        reject(
          new SitrepError("git-timeout", `git ${args[0] ?? ""} took over ${options.timeoutMs} ms.`),
        );
      }, options.timeoutMs);
      child.stdout.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size <= largestOutput) chunks.push(chunk);
        else kill();
      });
      child.on("error", (cause) => {
        clearTimeout(timer);
        reject(new SitrepError("git-missing", `${program.file} cannot be started.`, { cause }));
      });
      child.on("close", (code) => {
        clearTimeout(timer);
        if (code === 0) resolve(Buffer.concat(chunks).toString("utf8"));
        else reject(new SitrepError("git-failed", `git ended with ${code ?? "a signal"}.`));
      });
    });
  };
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === "win32" ? pid : -pid, "SIGKILL");
  } catch {
    // It has ended already.
  }
}
