import { lstatSync, readdirSync } from "node:fs";
import { basename, dirname, isAbsolute, join } from "node:path";
import { pathToFileURL } from "node:url";
import { readOpenClientTask, type ClaudeCodeTask } from "../../core/handoff/claude-code-tasks.ts";
import { readOwnEnd } from "./read-small-file.ts";

const maxTasks = 300;
const maxBytes = 64 * 1024;

/** True for a folder, not a symlink, that this user owns. */
function isOwn(folder: string): boolean {
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  return stats?.isDirectory() === true && stats.uid === process.getuid?.();
}

const numbersIn = (folder: string): number[] =>
  readdirSync(folder)
    .filter((name) => /^[1-9]\d{0,5}\.json$/.test(name))
    .map((name) => Number.parseInt(name, 10))
    .toSorted((one, other) => one - other)
    .slice(-maxTasks);

/**
 * The open tasks of the session's own list, in order: `tasks/SESSION` beside the `projects` folder of its transcript. Lists with
 * other names are ignored, because they may be a team's and belong to several projects.
 */
export function readClaudeCodeTasks(transcript: string, session: string): ClaudeCodeTask[] {
  const projects = dirname(dirname(transcript));
  const isUsual = basename(transcript) === `${session}.jsonl` && basename(projects) === "projects";
  if (!isUsual || !isAbsolute(transcript) || !/^[\w-]+$/.test(session)) return [];
  const lists = join(dirname(projects), "tasks");
  const folder = join(lists, session);
  try {
    if (!isOwn(lists) || !isOwn(folder)) return [];
    return numbersIn(folder).flatMap((number) => {
      const file = join(folder, `${number}.json`);
      const task = readOpenClientTask(readOwnEnd(file, maxBytes) ?? "");
      return task === null ? [] : [{ ...task, id: String(number), url: pathToFileURL(file).href }];
    });
  } catch {
    return [];
  }
}
