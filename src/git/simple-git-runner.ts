// Runs git through simple-git: what the monitor and the commands use.

import { readdirSync } from "node:fs";
import { simpleGit } from "simple-git";
import { SitrepError } from "../core/errors.ts";
import { readSmallFile } from "../state/files/read-small-file.ts";
import { commandOf, startError, type GitProgram, type RunGit } from "./hardened.ts";

/**
 * simple-git refuses these settings whatever their value. Ours switch the programs off; nothing but
 * `gitEnvironment`'s constants and blanks passes through here.
 */
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

/** simple-git's own timeout comes after ours: its SIGINT would end git and leave what git has started. */
const graceMs = 300;

const proc = (file: string): string => readSmallFile(file, 65_536, { hasSize: false }) ?? "";

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** Children are listed by the thread that made them; git starts filters from threads. */
const childrenOf = (pid: number): number[] =>
  threadsOf(pid).flatMap((thread) =>
    (proc(`/proc/${pid}/task/${thread}/children`).match(/\d+/g) ?? []).map(Number),
  );

const withDescendants = (pid: number): number[] => [
  ...childrenOf(pid).flatMap(withDescendants),
  pid,
];

/**
 * Ends our own child with these arguments and all that it has started: a wrapper script's git, a filter that hangs.
 * simple-git keeps its process to itself, so it is looked for. Linux only; elsewhere simple-git's SIGINT has to do.
 */
function killChild(args: readonly string[]): void {
  const ending = `\0${args.join("\0")}\0`;
  const found = childrenOf(process.pid).find((pid) =>
    proc(`/proc/${pid}/cmdline`).endsWith(ending),
  );
  for (const pid of found === undefined ? [] : withDescendants(found)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended meanwhile.
    }
  }
}

/** The work, or `git-timeout` once its time is up, whether it ends or not. */
function within(
  work: Promise<string>,
  args: readonly string[],
  timeoutMs: number,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      killChild(args);
      reject(new SitrepError("git-timeout", `git ${commandOf(args)} took over ${timeoutMs} ms.`));
    }, timeoutMs);
    work.finally(() => clearTimeout(timer)).then(resolve, reject);
  });
}

/** The runner for one git program. simple-git itself drops every `GIT_*` variable that is not named here. */
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
        // By itself simple-git takes a failure without a message for a success.
        errors: (error, { exitCode }) =>
          exitCode === 0 ? undefined : (error ?? new Error(`git ended with ${exitCode}`)),
      }).env(env);
      // What `raw` gives is no whole promise.
      return await within(Promise.resolve(git.raw([...args])), args, timeoutMs);
    } catch (cause) {
      if (cause instanceof SitrepError) throw cause;
      throw startError(program, cwd, cause);
    }
  };
}
