// The brief: what a session reads when it starts. Pure; the same input gives the same bytes.

import { fenceNote } from "../fence.ts";
import { peerTexts, type Peer } from "../peers.ts";
import type { RankedTask } from "../ranking.ts";
import type { TaskCounts } from "../task.ts";
import { dateLine, pastMoment, type Calendar } from "../time.ts";
import { fit, type Fitted, type Line } from "./fit.ts";
import { gitLine, type GitView } from "./git-lines.ts";
import { longestBrief, sectionsOf, type BriefOptions, type BriefSection } from "./options.ts";
import { servingSources, type SourceView } from "./source-view.ts";
import { sinceText, type Since } from "./since-lines.ts";
import { contextLine, sourceTexts } from "./source-lines.ts";
import {
  countsLine,
  descriptionTexts,
  longestListedTitle,
  reasonText,
  taskLine,
  wordContext,
} from "./task-lines.ts";
import type { WordContext } from "./task-lines.ts";
import { addCounts, listTasks, type TaskList } from "./task-list.ts";

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
  /** False when the monitor was not running as the session began. */
  isMonitorAlive: boolean;
  git: GitView;
  /** What happened since the project's last session; null when there was none. */
  since: Since | null;
  /** Other live sessions in this working tree or on this branch's task. */
  peers: readonly Peer[];
  options: BriefOptions;
}

const weights = {
  heading: 100,
  fence: 95,
  next: 90,
  freshness: 80,
  git: 70,
  peers: 65,
  counts: 60,
  since: 50,
  context: 45,
  description: 40,
  task: 30,
};

function nextLines(list: TaskList | null, context: WordContext): Line[] {
  if (list === null) return [];
  const { style } = context;
  const [next] = list.ranked;
  if (next === undefined) {
    const text = list.isPartial ? "No pending tasks among those known." : "No pending tasks.";
    return [{ text, weight: weights.next }];
  }
  const details = style.hasDescription ? descriptionTexts(next.task, context.fence) : [];
  const text = style.labelled("Next", `${taskLine(next, context)}${reasonText(next)}`);
  return [
    { text, weight: weights.next },
    ...details.map((detail) => ({ text: style.detail(detail), weight: weights.description })),
  ];
}

/** The counts, and the first `entries` of `others`. `shown`: how many stand elsewhere in the brief. */
function taskLines(
  list: TaskList | null,
  others: readonly RankedTask[],
  entries: number,
  context: WordContext,
): Line[] {
  if (list === null || list.ranked.length === 0) return [];
  const elsewhere = others.length < list.ranked.length && others[0] !== list.ranked[0] ? 1 : 0;
  const counts = countsLine(list.counts, entries + elsewhere, context.style.separator);
  return [
    ...(counts === null ? [] : [{ text: counts, weight: weights.counts }]),
    ...others
      .slice(0, entries)
      .map((one) => taskLine(one, context, longestListedTitle))
      .map((line) => ({ text: context.style.item(line), weight: weights.task })),
  ];
}

/** What the servers say of the project. */
function contextLines(input: BriefInput, context: WordContext): Line[] {
  return servingSources(input.sources)
    .listed.flatMap((view) => contextLine(view, context) ?? [])
    .map((text) => ({ text, weight: weights.context }));
}

function sinceLines(input: BriefInput, list: TaskList | null, context: WordContext): Line[] {
  if (input.since === null) return [];
  const text = sinceText(input.since, list?.ranked ?? [], context);
  if (text === null) return [];
  const when = pastMoment(input.calendar(input.since.at), context.now);
  const label = `Since your last session here (${when})`;
  return [{ text: context.style.labelled(label, text), weight: weights.since }];
}

function freshnessLines(input: BriefInput, context: WordContext): Line[] {
  const texts = sourceTexts(input, context);
  if (input.cacheError !== null) {
    texts.push(`Tasks: the cache cannot be read (${input.cacheError}); "sitrep doctor" says why.`);
  }
  return texts.map((text) => ({ text, weight: weights.freshness }));
}

function headLines(input: BriefInput, { fence, style, now }: WordContext): Line[] {
  const origin = style.origin === "" ? "" : `${style.origin} `;
  return [
    { text: style.heading(fence.name(input.project), dateLine(now)), weight: weights.heading },
    { text: `${origin}${fenceNote(fence)}`, weight: weights.fence },
  ];
}

/** A brief with what it was made from. */
export interface ComposedBrief extends Fitted {
  /** The known tasks in their order. */
  ranked: readonly RankedTask[];
  counts: TaskCounts;
  /** How many tasks stand in the text. */
  shown: number;
}

/** The whole brief, at most `options.maxCharacters` and never more than `longestBrief`, and how it came about. */
export function composeBrief(input: BriefInput): ComposedBrief {
  const context = wordContext(input);
  const list = listTasks(input);
  const sections = sectionsOf(input.options);
  const hasNext = sections.includes("next");
  const others = (list?.ranked ?? []).slice(hasNext ? 1 : 0).slice(0, input.options.maxTasks);
  const linesOf: Record<BriefSection, (entries: number) => Line[]> = {
    next: () => nextLines(list, context),
    tasks: (entries) => [
      ...taskLines(list, others, entries, context),
      ...contextLines(input, context),
    ],
    git: () => [{ text: gitLine(input.git, context, input.now), weight: weights.git }],
    sessions: () =>
      peerTexts(input.peers, context.fence, input.now).map((text) => ({
        text,
        weight: weights.peers,
      })),
    since: () => sinceLines(input, list, context),
    freshness: () => freshnessLines(input, context),
  };
  const build = (entries: number): Line[] => [
    ...headLines(input, context),
    ...sections.flatMap((section) => linesOf[section](entries)),
  ];
  const most = sections.includes("tasks") ? others.length : 0;
  const fitted = fit(most, build, Math.min(input.options.maxCharacters, longestBrief));
  const hasFirst = hasNext && (list?.ranked.length ?? 0) > 0;
  return {
    ...fitted,
    ranked: list?.ranked ?? [],
    counts: list?.counts ?? addCounts([]),
    shown: fitted.entries + (hasFirst ? 1 : 0),
  };
}

/** The text of `composeBrief`. */
export const renderBrief = (input: BriefInput): string => composeBrief(input).text;
