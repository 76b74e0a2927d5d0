// `sitrep task keep`: adds the tasks that a session left open in Claude Code's own list to the embedded store.

import { existsSync } from "node:fs";
import { loadOwnConfig, openCliCache } from "../../config/command-config.ts";
import { locateProject, readCache, type CommandContext } from "../../config/context.ts";
import { pickUnfinished, type ClaudeCodeTask } from "../../core/handoff/claude-code-tasks.ts";
import type { LastHandoff } from "../../core/handoff/handoff.ts";
import { SitrepError } from "../../core/errors.ts";
import { quoted } from "../../core/quote.ts";
import { maskKnownSecrets } from "../../core/secrets/known-secrets.ts";
import { importJson } from "../../core/task/import-tasks.ts";
import type { NewTask } from "../../core/task/task.ts";
import { agoText } from "../../core/time.ts";
import type { Located } from "../../git/repository.ts";
import { ownSession, withReadStore } from "../../sources/local-tasks.ts";
import { readLastHandoff, readTranscript, saveUnfinished } from "../../state/cache/handoffs.ts";
import { readClaudeCodeTasks } from "../../state/files/claude-code-tasks.ts";
import { closing } from "../../state/sqlite/sqlite.ts";
import { locateScope, type ProjectOptions, type Run } from "../program/verb-context.ts";
import { confirm, countText, isWatched, printResult, printNotice } from "../terminal/terminal.ts";
import { taskLines } from "./task-rows.ts";
import { changeStore } from "./lookup.ts";

/** Keeps each task's `url`: a second call recognizes the task by it, even after an edit. */
const newTasks = (tasks: readonly ClaudeCodeTask[]): NewTask[] =>
  importJson(
    JSON.stringify(
      tasks.map(({ subject, description, status, url }) => ({
        title: maskKnownSecrets(subject),
        description: maskKnownSecrets(description),
        status,
        url,
      })),
    ),
    "Claude Code's list",
  );

interface Found {
  left: LastHandoff;
  tasks: ClaudeCodeTask[];
}

/** Finds the last other session here whose list has open tasks that are not in the store. */
function findList(
  context: CommandContext,
  located: Located,
  known: ReadonlySet<string>,
): Found | null {
  if (!existsSync(context.files.cache)) return null;
  return readCache(context, (db) => {
    let tasks: ClaudeCodeTask[] = [];
    const accepts = (session: string): boolean => {
      const { transcript } = readTranscript(db, session) ?? { transcript: "" };
      tasks = readClaudeCodeTasks(transcript, session).filter(({ url }) => !known.has(url));
      return tasks.length > 0;
    };
    const query = { id: ownSession(context), own: false, now: Date.now(), accepts };
    const left = readLastHandoff(db, { ...located, ...query });
    return tasks.length === 0 || left === null ? null : { left, tasks };
  });
}

/** Throws `task-not-found`. */
function chosen(
  tasks: readonly ClaudeCodeTask[],
  numbers: readonly string[],
): readonly ClaudeCodeTask[] {
  const named = new Set(numbers.map((number) => number.replace(/^#/, "")));
  const unknown = [...named].find((number) => !tasks.some(({ id }) => id === number));
  if (unknown !== undefined) {
    throw new SitrepError("task-not-found", `The list has no open task ${quoted(unknown, 20)}.`, {
      hint: `It has: ${tasks.map(({ id }) => id).join(", ")}.`,
    });
  }
  return named.size === 0 ? tasks : tasks.filter(({ id }) => named.has(id));
}

async function mayKeep(found: Found, tasks: readonly ClaudeCodeTask[]): Promise<boolean> {
  if (!isWatched()) {
    throw new SitrepError("usage", "Cannot ask for confirmation without a terminal. Use --yes.");
  }
  printNotice(
    `Open tasks in Claude Code's own list, from the session of ${agoText(found.left.at, Date.now())}:`,
    ...tasks.map(({ id, subject, status }) => {
      const started = status === "in_progress" ? " (in progress)" : "";
      return `  ${id}  ${quoted(maskKnownSecrets(subject), 100)}${started}`;
    }),
  );
  return confirm(`Add ${countText(tasks.length, "task")} to the embedded store?`, false);
}

export const keepTasks: Run<[string[]], ProjectOptions & { yes?: boolean }> = async (
  context,
  numbers,
  options,
) => {
  const scope = locateScope(context, options);
  const known = await withReadStore(context, (store) => store.list(scope.path));
  const urls = new Set(known.flatMap(({ url = [] }) => url));
  const found = findList(context, locateProject(context, options.project), urls);
  if (found === null) {
    const none = "No session here left open tasks in Claude Code's own list.";
    return printResult(options, { added: [], skipped: [] }, none);
  }
  const tasks = chosen(found.tasks, numbers);
  if (options.yes !== true && !(await mayKeep(found, tasks)))
    return printNotice("Nothing was added.");
  const { added, there } = await changeStore(context, scope, (store) =>
    store.import(scope.path, newTasks(tasks)),
  );
  const rest = found.tasks.filter((task) => !tasks.includes(task));
  closing(openCliCache(context, loadOwnConfig(context)), (db) =>
    saveUnfinished(db, found.left.sessionId ?? "", pickUnfinished(rest)),
  );
  printResult(options, { added, skipped: there }, () => [
    `Added ${countText(added.length, "task")}.`,
    ...taskLines(added),
    ...(there.length === 0 ? [] : [`Skipped ${there.length} that the store already has.`]),
  ]);
};
