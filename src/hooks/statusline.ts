// The status line, wired to the cache. One short process: no network, no git, no write.

import { stateFiles, type Environment, type StateFiles } from "../config/folders.ts";
import { offText, whatIsOff } from "../config/off.ts";
import type { GitView } from "../core/brief/git-lines.ts";
import { codeOf } from "../core/errors.ts";
import { parseObject, readObject, readString } from "../core/read.ts";
import type { GitRecord } from "../core/session.ts";
import { renderStatusline } from "../core/statusline.ts";
import { createOutputWriter } from "./output.ts";
import { placeOf, type Place } from "../git/repository.ts";
import { isOwnFolder } from "../state/files/own-folder.ts";
import { readStdin } from "./input.ts";
import { openCacheReader } from "./cache-reader.ts";
import { closing } from "../state/sqlite/sqlite.ts";
import { terminalLine } from "../state/output/terminal.ts";
import { localTime } from "../core/time.ts";

const deadlineMs = 500;

/** The folder that the client's input names: https://code.claude.com/docs/en/statusline */
function folderIn(text: string): string | null {
  const from = parseObject(text);
  const workspace = readObject(from?.["workspace"]);
  return readString(workspace?.["current_dir"]) ?? readString(from?.["cwd"]) ?? null;
}

function gitView(place: Place, record: GitRecord | null): GitView {
  const last = record?.snapshot ?? null;
  if (!place.isRepository) return { kind: "no-repository" };
  // Another branch than the one that HEAD names: the state is of before the switch.
  if (last === null || (place.branch !== null && last.value.branch !== place.branch))
    return { kind: "unknown", code: "git-failed" };
  return { kind: "state", state: last.value, readAt: last.fetchedAt, failure: null };
}

/** The line for a folder. */
function statuslineOf(files: StateFiles, folder: string, env: Environment, now: number): string {
  const place = placeOf(folder);
  const { project, branch: checkedOut, leftBranch = null } = place;
  const branch = checkedOut ?? leftBranch;
  const base = { now, calendar: localTime, branch };
  const [off] = whatIsOff(files, env, project);
  if (off !== undefined) return offText(off);
  try {
    return closing(openCacheReader(files.cache), (cache) => {
      const { tasks: limits, brief: options } = cache.settings();
      const sources = cache.sources({ project, branch, now, limits, most: 1 });
      const git = gitView(place, cache.git(place.worktree));
      return renderStatusline({ ...base, sources, git, cacheError: null, options });
    });
  } catch (error) {
    const git = { kind: "unknown", code: codeOf(error) } as const;
    return renderStatusline({ ...base, sources: [], git, cacheError: codeOf(error) });
  }
}

/** The line for what the client sends on stdin. */
export function statuslineFor(files: StateFiles, input: string, env: Environment): string {
  const folder = folderIn(input) ?? env["CLAUDE_PROJECT_DIR"] ?? process.cwd();
  return statuslineOf(files, folder, env, Date.now());
}

/** The hook-like executable: reads the client's input, prints the line and ends its process. */
export async function runStatusline(): Promise<void> {
  const output = createOutputWriter();
  const state = process.argv[2];
  const files = state === undefined || !isOwnFolder(state) ? null : stateFiles(state);
  if (files === null) return output.end(false);
  setTimeout(() => output.end(true), deadlineMs).unref();
  const input = await readStdin({ maxBytes: 256 * 1024, timeoutMs: 200 });
  output.write(`${terminalLine(statuslineFor(files, input.text, process.env))}\n`);
  output.end(input.isPending);
}
