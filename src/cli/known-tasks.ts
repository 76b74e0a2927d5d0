// The tasks of all sources of a project, as commands list and find them: those of the embedded store as they are now,
// those of others as they are cached.

import { configOf, settingsOf } from "../config/command-config.ts";
import type { CommandContext } from "../config/context.ts";
import { sourceTexts } from "../core/brief/source-lines.ts";
import { servingSources, type SourceView } from "../core/brief/source-view.ts";
import { wordContext } from "../core/brief/task-lines.ts";
import { SitrepError } from "../core/errors.ts";
import { noNotes, type ProjectScope } from "../core/ports.ts";
import { cleanText } from "../core/quote.ts";
import { rankTasks, type RankedTask } from "../core/ranking.ts";
import { holdBack } from "../core/raw-task.ts";
import { countByStatus, isPending, type Task } from "../core/task.ts";
import { localTime } from "../core/time.ts";
import { embeddedSourceName } from "../sources/adapters/embedded.ts";
import { readTasks } from "../sources/local-tasks.ts";
import { isLeaseRunning } from "../state/live/lease.ts";
import { cachedViews, findSource } from "./sources.ts";

export interface KnownTasks {
  /** Pending ones in the order of a brief, of the sources that it lists or of the one that was named. */
  ranked: readonly RankedTask[];
  /** Those of the embedded store that are over; of other sources none are known. */
  ended: readonly Task[];
  /** Whatever is known, also of sources that are not listed. */
  all: readonly Task[];
  /** How old the tasks of the servers are; empty where none is configured. */
  ages: readonly string[];
  /** The name of the embedded store among the sources. */
  own: string;
}

/** True for what a brief lists. */
const isListed = ({ freshness }: SourceView): boolean =>
  freshness === "fresh" || freshness === "stale";

/** The cached views with that of the embedded store as it is now. */
function withStore(cached: readonly SourceView[], source: string, stored: readonly Task[]) {
  const tasks = holdBack(stored);
  const counts = countByStatus(tasks);
  const now: SourceView = {
    source,
    freshness: "fresh",
    fetchedAt: Date.now(),
    failure: null,
    counts,
    tasks,
    notes: noNotes,
    isFallback: false,
    isBuiltIn: true,
  };
  if (cached.every((view) => view.source !== source)) return [...cached, now];
  return cached.map((view) =>
    view.source === source ? { ...now, isFallback: view.isFallback } : view,
  );
}

function ageTexts(context: CommandContext, views: readonly SourceView[], now: number): string[] {
  const sources = views.filter(({ isBuiltIn }) => isBuiltIn !== true);
  if (sources.length === 0) return [];
  const isMonitorAlive = isLeaseRunning(context.files.live, now);
  const input = { sources, now, isMonitorAlive, calendar: localTime };
  const words = wordContext({ ...input, options: { style: "plain" } });
  return sourceTexts({ ...input, options: {} }, words);
}

/** `only`: the source to list. Throws `source-unknown` for one that the project does not have. */
export async function knownTasks(
  context: CommandContext,
  scope: Required<ProjectScope>,
  only: string | null = null,
): Promise<KnownTasks> {
  if (only !== null) findSource(context, scope, only);
  const now = Date.now();
  const cached = cachedViews(context, scope);
  const own = cached.find(({ isBuiltIn }) => isBuiltIn)?.source ?? embeddedSourceName;
  const read = await readTasks(context, (store) => store.list(scope.path));
  const stored = read.map((task) => ({ ...task, source: own }));
  const views = withStore(cached, own, stored);
  const named = views.filter(({ source }) => source === only);
  const serving = only === null ? servingSources(views) : { listed: named, mentioned: named };
  const listed = serving.listed.filter(isListed);
  const subjects = listed.flatMap(({ subject = "" }) => (subject === "" ? [] : [subject]));
  const me = [...settingsOf(context, configOf(context)).me, ...subjects];
  const ranking = { branch: scope.branch, me, now: localTime(now), calendar: localTime };
  const pending = listed.flatMap(({ tasks }) => tasks);
  return {
    ranked: rankTasks(pending, ranking),
    ended: (only ?? own) === own ? stored.filter((task) => !isPending(task)) : [],
    all: [...stored, ...cached.flatMap(({ source, tasks }) => (source === own ? [] : tasks))],
    ages: ageTexts(context, serving.mentioned, now),
    own,
  };
}

/** As every command takes it. */
export const fullId = ({ source, id }: Task): string => `${source}/${id}`;

/** How tasks are called beside each other: by their ids, with their sources where there are several. */
export const namesFor = (tasks: readonly Task[]): ((task: Task) => string) =>
  new Set(tasks.map(({ source }) => source)).size > 1 ? fullId : ({ id }) => id;

/**
 * The task that `given` names: by its id, or by `source/id`. Throws `task-not-found`, and `task-ambiguous` for an id of
 * several sources, with both ways to write it.
 */
export function findTask({ all }: KnownTasks, given: string, { path }: ProjectScope): Task {
  const same = (fold: (text: string) => string): Task[] =>
    all.filter((task) => [task.id, fullId(task)].some((name) => fold(name) === fold(given)));
  const exact = same(String);
  const [found, ...others] = exact.length > 0 ? exact : same((text) => text.toLowerCase());
  if (found === undefined) {
    throw new SitrepError("task-not-found", `There is no task ${given} in ${path}.`, {
      hint: '"sitrep task list --all" shows the tasks of this project.',
    });
  }
  if (others.length === 0) return found;
  const ways = [found, ...others].map((task) => cleanText(fullId(task), 200)).join(" or ");
  throw new SitrepError("task-ambiguous", `${given} is not the id of one task.`, {
    hint: `Write ${ways}.`,
  });
}

/** `findTask` for a change. Throws `not-supported` for a task of a server, which is changed there. */
export async function findOwnTask(
  context: CommandContext,
  scope: Required<ProjectScope>,
  given: string,
): Promise<Task> {
  const known = await knownTasks(context, scope);
  const task = findTask(known, given, scope);
  if (task.source === known.own) return task;
  const [id, source] = [task.id, task.source].map((text) => cleanText(text, 100));
  const url = cleanText(task.url ?? "", 300);
  throw new SitrepError(
    "not-supported",
    `${id} is a task of ${source}; this command changes tasks of ${known.own}.`,
    {
      hint: `Change it in ${source}${url === "" ? "" : `: ${url}`}. "sitrep refresh" then reads it again.`,
    },
  );
}

/** The ids of tasks of the embedded store that `source/id` names; others as they are. */
export async function ownIds(
  context: CommandContext,
  scope: Required<ProjectScope>,
  given: readonly string[],
): Promise<string[]> {
  if (given.length === 0) return [];
  const { all, own } = await knownTasks(context, scope);
  const ofOwn = all.filter(({ source }) => source === own);
  return given.map((name) => ofOwn.find((task) => fullId(task) === name)?.id ?? name);
}
