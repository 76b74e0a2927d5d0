// The brief: what a session reads when it starts. Pure; the same input gives the same bytes.

import { leftOffLines, type LeftOff } from "../handoff/handoff.ts";
import type { Identity } from "../task/identity.ts";
import { noteFor, quotedName } from "../quote.ts";
import type { TaskChange } from "../news/changes.ts";
import { peerTexts, takenBy, type Peer } from "../news/peers.ts";
import type { RankedTask } from "../task/ranking.ts";
import type { TaskCounts } from "../task/task.ts";
import { dateLine, pastMoment, type Calendar } from "../time.ts";
import { fit, type Fitted, type Line } from "./fit.ts";
import { gitLine, operationTexts, type GitView } from "./git-lines.ts";
import { longestBrief, sectionsOf, type BriefOptions, type BriefSection } from "./options.ts";
import { servingSources, type SourceView } from "./source-view.ts";
import { endedText } from "./change-lines.ts";
import { sinceText, type Since } from "./since-lines.ts";
import { contextLine, sourceTexts } from "./source-lines.ts";
import { countsLine } from "./counts-line.ts";
import {
  descriptionTexts,
  isNext,
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
  /** The person who asks. */
  me: Identity;
  /** Other live sessions in this working tree, or on tasks of this project elsewhere. */
  peers: readonly Peer[];
  /** What the session before left here, and the branch (or folder) that "here" is. */
  leftOff?: LeftOff | null;
  place?: string | null;
  options: BriefOptions;
}

const weights = {
  heading: 100,
  next: 90,
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
  if (list.ranked.some((one) => !isOthers(one))) return "No open task can be started now.";
  if (list.ranked.length > 0) return "No open task is yours or free.";
  if (list.isPartial) return "No open tasks among those known.";
  const isBare = sources.every((view) => view.isBuiltIn === true);
  return isBare ? "No open tasks; no task server is set up." : "No open tasks.";
}

/** This branch's task where it is not the next one: whoever goes on with the branch should know it first. */
const branchTaskOf = (list: TaskList | null): RankedTask | undefined => {
  const linked = list?.ranked.filter(({ link }) => link !== null) ?? [];
  return linked.some(isNext) ? undefined : linked[0];
};

function branchLines(list: TaskList | null, { ended }: BriefInput, context: WordContext): Line[] {
  const own = branchTaskOf(list);
  if (own !== undefined) {
    const text = `This branch's task: ${taskLine(own, context, { isKnown: true })}`;
    return [{ text, weight: weights.next }];
  }
  if (list?.ranked.some(({ link }) => link !== null) === true) return [];
  return ended.slice(0, 1).flatMap((change) => {
    const text = endedText(change);
    return text === null ? [] : [{ text: `This branch's ${text}`, weight: weights.next }];
  });
}

function nextLines(list: TaskList | null, input: BriefInput, context: WordContext): Line[] {
  if (list === null) return [];
  const { style } = context;
  const next = list.ranked.find(isNext);
  if (next === undefined) {
    return [{ text: emptyText(list, input.sources), weight: weights.next }];
  }
  const details = style.hasDescription ? descriptionTexts(next.task) : [];
  const label = `Next${nextWords(next, list.isKnown)}`;
  const line = taskLine(next, context, { isOwnerSaid: next.owner === "mine" });
  return [
    { text: style.labelled(label, line), weight: weights.next },
    ...details.map((detail) => ({ text: style.detail(detail), weight: weights.description })),
  ];
}

/** Where nobody is known to ask, whose a task is cannot be told: said once, with the command that sets it; else null. */
export function strangeWords({ strange }: Pick<TaskList, "strange">): string | null {
  if (strange.length === 0) return null;
  const sources = strange.map(({ source }) => quotedName(source)).join(" or ");
  const maybe = strange.find((one) => one.maybe !== null)?.maybe ?? null;
  const name = maybe === null ? "NAME" : quotedName(maybe);
  return `Nobody in ${sources} is known to be you: \`sitrep me ${name}\``;
}

function strangeLines(list: TaskList | null): Line[] {
  const text = list === null ? null : strangeWords(list);
  return text === null ? [] : [{ text, weight: weights.context }];
}

/** The counts, and the first `entries` of `others`. `above`: how many tasks stand above them. */
function taskLines(
  list: TaskList | null,
  others: readonly RankedTask[],
  entries: number,
  { above, context }: { above: number; context: WordContext },
): Line[] {
  if (list === null || list.ranked.length === 0) return [];
  const counts = countsLine(list, { lines: entries, above }, context);
  return [
    ...(counts === null ? [] : [{ text: counts, weight: weights.counts }]),
    ...others
      .slice(0, entries)
      .map((one) => taskLine(one, context, { longest: longestListedTitle, isKnown: list.isKnown }))
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
  const known = list ?? { ranked: [], whose: new Map() };
  const text = sinceText(input.since, known, context);
  if (text === null) return [];
  const when = pastMoment(input.calendar(input.since.at), context.now);
  const label = `Since the last brief here (${when})`;
  return [{ text: context.style.labelled(label, text), weight: weights.since }];
}

/** The date, what the quotes mean, and how old the tasks are. Nothing that others wrote stands before the note. */
function headLines(input: BriefInput, context: WordContext, rest: readonly Line[]): Line[] {
  const cache =
    input.cacheError === null
      ? []
      : [
          `The task cache cannot be read (${input.cacheError}); ask the user to run \`sitrep doctor\`.`,
        ];
  const ages = [...sourceTexts(input, context), ...cache];
  const note = noteFor([...ages, ...rest.map(({ text }) => text)]);
  const text = [context.style.heading(dateLine(context.now)), ...note, ...ages].join(" ");
  return [{ text, weight: weights.heading }];
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
  const list = listTasks({ ...input, taken: takenBy(input.peers) });
  const sections = sectionsOf(input.options);
  const next = list?.ranked.find(isNext);
  const above = sections.includes("next")
    ? [next, branchTaskOf(list)].filter((one) => one !== undefined)
    : [];
  const others = (list?.ranked ?? [])
    .filter((one) => !above.includes(one) && !isOthers(one))
    .slice(0, input.options.maxTasks);
  const onTask = input.peers.filter(
    ({ isSameWorktree, isOtherTask }) => !isSameWorktree && isOtherTask === undefined,
  );
  const peerLines = (peers: readonly Peer[]): Line[] =>
    peerTexts(peers, input.now).map((text) => ({ text, weight: weights.peers }));
  const linesOf: Record<Exclude<BriefSection, "freshness">, (entries: number) => Line[]> = {
    next: () => [
      ...(sections.includes("sessions") ? peerLines(onTask) : []),
      ...branchLines(list, input, context),
      ...nextLines(list, input, context),
    ],
    tasks: (entries) => [
      ...taskLines(list, others, entries, { above: above.length, context }),
      ...strangeLines(list),
      ...contextLines(input),
    ],
    git: () => [{ text: gitLine(input.git, context, input.now), weight: weights.git }],
    sessions: () => peerLines(input.peers.filter((peer) => peer.isSameWorktree)),
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
    shown: fitted.entries + above.length,
  };
}

/** The text of `composeBrief`. */
export const renderBrief = (input: BriefInput): string => composeBrief(input).text;
