// The status line, wired to the cache. One short process: no network, no git, no write.

import { stateFiles, type Environment, type StateFiles } from "../config/folders.ts";
import { offText, activeOffSwitches } from "../config/off.ts";
import { codeOf } from "../core/errors.ts";
import { parseObject, readObject, readString } from "../core/read.ts";
import { workBranch } from "../core/session.ts";
import { renderStatusline } from "../core/statusline.ts";
import { createOutputWriter } from "./output.ts";
import { locateSession } from "../git/repository.ts";
import { isOwnFolder } from "../state/files/own-folder.ts";
import { readStdin } from "./input.ts";
import { openHookCache } from "./cache-reader.ts";
import { lastKnown } from "./git-reader.ts";
import { cachedSettings } from "../state/cache/brief-facts.ts";
import { readGitRecord } from "../state/cache/git-states.ts";
import { readPullRequest } from "../state/cache/pull-requests.ts";
import { readSourceViews } from "../state/cache/source-views.ts";
import { closing } from "../state/sqlite/sqlite.ts";
import { terminalLine } from "../state/output/terminal.ts";
import { localTime } from "../core/time.ts";

const deadlineMs = 500;

/** The folder in Claude Code's input: https://code.claude.com/docs/en/statusline */
function folderIn(text: string): string | null {
  const from = parseObject(text);
  const workspace = readObject(from?.["workspace"]);
  return readString(workspace?.["current_dir"]) ?? readString(from?.["cwd"]) ?? null;
}

function statuslineOf(files: StateFiles, folder: string, env: Environment, now: number): string {
  const place = locateSession(folder);
  const { project, worktree } = place;
  const branch = workBranch(place);
  const base = { now, calendar: localTime, branch };
  const [off] = activeOffSwitches(files, env, project);
  if (off !== undefined) return offText(off);
  try {
    return closing(openHookCache(files.cache), (db) => {
      const { tasks: limits, brief: options } = cachedSettings(db);
      const sources = readSourceViews(db, { project, worktree, branch, now, limits, most: 1 });
      const git = place.isRepository
        ? lastKnown(readGitRecord(db, worktree), place, null)
        : ({ kind: "no-repository" } as const);
      const checkedOut = git.kind === "state" ? git.state.branch : null;
      const pull = checkedOut === null ? null : readPullRequest(db, project, checkedOut);
      return renderStatusline({ ...base, sources, git, pull, cacheError: null, options });
    });
  } catch (error) {
    const code = codeOf(error);
    const git = { kind: "unknown", code } as const;
    return renderStatusline({ ...base, sources: [], git, cacheError: code });
  }
}

export function createStatusline(files: StateFiles, input: string, env: Environment): string {
  const folder = folderIn(input) ?? env["CLAUDE_PROJECT_DIR"] ?? process.cwd();
  return statuslineOf(files, folder, env, Date.now());
}

export async function runStatusline(): Promise<void> {
  const output = createOutputWriter();
  const state = process.argv[2];
  const files = state === undefined || !isOwnFolder(state) ? null : stateFiles(state);
  if (files === null) return output.end(false);
  setTimeout(() => output.end(true), deadlineMs).unref();
  const input = await readStdin({ maxBytes: 256 * 1024, timeoutMs: 200 });
  output.write(`${terminalLine(createStatusline(files, input.text, process.env))}\n`);
  output.end(input.isPending);
}
