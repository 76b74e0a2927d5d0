import { handoffLines } from "../handoff/handoff.ts";
import { quoteNotes, quotedName } from "../quote.ts";
import { peerTexts, tasksOfPeers, type Peer } from "../news/peers.ts";
import { pullText } from "../pull-request/pull-request-text.ts";
import type { RankedTask } from "../task/ranking.ts";
import type { TaskCounts } from "../task/task.ts";
import { dateLine, pastTimeText } from "../time.ts";
import type { BriefInput } from "./brief-input.ts";
import { fit, briefLines, type Fitted, type BriefLine } from "./fit.ts";
import { gitLine, operationTexts } from "./git-lines.ts";
import { findBranchTask, branchTexts, nextTexts } from "./next-lines.ts";
import { mismatchLine } from "./mismatch-lines.ts";
import { maxBriefLength, type BriefSection } from "./options.ts";
import { servingSources } from "./source-view.ts";
import { sinceText } from "./since-lines.ts";
import { contextLine, sourceTexts } from "./source-lines.ts";
import { countsLine } from "./counts-line.ts";
import { isNext, isOthers, maxListedTitleLength, taskLine, textContext } from "./task-lines.ts";
import type { TextContext } from "./task-lines.ts";
import { addCounts, createTaskList, type TaskList } from "./task-list.ts";

const weights = {
  heading: 100,
  next: 90,
  git: 70,
  pull: 68,
  peers: 65,
  counts: 60,
  mismatch: 58,
  leftOff: 55,
  since: 50,
  context: 45,
  description: 40,
  task: 30,
};

/** Asks for the user's name, without which owners are unknown; null if known. */
export function unknownIdentityText({ strange }: Pick<TaskList, "strange">): string | null {
  if (strange.length === 0) return null;
  const sources = strange.map(({ source }) => quotedName(source)).join(" and ");
  const maybe = strange.find((one) => one.maybe !== null)?.maybe;
  return `Your name in ${sources} is unknown: \`sitrep me ${maybe == null ? "NAME" : quotedName(maybe)}\``;
}

function nextLines(list: TaskList | null, input: BriefInput, context: TextContext): BriefLine[] {
  const branch = briefLines(weights.next, branchTexts(list, input.ended, context));
  if (list === null) return branch;
  const { text, details } = nextTexts(list, input.sources, context);
  return [...branch, { text, weight: weights.next }, ...briefLines(weights.description, details)];
}

function taskLines(
  list: TaskList | null,
  tasks: readonly RankedTask[],
  { above, context }: { above: readonly RankedTask[]; context: TextContext },
): BriefLine[] {
  if (list === null || list.ranked.length === 0) return [];
  const counts = countsLine(list, { below: tasks, above }, context);
  const about = { longest: maxListedTitleLength, isKnown: list.isKnown };
  const texts = tasks.map((one) => context.style.item(taskLine(one, context, about)));
  return [
    ...briefLines(weights.counts, counts === null ? [] : [counts]),
    ...briefLines(weights.task, texts),
  ];
}

function contextTexts(list: TaskList | null, { sources }: BriefInput): string[] {
  const strange = list === null ? null : unknownIdentityText(list);
  const contexts = servingSources(sources).listed.map(contextLine);
  return [strange, ...contexts].filter((text) => text !== null);
}

function mismatchTexts(list: TaskList | null, input: BriefInput, context: TextContext): string[] {
  const line = mismatchLine(input, list, context);
  return line === null ? [] : [line];
}

function sinceTexts(input: BriefInput, list: TaskList | null, context: TextContext): string[] {
  if (input.since === null) return [];
  const known = list ?? { ranked: [], whose: new Map() };
  const text = sinceText(input.since, known, context);
  if (text === null) return [];
  const when = pastTimeText(input.calendar(input.since.at), context.now);
  return [context.style.labeled(`Since the last brief here (${when})`, text)];
}

/** The date, what the quotes mean, and how old the tasks are. Nothing that others wrote comes before the note. */
function headLine(input: BriefInput, context: TextContext, rest: readonly BriefLine[]): BriefLine {
  const ages = sourceTexts(input, context);
  if (input.cacheError !== null)
    ages.push(
      `The task cache cannot be read (${input.cacheError}); ask the user to run \`sitrep doctor\`.`,
    );
  const note = quoteNotes([...ages, ...rest.map(({ text }) => text)]);
  const text = [context.style.heading(dateLine(context.now)), ...note, ...ages].join(" ");
  return { text, weight: weights.heading };
}

const isOnTask = (peer: Peer): boolean => !peer.isSameWorktree && peer.isOtherTask === undefined;

export interface ComposedBrief extends Fitted {
  ranked: readonly RankedTask[];
  counts: TaskCounts;
  shown: number;
}

/** At most `options.maxCharacters` and never more than `maxBriefLength`. */
export function composeBrief(input: BriefInput): ComposedBrief {
  const context = textContext(input);
  const list = createTaskList({ ...input, taken: tasksOfPeers(input.peers) });
  const ranked = list?.ranked ?? [];
  const sections = new Set(input.options.sections);
  const above = sections.has("next")
    ? [ranked.find(isNext), findBranchTask(list)].filter((one) => one !== undefined)
    : [];
  const others = ranked
    .filter((one) => !above.includes(one) && !isOthers(one))
    .slice(0, input.options.maxTasks);
  const peerLines = (which: (peer: Peer) => boolean): BriefLine[] =>
    briefLines(weights.peers, peerTexts(input.peers.filter(which), input.now));
  const build = (entries: number): BriefLine[] => {
    const tasks = others.slice(0, entries);
    const linesIn: Record<BriefSection, () => BriefLine[]> = {
      next: () => [
        ...(sections.has("sessions") ? peerLines(isOnTask) : []),
        ...nextLines(list, input, context),
      ],
      tasks: () => [
        ...taskLines(list, tasks, { above, context }),
        ...briefLines(weights.mismatch, mismatchTexts(list, input, context)),
        ...briefLines(weights.context, contextTexts(list, input)),
      ],
      git: () => [
        { text: gitLine(input.git, context, input.now), weight: weights.git },
        ...briefLines(weights.pull, pullText(input, context.style.labeled)),
      ],
      sessions: () => peerLines((peer) => peer.isSameWorktree),
      handoff: () => briefLines(weights.leftOff, handoffLines(input, context)),
      since: () => briefLines(weights.since, sinceTexts(input, list, context)),
    };
    const rest = [
      // The reader must know first that an operation stopped halfway.
      ...briefLines(weights.next, sections.has("git") ? operationTexts(input.git) : []),
      ...[...sections].flatMap((section) => linesIn[section]()),
    ];
    return [headLine(input, context, rest), ...rest];
  };
  const most = sections.has("tasks") ? others.length : 0;
  const fitted = fit(most, build, Math.min(input.options.maxCharacters, maxBriefLength));
  return {
    ...fitted,
    ranked,
    counts: list?.counts ?? addCounts([]),
    shown: fitted.entries + above.length,
  };
}

export const renderBrief = (input: BriefInput): string => composeBrief(input).text;
