// Finds tasks: those of the embedded store as they are now, those of other sources from the cache.

import { loadOwnConfig, loadHookSettings } from "../../config/command-config.ts";
import type { CommandContext } from "../../config/context.ts";
import type { SourceView } from "../../core/brief/source-view.ts";
import { codeOf, SitrepError } from "../../core/errors.ts";
import { noNotes, type ProjectScope } from "../../core/ports.ts";
import { cleanText, quotedName } from "../../core/quote.ts";
import { findCycle } from "../../core/task/cycles.ts";
import { markBlocked } from "../../core/task/raw-task.ts";
import { countByStatus, isOpenTask, type Task } from "../../core/task/task.ts";
import { tasksMatching } from "../../core/task/task-names.ts";
import { embeddedSourceName } from "../../sources/adapters/embedded.ts";
import { finishingCommand } from "../../sources/files/change-commands.ts";
import { changeTasks, withReadStore } from "../../sources/local-tasks.ts";
import { readCachedViews, findSource, listProjectSources } from "../source/lookup.ts";
import { warnOfStaleCache } from "../terminal/terminal.ts";
import { fullId, createTaskNamer, rankListed, type Ranked } from "./ranked.ts";

type Scope = Required<ProjectScope>;

export interface KnownTasks extends Ranked {
  scope: Scope;
  /** Closed tasks of the embedded store; other sources list only open tasks. */
  ended: readonly Task[];
  all: readonly Task[];
  own: string;
  /** The kind of each file source, by source name. */
  kinds: ReadonlyMap<string, string>;
}

const emptyView = (source: string, isFallback: boolean, isBuiltIn: boolean): SourceView => ({
  source,
  freshness: "absent",
  fetchedAt: null,
  failure: null,
  counts: countByStatus([]),
  tasks: [],
  notes: noNotes,
  isFallback,
  isBuiltIn,
});

/** The cached views, plus an empty view for each source that was never read or whose cache was cleared. */
function viewsOf(context: CommandContext, scope: Scope): SourceView[] {
  const cached = readCachedViews(context, scope);
  const isCached = new Set(cached.map(({ source }) => source));
  const others = listProjectSources(context, scope)
    .filter(({ config }) => config.enabled && !isCached.has(config.name))
    .map(({ config: { name, fallback, type } }) => emptyView(name, fallback, type === "embedded"));
  const views = [...cached, ...others];
  const hasOwn = views.some(({ isBuiltIn }) => isBuiltIn);
  return hasOwn ? views : [...views, emptyView(embeddedSourceName, false, true)];
}

/** `only`: list just this source. Throws `source-unknown` if the project does not have it. */
export async function knownTasks(
  context: CommandContext,
  scope: Scope,
  only: string | null = null,
): Promise<KnownTasks> {
  if (only !== null) findSource(context, scope, only);
  const views = viewsOf(context, scope);
  const own = views.find(({ isBuiltIn }) => isBuiltIn)?.source ?? embeddedSourceName;
  const read = await withReadStore(context, (store) => store.list(scope.path));
  const stored = read.map((task) => ({ ...task, source: own }));
  const tasks = markBlocked(stored);
  const current = views.map((view): SourceView => {
    if (view.source !== own) return view;
    const counts = countByStatus(tasks);
    const now = emptyView(own, view.isFallback, true);
    return { ...now, freshness: "fresh", fetchedAt: Date.now(), counts, tasks };
  });
  const { me } = loadHookSettings(context, loadOwnConfig(context));
  return {
    ...rankListed(context, scope, current, { only, me }),
    scope,
    ended: (only ?? own) === own ? stored.filter((task) => !isOpenTask(task)) : [],
    all: [...stored, ...views.flatMap((view) => (view.source === own ? [] : view.tasks))],
    own,
    kinds: listFileKinds(context, scope),
  };
}

/** The kind of each file source, by source name: a task list in a file. */
export const listFileKinds = (context: CommandContext, scope: Scope): Map<string, string> =>
  new Map(
    listProjectSources(context, scope).flatMap(({ config: { name, kind } }) =>
      kind === undefined ? [] : [[name, kind] as const],
    ),
  );

export const ownTasks = ({ all, own }: KnownTasks): Task[] =>
  all.filter(({ source }) => source === own);

export const openIds = (known: KnownTasks): Set<string> =>
  new Set(
    ownTasks(known)
      .filter(isOpenTask)
      .map(({ id }) => id),
  );

/** Calls `work` with the store. Only reports a failed cache update: by then, the change is stored. */
export const changeStore = <T>(
  context: CommandContext,
  scope: ProjectScope,
  work: Parameters<typeof changeTasks<T>>[2],
): Promise<T> => changeTasks(context, scope, work, warnOfStaleCache);

const maxNamed = 6;

/** Finds the task that `given` names, as `tasksMatching` reads it. Throws `task-not-found` and `task-ambiguous`. */
export function findTask(known: KnownTasks, given: string): Task {
  const [found, ...others] = tasksMatching(known.all, given);
  if (found === undefined) {
    const rest = known.ages.length > 0 ? "; closed tasks on a server are not included" : "";
    const unread = known.isWhole ? "" : ` ${known.ages.join(" ")}`;
    throw new SitrepError("task-not-found", `There is no task ${given} in ${known.scope.path}.`, {
      hint: `"sitrep task list --all" shows the tasks of this project${rest}.${unread}`,
    });
  }
  if (others.length === 0) return found;
  const meant = [found, ...others];
  const nameOf = createTaskNamer(meant);
  const names = meant.slice(0, maxNamed).map((task) => cleanText(nameOf(task), 200));
  const more = meant.length > maxNamed ? `, or one of ${meant.length - maxNamed} more` : "";
  throw new SitrepError("task-ambiguous", `${given} matches ${meant.length} tasks.`, {
    hint: `Use ${names.join(" or ")}${more}.`,
  });
}

/** Says how to change a task in a file: `Edit TODO.md:14.`, or the command that finishes it. */
export function changeInFile({ id, source, place = "" }: Task, { kinds }: KnownTasks): string {
  const command = finishingCommand(kinds.get(source) ?? "", id);
  const file = cleanText(place, 200);
  return command === null ? `Edit ${file}.` : `To finish it: ${command}`;
}

/** The error for a change that must be made at the task's server or in its file. `what`: what cannot be changed. */
export function changedElsewhere(task: Task, known: KnownTasks, what: string): SitrepError {
  const [id, source, place] = [task.id, task.source, task.place ?? ""].map((text) =>
    cleanText(text, 200),
  );
  const url = cleanText(task.url ?? "", 300);
  const there = url === "" ? "" : ` (${url})`;
  const [where, hint] =
    task.place === undefined
      ? [`a task from ${source}`, `Change it in ${source}${there}, then run "sitrep refresh".`]
      : [`in ${place}`, changeInFile(task, known)];
  return new SitrepError(
    "not-supported",
    `${id} is ${where}. Sitrep cannot change ${what} there.`,
    { hint },
  );
}

/** Rethrows the error of a change. For `write-not-allowed`, adds how to change a file's task by hand. */
export const failedChange =
  (task: Task, known: KnownTasks) =>
  (error: unknown): never => {
    if (task.place === undefined || codeOf(error) !== "write-not-allowed") throw error;
    const { message, hint = "" } = error as SitrepError;
    throw new SitrepError("write-not-allowed", message, {
      hint: `${hint}\n${changeInFile(task, known)}`,
    });
  };

/** `findTask` for a change. Throws `not-supported` for a task from another source, which must be changed there. */
export function findOwnTask(known: KnownTasks, given: string): Task {
  const task = findTask(known, given);
  if (task.source === known.own) return task;
  throw changedElsewhere(task, known, "its text");
}

/** Finds the ids of the named tasks of the embedded store. Throws as `findTask`, and `not-supported`. */
export function ownIds(known: KnownTasks, given: readonly string[] = []): string[] {
  return given.map((name) => {
    const [only, ...others] = tasksMatching(ownTasks(known), name);
    if (only !== undefined && others.length === 0) return only.id;
    const other = cleanText(fullId(findTask(known, name)), 200);
    const what = `${other} cannot block a task from ${known.own}.`;
    throw new SitrepError("not-supported", what, { hint: "Use a task from the same source." });
  });
}

/** Throws `task-invalid`, which names the cycle, if the changed task would depend on itself. */
export function requireNoCycle(known: KnownTasks, changed: Task): void {
  const others = ownTasks(known).filter(({ id }) => id !== changed.id);
  const cycle = findCycle([...others, changed], [changed.id]);
  if (cycle === null) return;
  const names = cycle.map((id) => quotedName(id)).join(" → ");
  throw new SitrepError("task-invalid", `This would create a dependency cycle: ${names}.`, {
    hint: "Nothing was changed. Remove one of these dependencies: sitrep task unblock ID --by ID",
  });
}
