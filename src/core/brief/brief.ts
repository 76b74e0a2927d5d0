// The brief: what a session reads when it starts. Pure; the same input gives the same bytes.

import { leftOffLines, type LeftOff } from "../handoff.ts";
import { noteFor, quoted, quotedName } from "../quote.ts";
import type { TaskChange } from "../changes.ts";
import { peerTexts, type Peer } from "../peers.ts";
import type { RankedTask } from "../ranking.ts";
import type { TaskCounts } from "../task.ts";
import { dateLine, pastMoment, type Calendar } from "../time.ts";
import { fit, type Fitted, type Line } from "./fit.ts";
import { gitLine, operationTexts, type GitView } from "./git-lines.ts";
import { longestBrief, sectionsOf, type BriefOptions, type BriefSection } from "./options.ts";
import { servingSources, type SourceView } from "./source-view.ts";
import { sinceText, type Since } from "./since-lines.ts";
import { contextLine, sourceTexts } from "./source-lines.ts";
import { countsLine } from "./counts-line.ts";
import {
  descriptionTexts,
  isOthers,
  longestListedTitle,
  linkWords,
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
  /** In the order in which they are configured. */
  sources: readonly SourceView[];
  /** Tasks that the branch checked out names and that are over. */
  ended: readonly TaskChange[];
  /** Set when the cache could not be read: an error code, and `sources` is empty. */
  cacheError: string | null;
  /** False when the monitor was not running as the session began. */
  isMonitorAlive: boolean;
  git: GitView;
  /** What happened since the project's last session was told of it; null when there was none. */
  since: Since | null;
  /** What the sources call the person who asks; empty where that is not known. */
  me: readonly string[];
  /** Other live sessions in this working tree or on this branch's task. */
  peers: readonly Peer[];
  /** What the session before left here, and the branch (or folder) that "here" is. */
  leftOff?: LeftOff | null;
  place?: string | null;
  options: BriefOptions;
}

const weights = {
  heading: 100,
  next: 90,
  freshness: 95,
  git: 70,
  peers: 65,
  counts: 60,
  leftOff: 55,
  since: 50,
  context: 45,
  description: 40,
  task: 30,
};

/** `yours, this branch's`: whose the next task is, where that is known, and why it is first. */
function nextWords({ owner, link }: RankedTask, isKnown: boolean): string {
  const whose = owner === "mine" ? "yours" : isKnown && owner === "nobody" ? "unassigned" : "";
  const words = [whose, link === null ? "" : linkWords[link]].filter((text) => text !== "");
  return words.map((text) => `, ${text}`).join("");
}

function emptyText(list: TaskList, sources: readonly SourceView[]): string {
  if (list.ranked.length > 0) return "No open task is yours or free.";
  if (list.isPartial) return "No open tasks among those known.";
  const isBare = sources.every((view) => view.isBuiltIn === true);
  return isBare ? "No open tasks; no task server is set up." : "No open tasks.";
}

/** Whoever goes on with a branch whose task is over should know it first. */
function endedLines(list: TaskList | null, { ended }: BriefInput): Line[] {
  if (list?.ranked.some(({ link }) => link !== null) === true) return [];
  return ended.slice(0, 1).flatMap(({ taskId, after }) => {
    if (after === null) return [];
    const text = `This branch's ${quotedName(taskId)} is ${after.status}: ${quoted(after.title, longestListedTitle)}`;
    return [{ text, weight: weights.next }];
  });
}

function nextLines(list: TaskList | null, input: BriefInput, context: WordContext): Line[] {
  if (list === null) return [];
  const { style } = context;
  const [next] = list.ranked;
  if (next === undefined || isOthers(next)) {
    return [{ text: emptyText(list, input.sources), weight: weights.next }];
  }
  const details = style.hasDescription ? descriptionTexts(next.task) : [];
  const label = `Next${nextWords(next, list.isKnown)}`;
  return [
    { text: style.labelled(label, taskLine(next, context)), weight: weights.next },
    ...details.map((detail) => ({ text: style.detail(detail), weight: weights.description })),
  ];
}

/** The counts, and the first `entries` of `others`. `isNextShown`: the first of all stands above. */
function taskLines(
  list: TaskList | null,
  others: readonly RankedTask[],
  entries: number,
  { isNextShown, context }: { isNextShown: boolean; context: WordContext },
): Line[] {
  if (list === null || list.ranked.length === 0) return [];
  const counts = countsLine(list, { lines: entries, isNextShown }, context);
  return [
    ...(counts === null ? [] : [{ text: counts, weight: weights.counts }]),
    ...others
      .slice(0, entries)
      .map((one) =>
        taskLine(one, context, { longest: longestListedTitle, namesFree: list.isKnown }),
      )
      .map((line) => ({ text: context.style.item(line), weight: weights.task })),
  ];
}

/** What the servers say of the project. */
function contextLines(input: BriefInput): Line[] {
  return servingSources(input.sources)
    .listed.flatMap((view) => contextLine(view) ?? [])
    .map((text) => ({ text, weight: weights.context }));
}

function sinceLines(input: BriefInput, list: TaskList | null, context: WordContext): Line[] {
  if (input.since === null) return [];
  const text = sinceText(input.since, list?.ranked ?? [], context);
  if (text === null) return [];
  const when = pastMoment(input.calendar(input.since.at), context.now);
  const label = `Since the last brief here (${when})`;
  return [{ text: context.style.labelled(label, text), weight: weights.since }];
}

function headLines(input: BriefInput, context: WordContext, rest: readonly Line[]): Line[] {
  const { style, now } = context;
  const cache =
    input.cacheError === null
      ? []
      : [
          `The task cache cannot be read (${input.cacheError}); ask the user to run \`sitrep doctor\`.`,
        ];
  const heading = style.heading(quotedName(input.project), dateLine(now));
  const ages = [...sourceTexts(input, context), ...cache];
  const second = [...noteFor([heading, ...ages, ...rest.map(({ text }) => text)]), ...ages];
  return [
    { text: heading, weight: weights.heading },
    ...(second.length === 0 ? [] : [{ text: second.join(" "), weight: weights.freshness }]),
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
  const [first] = list?.ranked ?? [];
  const isNextShown = sections.includes("next") && first !== undefined && !isOthers(first);
  const others = (list?.ranked ?? [])
    .slice(isNextShown ? 1 : 0)
    .filter((one) => !isOthers(one))
    .slice(0, input.options.maxTasks);
  const linesOf: Record<Exclude<BriefSection, "freshness">, (entries: number) => Line[]> = {
    next: () => [...endedLines(list, input), ...nextLines(list, input, context)],
    tasks: (entries) => [
      ...taskLines(list, others, entries, { isNextShown, context }),
      ...contextLines(input),
    ],
    git: () => [{ text: gitLine(input.git, context, input.now), weight: weights.git }],
    sessions: () =>
      peerTexts(input.peers, input.now).map((text) => ({ text, weight: weights.peers })),
    handoff: () => leftOffLines(input, context).map((text) => ({ text, weight: weights.leftOff })),
    since: () => sinceLines(input, list, context),
  };
  const build = (entries: number): Line[] => {
    // Whoever goes on with something half-done should know it first.
    const halfDone = sections.includes("git") ? operationTexts(input.git) : [];
    const rest = [
      ...halfDone.map((text) => ({ text, weight: weights.next })),
      ...sections.flatMap((section) => linesOf[section](entries)),
    ];
    return [...headLines(input, context, rest), ...rest];
  };
  const most = sections.includes("tasks") ? others.length : 0;
  const fitted = fit(most, build, Math.min(input.options.maxCharacters, longestBrief));
  return {
    ...fitted,
    ranked: list?.ranked ?? [],
    counts: list?.counts ?? addCounts([]),
    shown: fitted.entries + (isNextShown ? 1 : 0),
  };
}

/** The text of `composeBrief`. */
export const renderBrief = (input: BriefInput): string => composeBrief(input).text;
