// Runs git for hooks, as a child process in its own group, which is killed when its time is up.

import { SitrepError } from "../core/errors.ts";
import { killGroup } from "./kill-group.ts";
import { gitCommand, startError, type GitProgram, type RunGit } from "./hardened.ts";

const largestOutput = 16 * 1024 * 1024;

/** After this many turns of the event loop, this process has noticed the end of a finished child. */
const turnsToItsEnd = 4;

/** First handles events that have arrived: on a busy machine this process, not git, may have been slow. */
function afterArrivals(then: () => void, turns = turnsToItsEnd): void {
  if (turns === 0) then();
  else setImmediate(() => afterArrivals(then, turns - 1));
}

function start(program: GitProgram, args: readonly string[], cwd: string, env: object) {
  // Loaded here, so that hooks that start no git do not pay for it.
  const { spawn } = process.getBuiltinModule("node:child_process");
  return spawn(program.file, [...args], {
    cwd,
    env: { ...env },
    stdio: ["ignore", "pipe", "ignore"],
    detached: true,
    windowsHide: true,
  });
}

/** The runner for one git program. No shell, no standard input, no error text kept. */
export function createSpawnGit(program: GitProgram): RunGit {
  return (args, { cwd, env, timeoutMs }) =>
    new Promise((resolve, reject) => {
      const fail = (code: "git-failed" | "git-timeout", what: string, cause?: unknown): void =>
        reject(new SitrepError(code, `git ${gitCommand(args)} ${what}.`, { cause }));
      let child: ReturnType<typeof start>;
      try {
        child = start(program, args, cwd, env);
      } catch (error) {
        // The arguments or the environment exceed the system's limit.
        return fail("git-failed", "could not be started", error);
      }
      const chunks: Buffer[] = [];
      let size = 0;
      let isOver = false;
      const giveUp = (): void => {
        if (isOver) return;
        killGroup(child.pid);
        child.stdout.destroy();
        child.unref();
        fail("git-timeout", `took longer than ${timeoutMs} ms`);
      };
      const timer = setTimeout(() => afterArrivals(giveUp), timeoutMs);
      const end = (): void => {
        isOver = true;
        clearTimeout(timer);
      };
      child.stdout.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size <= largestOutput) chunks.push(chunk);
        else killGroup(child.pid);
      });
      child.on("error", (cause) => {
        end();
        reject(startError(program, cwd, cause));
      });
      child.on("close", (code) => {
        end();
        if (code === 0) resolve(Buffer.concat(chunks).toString("utf8"));
        else fail("git-failed", code === null ? "was killed by a signal" : `exited with ${code}`);
      });
    });
}
