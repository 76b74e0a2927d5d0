// The brief: what a session reads when it starts. Pure; the same input gives the same bytes.

import { createFence, fenceNote } from "../fence.ts";
import { rankTasks } from "../ranking.ts";
import type { RankedTask } from "../ranking.ts";
import type { TaskChange } from "../changes.ts";
import type { TaskCounts } from "../task.ts";
import { dateLine, pastMoment } from "../words.ts";
import type { Calendar } from "../words.ts";
import { changeCounts } from "./change-lines.ts";
import { fitList } from "./fit.ts";
import type { Line } from "./fit.ts";
import { gitLine } from "./git-lines.ts";
import type { GitView } from "./git-lines.ts";
import { servingSources } from "./serving.ts";
import { contextLine, sourceLine } from "./source-lines.ts";
import type { SourceView } from "./source-lines.ts";
import { countsLine, descriptionLine, reasonText, taskLine } from "./task-lines.ts";
import type { WordContext } from "./task-lines.ts";

/** Settings of the brief. Characters are UTF-16 units, as the client counts them. */
export interface BriefOptions {
  maxCharacters: number;
  /** Tasks listed beside the next one. */
  maxTasks: number;
  /** What is cached of a source that fails is not listed (`FALLBACK_STRATEGY=skip`). */
  hidesCached?: boolean;
}

export const defaultBriefOptions: BriefOptions = { maxCharacters: 2000, maxTasks: 5 };

/** Room for the heading, what the markers mean, and the next task. */
export const shortestBrief = 300;

/** The client shows only a preview of anything longer than 10,000. */
export const longestBrief = 9500;

export interface BriefInput {
  project: string;
  /** Epoch milliseconds. */
  now: number;
  calendar: Calendar;
  /** The fence key. */
  key: string;
  /** In the order in which they are configured. */
  sources: readonly SourceView[];
  /** Set when the cache could not be read: an error code, and `sources` is empty. */
  cacheError: string | null;
  git: GitView;
  /** What happened since the project's last session; null when there was none. */
  since: { at: number; changes: readonly TaskChange[] } | null;
  options: BriefOptions;
}

const weights = {
  heading: 100,
  fence: 95,
  next: 90,
  freshness: 80,
  git: 70,
  counts: 60,
  since: 50,
  context: 45,
  description: 40,
  task: 30,
};

/** The branch that tasks are matched with: the one checked out, or the one being rebased. */
export function branchOf(git: GitView): string | null {
  return git.kind === "state" ? (git.state.branch ?? git.state.operation?.branch ?? null) : null;
}

function addCounts(sources: readonly SourceView[]): TaskCounts {
  const sum: TaskCounts = { pending: 0, in_progress: 0, blocked: 0, completed: 0, cancelled: 0 };
  for (const { counts } of sources) {
    sum.pending += counts.pending;
    sum.in_progress += counts.in_progress;
    sum.blocked += counts.blocked;
  }
  return sum;
}

function nextLines(next: RankedTask, context: WordContext): Line[] {
  const description = descriptionLine(next.task, context.fence);
  return [
    { text: `Next: ${taskLine(next.task, context)}${reasonText(next)}`, weight: weights.next },
    ...(description === null ? [] : [{ text: description, weight: weights.description }]),
  ];
}

interface TaskList {
  next: RankedTask | null;
  others: readonly RankedTask[];
  counts: TaskCounts;
  /** True when some source's tasks are not known, or too old to be listed. */
  isPartial: boolean;
}

function taskList(input: BriefInput, context: WordContext): TaskList | null {
  const serving = servingSources(input.sources).listed;
  const listed = serving.filter(
    (view) =>
      (view.freshness === "fresh" || view.freshness === "stale") &&
      (view.failure === null || input.options.hidesCached !== true),
  );
  if (listed.length === 0) return null;
  const [next = null, ...others] = rankTasks(
    listed.flatMap((view) => view.tasks),
    { branch: branchOf(input.git), now: context.now, calendar: input.calendar },
  );
  const isPartial = listed.length < serving.length;
  return {
    next,
    others: others.slice(0, input.options.maxTasks),
    counts: addCounts(listed),
    isPartial,
  };
}

/** The next task, the counts, and the first `entries` of the others. */
function taskLines(list: TaskList | null, entries: number, context: WordContext): Line[] {
  if (list === null) return [];
  if (list.next === null) {
    const text = list.isPartial ? "No pending tasks among those known." : "No pending tasks.";
    return [{ text, weight: weights.next }];
  }
  const counts = countsLine(list.counts, entries + 1);
  return [
    ...nextLines(list.next, context),
    ...(counts === null ? [] : [{ text: counts, weight: weights.counts }]),
    ...list.others
      .slice(0, entries)
      .map(({ task }) => ({ text: `  ${taskLine(task, context)}`, weight: weights.task })),
  ];
}

function sinceLines(input: BriefInput, context: WordContext): Line[] {
  if (input.since === null) return [];
  const counts = changeCounts(input.since.changes);
  if (counts === null) return [];
  const when = pastMoment(input.calendar(input.since.at), context.now);
  return [{ text: `Since your last session here (${when}): ${counts}`, weight: weights.since }];
}

function freshnessLines(input: BriefInput, context: WordContext): Line[] {
  const hidden = input.options.hidesCached === true;
  const lines = servingSources(input.sources).mentioned.map((view) =>
    sourceLine(view, context, input.now, hidden),
  );
  if (input.cacheError !== null) {
    lines.push(`Tasks: the cache cannot be read (${input.cacheError}); "sitrep doctor" says why.`);
  }
  return lines.map((text) => ({ text, weight: weights.freshness }));
}

/** The whole brief, at most `options.maxCharacters` and never more than `longestBrief`. */
export function renderBrief(input: BriefInput): string {
  const fence = createFence(input.key);
  const context: WordContext = { fence, now: input.calendar(input.now), calendar: input.calendar };
  const heading = `# Sitrep · ${fence.name(input.project)} · ${dateLine(context.now)}`;
  const list = taskList(input, context);
  const build = (entries: number): Line[] => [
    { text: heading, weight: weights.heading },
    {
      text: `Facts from the task server and git, gathered for this session. ${fenceNote(fence)}`,
      weight: weights.fence,
    },
    ...taskLines(list, entries, context),
    ...servingSources(input.sources)
      .listed.flatMap((view) => contextLine(view, context) ?? [])
      .map((text) => ({ text, weight: weights.context })),
    { text: gitLine(input.git, context, input.now), weight: weights.git },
    ...sinceLines(input, context),
    ...freshnessLines(input, context),
  ];
  const maxCharacters = Math.min(input.options.maxCharacters, longestBrief);
  return fitList(list?.others.length ?? 0, build, maxCharacters);
}
