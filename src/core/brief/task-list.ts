import { unknownIdentity, type Identity } from "../task/identity.ts";
import { findOwnership, type OwnerAssignment } from "../task/owners.ts";
import { mismatchesAt, type CurrentMismatch, type CurrentMismatches } from "../task/mismatch.ts";
import { openKey, rankTasks } from "../task/ranking.ts";
import type { RankContext, RankedTask, WorkOutcome } from "../task/ranking.ts";
import { isOpenTask, noTasks, openCount, type Task, type TaskCounts } from "../task/task.ts";
import { dueDay, isOverdue, type Calendar } from "../time.ts";
import type { BranchEnd } from "../git/git-state.ts";
import type { GitView } from "./git-lines.ts";
import type { BriefOptions } from "./options.ts";
import { servingSources, type UrgentCounts, type SourceView } from "./source-view.ts";

/** The branch that tasks are matched with: the one checked out, or the one being rebased. */
export const currentBranch = (git: GitView): string | null =>
  git.kind === "state" ? (git.state.branch ?? git.state.operation?.branch ?? null) : null;

export function addCounts(sources: readonly SourceView[]): TaskCounts {
  const sum = noTasks();
  for (const { counts } of sources) {
    sum.pending += counts.pending;
    sum.in_progress += counts.in_progress;
    sum.blocked += counts.blocked;
  }
  return sum;
}

export interface ListInput {
  sources: readonly SourceView[];
  git: GitView;
  now: number;
  calendar: Calendar;
  me?: Identity;
  /** By task id: the working tree where another live session is on it. */
  taken?: ReadonlyMap<string, string>;
  options?: Pick<BriefOptions, "hidesCached">;
  mismatches?: CurrentMismatches;
}

export interface TaskList {
  ranked: readonly RankedTask[];
  counts: TaskCounts;
  /** True when the tasks of some source are unknown, or too old to be listed. */
  isPartial: boolean;
  /** True when `ranked` holds every open task that is counted. */
  isWhole: boolean;
  pressing: UrgentCounts;
  isKnown: boolean;
  whose: ReadonlyMap<string, OwnerAssignment>;
  mine: number;
  /** Sources with assignees, none known to be the user, and somebody who may be. */
  strange: readonly { source: string; maybe: string | null }[];
}

export function createRankContext(
  views: readonly SourceView[],
): Required<Pick<RankContext, "people" | "open" | "unknown">> {
  const blockers = views.flatMap(({ source, notes }) =>
    Object.entries(notes.blockers ?? {}).map(([id, state]) => ({
      key: openKey(source, id),
      state,
    })),
  );
  const keysOf = (state: "open" | "unknown"): string[] =>
    blockers.flatMap((one) => (one.state === state ? [one.key] : []));
  const listed = views.flatMap(({ source, openIds = [] }) =>
    openIds.map((id) => openKey(source, id)),
  );
  return {
    people: new Map(
      views.map(({ source, people = {}, notes: { me = [] }, subject = "" }) => [
        source,
        { names: Object.keys(people), me, likely: [subject].filter(Boolean) },
      ]),
    ),
    open: new Set([...listed, ...keysOf("open")]),
    unknown: new Set(keysOf("unknown")),
  };
}

/** Merged and deleted branches; the checked-out one is deleted if its upstream is. */
function branchEndsIn(git: GitView): Map<string, BranchEnd> {
  if (git.kind !== "state") return new Map();
  const { branch, upstream, branchEnds = {} } = git.state;
  const ends = new Map(Object.entries(branchEnds));
  if (branch !== null && upstream?.gone === true) ends.set(branch, "deleted");
  return ends;
}

/** What git says of the tasks' work; empty if not looked for. */
export const currentMismatches = ({
  git,
  mismatches,
}: Pick<ListInput, "git" | "mismatches">): readonly CurrentMismatch[] =>
  git.kind === "state" && mismatches !== undefined ? mismatchesAt(mismatches, git.state) : [];

function workEndsIn(input: ListInput): Map<string, WorkOutcome | null> {
  return new Map(
    currentMismatches(input).flatMap(
      ({ source, taskId, kind, by }): [string, WorkOutcome | null][] => {
        if (kind !== "merged" && kind !== "reverted") return [];
        const end = by === "words" ? "closed" : "merged";
        return [[openKey(source, taskId), kind === "merged" ? end : null]];
      },
    ),
  );
}

function countMine({ people, tasks, counts }: SourceView, { ownerOf }: OwnerAssignment): number {
  const isMine = (assignees: readonly string[]): boolean => ownerOf({ assignees }) === "mine";
  if (people === undefined)
    return tasks.filter((task) => isOpenTask(task) && isMine(task.assignees)).length;
  const sum = Object.entries(people).reduce((all, [name, n]) => all + (isMine([name]) ? n : 0), 0);
  // A task may list one person under two names.
  return Math.min(sum, openCount(counts));
}

function pressingOf(views: readonly SourceView[], { now, calendar }: ListInput): UrgentCounts {
  const today = calendar(now);
  const sum = { urgent: 0, overdue: 0 };
  for (const { pressing, tasks } of views) {
    const open = tasks.filter(isOpenTask);
    const late = open.filter(({ due }) => {
      const day = due === undefined ? null : dueDay(due, calendar);
      return day !== null && isOverdue(day, today);
    });
    sum.urgent += pressing?.urgent ?? open.filter(({ priority }) => priority === "urgent").length;
    sum.overdue += pressing?.overdue ?? late.length;
  }
  return sum;
}

const hasPeople = ({ people = {}, tasks }: SourceView): boolean =>
  Object.keys(people).length > 0 || tasks.some(({ assignees }) => assignees.length > 0);

/** The tasks of every serving source whose response is not too old, ranked; null when there is no such source. */
export function createTaskList(input: ListInput): TaskList | null {
  const serving = servingSources(input.sources).listed;
  const listed = serving.filter(
    (view) =>
      (view.freshness === "fresh" || view.freshness === "stale") &&
      (view.failure === null || input.options?.hidesCached !== true),
  );
  if (listed.length === 0) return null;
  const context = { ...createRankContext(listed), me: input.me ?? unknownIdentity };
  const tasks: Task[] = listed.flatMap((view) => view.tasks);
  const ranked = rankTasks(tasks, {
    ...context,
    branch: currentBranch(input.git),
    now: input.calendar(input.now),
    calendar: input.calendar,
    ...(input.taken === undefined ? {} : { taken: input.taken }),
    branchEnds: branchEndsIn(input.git),
    workEnds: workEndsIn(input),
  });
  const counts = addCounts(listed);
  const whose = listed.map((view) => ({
    view,
    who: findOwnership(context, view.source, view.tasks),
  }));
  const strangers = whose.filter(({ view, who }) => hasPeople(view) && !who.isKnown);
  return {
    ranked,
    counts,
    isPartial: listed.length < serving.length,
    isWhole: ranked.length === openCount(counts),
    pressing: pressingOf(listed, input),
    isKnown: whose.some(({ who }) => who.isKnown),
    whose: new Map(whose.map(({ view, who }) => [view.source, who])),
    mine: whose.reduce((sum, { view, who }) => sum + countMine(view, who), 0),
    strange: strangers.map(({ view, who }) => ({ source: view.source, maybe: who.maybe })),
  };
}
