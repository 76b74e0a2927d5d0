// Reads the response of the `git status` that the gate started while Node was starting (hooks/gate-early-git.sh).

import { basename, join } from "node:path";
import { SitrepError } from "../core/errors.ts";
import { readSmallFile } from "../state/files/read-small-file.ts";
import { gitEnvironment, statusArgs, type GitProgram, type RunGit } from "./hardened.ts";
import { copyFolder } from "./settings-copy.ts";

/** Larger output is dropped, and git runs again with a limit. */
const largestResponse = 16 * 1024 * 1024;
const pollMs = 2;

/** `none`: there will be no response. */
type EarlyOutput = { worktree: string; output: string } | "none";

/** Reads `worktree NUL output shell code`; null while it is incomplete. */
function readResponse(file: string): EarlyOutput | null {
  const text = readSmallFile(file, largestResponse);
  if (text === null) return "none";
  // The file has the shell's pid in its name, which a file name in the repository's output cannot predict.
  const shell = basename(file).slice("git.".length);
  const end = text.slice(-40).match(new RegExp(`${shell} (\\d+)\\n$`));
  if (end === null) return null;
  const split = text.indexOf("\0");
  if (end[1] !== "0" || split < 0) return "none";
  return { worktree: text.slice(0, split), output: text.slice(split + 1, -end[0].length) };
}

async function awaitResponse(file: string, timeoutMs: number): Promise<EarlyOutput> {
  const end = process.uptime() * 1000 + timeoutMs;
  for (;;) {
    const response = readResponse(file);
    if (response !== null) return response;
    if (process.uptime() * 1000 > end) {
      throw new SitrepError("git-timeout", `git status took longer than ${timeoutMs} ms.`);
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

/** Answers the gate's call from `file`, once. Other calls go to `later`, and this one too when the gate has no response. */
export function createEarlyGit(file: string, program: GitProgram, later: RunGit): RunGit {
  let isTaken = false;
  return async (args, options) => {
    const { cwd, env, timeoutMs } = options;
    const gitDir = join(cwd, ".git");
    const place = { worktree: cwd, gitDir, commonDir: gitDir };
    const made = gitEnvironment(program, place, copyFolder(program, cwd));
    const isMade = args === statusArgs && JSON.stringify(env) === JSON.stringify(made);
    if (isTaken || !isMade) return later(args, options);
    isTaken = true;
    const response = await awaitResponse(file, timeoutMs);
    const isHere = response !== "none" && response.worktree === cwd;
    return isHere ? response.output : later(args, options);
  };
}
