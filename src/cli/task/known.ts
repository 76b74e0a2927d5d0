// The tasks of all sources of a project, as commands list and find them: those of the embedded store as they are now,
// those of others as they are cached.

import { configOf, settingsOf } from "../../config/command-config.ts";
import type { CommandContext } from "../../config/context.ts";
import type { SourceView } from "../../core/brief/source-view.ts";
import { SitrepError } from "../../core/errors.ts";
import { noNotes, type ProjectScope } from "../../core/ports.ts";
import { findCycle } from "../../core/task/cycles.ts";
import { cleanText, quotedName } from "../../core/quote.ts";
import { holdBack } from "../../core/task/raw-task.ts";
import { countByStatus, isOpenTask, type Task } from "../../core/task/task.ts";
import { tasksMatching } from "../../core/task/task-names.ts";
import { embeddedSourceName } from "../../sources/adapters/embedded.ts";
import { readTasks } from "../../sources/local-tasks.ts";
import { fullId, namesFor, rankedOf, type Ranked } from "./ranked.ts";
import { cachedViews, findSource, sourcesOf } from "../source/sources.ts";

export interface KnownTasks extends Ranked {
  /** Those of the embedded store that are over; of other sources none are known. */
  ended: readonly Task[];
  /** Whatever is known, also of sources that are not listed. */
  all: readonly Task[];
  /** The name of the embedded store among the sources. */
  own: string;
}

const neverRead: Omit<SourceView, "source" | "isFallback"> = {
  freshness: "absent",
  fetchedAt: null,
  failure: null,
  counts: countByStatus([]),
  tasks: [],
  notes: noNotes,
};

/** What is cached of each source, and those that were not asked since they were added or the cache was cleared. */
function viewsOf(context: CommandContext, scope: ProjectScope): SourceView[] {
  const cached = cachedViews(context, scope);
  const isCached = new Set(cached.map(({ source }) => source));
  const configured = sourcesOf(context, scope).filter(({ config }) => config.enabled);
  return [
    ...cached,
    ...configured.flatMap(({ config: { name: source, fallback: isFallback, type } }) =>
      isCached.has(source)
        ? []
        : [{ ...neverRead, source, isFallback, isBuiltIn: type === "embedded" }],
    ),
  ];
}

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

/** `only`: the source to list. Throws `source-unknown` for one that the project does not have. */
export async function knownTasks(
  context: CommandContext,
  scope: Required<ProjectScope>,
  only: string | null = null,
): Promise<KnownTasks> {
  if (only !== null) findSource(context, scope, only);
  const cached = viewsOf(context, scope);
  const own = cached.find(({ isBuiltIn }) => isBuiltIn)?.source ?? embeddedSourceName;
  const read = await readTasks(context, (store) => store.list(scope.path));
  const stored = read.map((task) => ({ ...task, source: own }));
  const views = withStore(cached, own, stored);
  const { me } = settingsOf(context, configOf(context));
  return {
    ...rankedOf(context, scope, views, { only, me }),
    ended: (only ?? own) === own ? stored.filter((task) => !isOpenTask(task)) : [],
    all: [...stored, ...cached.flatMap(({ source, tasks }) => (source === own ? [] : tasks))],
    own,
  };
}

const mostNamed = 6;

/**
 * The task that `given` names, as `tasksMatching` reads it. Throws `task-not-found`, and `task-ambiguous` with a way to write
 * each that may be meant.
 */
export function findTask(known: KnownTasks, given: string, { path }: ProjectScope): Task {
  const [found, ...others] = tasksMatching(known.all, given);
  if (found === undefined) {
    const rest = known.ages.length > 0 ? "; what is over at a server is not among them" : "";
    const unread = known.isWhole ? "" : ` ${known.ages.join(" ")}`;
    throw new SitrepError("task-not-found", `There is no task ${given} in ${path}.`, {
      hint: `"sitrep task list --all" shows the tasks of this project${rest}.${unread}`,
    });
  }
  if (others.length === 0) return found;
  const meant = [found, ...others];
  const nameOf = namesFor(meant);
  const ways = meant.slice(0, mostNamed).map((task) => cleanText(nameOf(task), 200));
  const more = meant.length > mostNamed ? `, or one of ${meant.length - mostNamed} more` : "";
  throw new SitrepError("task-ambiguous", `${given} is not the id of one task.`, {
    hint: `Write ${ways.join(" or ")}${more}.`,
  });
}

/** What cannot be changed here. `what`: how the message begins. */
export function changedElsewhere(task: Task, own: string, what: string): SitrepError {
  const [id, source] = [task.id, task.source].map((text) => cleanText(text, 100));
  const url = cleanText(task.url ?? "", 300);
  return new SitrepError(
    "not-supported",
    `${id} is a task of ${source}. ${what} cannot be changed from here, as that of a task of ${own} can.`,
    {
      hint: `Change it in ${source}${url === "" ? "" : `: ${url}`}. "sitrep refresh" then reads it again.`,
    },
  );
}

/** `findTask` for a change. Throws `not-supported` for a task of a server, which is changed there. */
export function findOwnTask(known: KnownTasks, given: string, scope: ProjectScope): Task {
  const task = findTask(known, given, scope);
  if (task.source === known.own) return task;
  throw changedElsewhere(task, known.own, "Its text");
}

/** The ids of the tasks of the embedded store that are named. Throws as `findTask`, and `not-supported`. */
export function ownIds(known: KnownTasks, given: readonly string[], scope: ProjectScope): string[] {
  return given.map((name) => {
    const ofOwn = known.all.filter(({ source }) => source === known.own);
    const [only, ...others] = tasksMatching(ofOwn, name);
    if (only !== undefined && others.length === 0) return only.id;
    const task = findTask(known, name, scope);
    const what = `${cleanText(fullId(task), 200)} cannot hold a task of ${known.own} back.`;
    throw new SitrepError("not-supported", what, { hint: "Name a task of the same source." });
  });
}

/** Throws `task-invalid`, naming the ring, where a task with these dependencies would wait for itself. */
export function requireNoCycle({ all, own }: KnownTasks, changed: Task): void {
  const others = all.filter(({ source, id }) => source === own && id !== changed.id);
  const cycle = findCycle([...others, changed], [changed.id]);
  if (cycle === null) return;
  const ring = cycle.map((id) => quotedName(id)).join(" → ");
  throw new SitrepError("task-invalid", `Then it would wait for itself: ${ring}.`, {
    hint: "Nothing was changed. Take one of these dependencies away: sitrep task unblock ID --by ID",
  });
}
