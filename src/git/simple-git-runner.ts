// Runs git through simple-git: what the monitor and the commands use.

import { existsSync } from "node:fs";
import { GitPluginError, simpleGit } from "simple-git";
import { SitrepError } from "../core/errors.ts";
import type { GitProgram, RunGit } from "./hardened.ts";

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

/** The runner for one git program. simple-git itself drops every `GIT_*` variable that is not named here. */
export function createSimpleGit(program: GitProgram): RunGit {
  return async (args, options) => {
    const git = simpleGit({
      baseDir: options.cwd,
      binary: program.file,
      allowEnvironment: Object.keys(options.env),
      timeout: { block: options.timeoutMs, stdOut: false, stdErr: false },
      completion: { onClose: true, onExit: false },
      unsafe: settingsThatDisarm,
      // By itself simple-git takes a failure without a message for a success.
      errors: (error, { exitCode }) =>
        exitCode === 0 ? undefined : (error ?? new Error(`git ended with ${exitCode}`)),
    }).env(options.env);
    try {
      return await git.raw([...args]);
    } catch (cause) {
      if (cause instanceof GitPluginError && cause.plugin === "timeout") {
        throw new SitrepError("git-timeout", `git took over ${options.timeoutMs} ms.`, { cause });
      }
      throw existsSync(program.file)
        ? new SitrepError("git-failed", "git failed.", { cause })
        : new SitrepError("git-missing", `${program.file} is not there.`, { cause });
    }
  };
}
