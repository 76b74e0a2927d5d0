import { readdirSync } from "node:fs";
import { simpleGit } from "simple-git";
import { SitrepError } from "../core/errors.ts";
import { readSmallFile } from "../state/files/read-small-file.ts";
import { gitCommand, startError, type GitProgram, type RunGit } from "./hardened.ts";

/** simple-git refuses these settings, whatever their value. Ours, constants of `gitEnvironment`, disable the programs. */
const settingsThatDisarm = {
  allowUnsafeCustomBinary: true,
  allowUnsafeConfigEnvCount: true,
  allowUnsafeFsMonitor: true,
  allowUnsafeHooksPath: true,
  allowUnsafeDiffExternal: true,
  allowUnsafePager: true,
  allowUnsafeProtocolOverride: true,
  allowUnsafeFilter: true,
} as const;

/** simple-git's own timeout comes after ours, because its SIGINT would end git but not the processes that git started. */
const graceMs = 300;

const proc = (file: string): string => readSmallFile(file, 65_536) ?? "";

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** Linux lists children by the thread that started them, and git starts filters from threads. */
const childrenOf = (pid: number): number[] =>
  threadsOf(pid).flatMap((thread) =>
    (proc(`/proc/${pid}/task/${thread}/children`).match(/\d+/g) ?? []).map(Number),
  );

const withDescendants = (pid: number): number[] => [
  ...childrenOf(pid).flatMap(withDescendants),
  pid,
];

/** simple-git does not expose its process, so this searches for it, on Linux only. */
function killChild(args: readonly string[]): void {
  const ending = `\0${args.join("\0")}\0`;
  const found = childrenOf(process.pid).find((pid) =>
    proc(`/proc/${pid}/cmdline`).endsWith(ending),
  );
  for (const pid of found === undefined ? [] : withDescendants(found)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {}
  }
}

/** Gives the work's result, or throws `git-timeout` when its time is up, even if it never ends. */
function within(
  work: Promise<string>,
  args: readonly string[],
  timeoutMs: number,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      killChild(args);
      reject(
        new SitrepError("git-timeout", `git ${gitCommand(args)} took longer than ${timeoutMs} ms.`),
      );
    }, timeoutMs);
    work.finally(() => clearTimeout(timer)).then(resolve, reject);
  });
}

/** The runner for one git program. simple-git drops every `GIT_*` variable that `allowEnvironment` does not name. */
export function createSimpleGit(program: GitProgram): RunGit {
  return async (args, { cwd, env, timeoutMs }) => {
    try {
      const git = simpleGit({
        baseDir: cwd,
        binary: program.file,
        allowEnvironment: Object.keys(env),
        timeout: { block: timeoutMs + graceMs, stdOut: false, stdErr: false },
        completion: { onClose: true, onExit: false },
        unsafe: settingsThatDisarm,
        // simple-git treats a failure without a message as a success.
        errors: (error, { exitCode }) =>
          exitCode === 0 ? undefined : (error ?? new Error(`git exited with ${exitCode}`)),
      }).env(env);
      // `raw` gives a thenable without `finally`.
      return await within(Promise.resolve(git.raw([...args])), args, timeoutMs);
    } catch (cause) {
      if (cause instanceof SitrepError) throw cause;
      throw startError(program, cwd, cause);
    }
  };
}
