// For a person at a terminal. Texts of others are cleaned; columns make quotes unnecessary.

import type { BriefInput } from "./brief/brief-input.ts";
import { failureReason, incompleteText, fixLine } from "./brief/source-lines.ts";
import { ownMismatches } from "./brief/mismatch-lines.ts";
import { servingSources, type SourceView } from "./brief/source-view.ts";
import { blockedText, branchEndText, cycleText, isOthers, linkText } from "./brief/task-lines.ts";
import { createTaskList } from "./brief/task-list.ts";
import { tasksOfPeers } from "./news/peers.ts";
import { cleanText } from "./quote.ts";
import { isWaiting, type RankedTask } from "./task/ranking.ts";
import { noTasks, openCount, type Task } from "./task/task.ts";
import { agoText, dueDay, relativeDueText, isOverdue } from "./time.ts";

export type Section = "Now" | "Next" | "Waiting";
export const sections: readonly Section[] = ["Now", "Next", "Waiting"];

export interface TodayTask {
  task: Task;
  section: Section;
  /** The id as commands take it, with the source where there are several. */
  name: string;
  title: string;
  why: readonly string[];
  isOverdue: boolean;
}

export type Today = ReturnType<typeof createToday>;

const maxOf: Readonly<Record<Section, number>> = { Now: 5, Next: 5, Waiting: 3 };

export function sectionOf(one: RankedTask): Section {
  if (isWaiting(one)) return "Waiting";
  return one.task.status === "in_progress" ? "Now" : "Next";
}

export const firstTexts = (texts: readonly string[]): string =>
  texts
    .slice(0, 3)
    .map((text) => cleanText(text, 40))
    .join(", ") + (texts.length > 3 ? ` and ${texts.length - 3} more` : "");

const unknownWords = (what: string, raw: string | undefined): string[] =>
  raw === undefined ? [] : [`${what} "${cleanText(raw, 40).replaceAll('"', "'")}"`];

export const openBlockers = ({ task, waitsFor }: RankedTask): readonly string[] =>
  task.status === "blocked" ? task.dependsOn : waitsFor;

export function reasonText(
  ranked: RankedTask,
  { now, calendar }: Pick<BriefInput, "now" | "calendar">,
  all: readonly RankedTask[] = [],
): { why: string[]; isOverdue: boolean } {
  const { task, link, owner, takenIn, branchEnd } = ranked;
  const due = task.due === undefined ? null : dueDay(task.due, calendar);
  const today = calendar(now);
  const isLate = due !== null && isOverdue(due, today);
  const blockers = openBlockers(ranked);
  const why = [
    ...(task.status === "blocked" && blockers.length === 0 ? [blockedText(task)] : []),
    ...(blockers.length === 0 ? [] : [`blocked by ${firstTexts(blockers)}${cycleText(ranked)}`]),
    ...(takenIn === undefined ? [] : [`in another session (${cleanText(takenIn, 80)})`]),
    ...(branchEnd === undefined ? [] : [branchEndText[branchEnd]]),
    ...(link === null ? [] : [linkText(ranked, " task", all)]),
    ...(due === null ? [] : [relativeDueText(due, today)]),
    ...unknownWords("due", task.rawDue),
    ...(task.priority === "none"
      ? []
      : [task.priority === "urgent" ? "urgent" : `${task.priority} priority`]),
    ...unknownWords("priority", task.rawPriority),
    ...unknownWords("status", task.rawStatus),
    ...(owner === "mine" ? ["yours"] : []),
    ...(owner === "others" || owner === "unknown" ? [`for ${firstTexts(task.assignees)}`] : []),
  ];
  return { why, isOverdue: isLate };
}

function sourceOf(view: SourceView, isServing: boolean, now: number) {
  const { source, fetchedAt, failure, freshness, counts } = view;
  const why = failure === null ? "" : failureReason(failure.code);
  const read = fetchedAt === null ? "not read yet" : `read ${agoText(fetchedAt, now)}`;
  const last = fetchedAt === null ? why : `${why}, last ${read}`;
  const notes = [
    incompleteText(view).replace(/^, /, ""),
    freshness === "stale" && failure === null ? "stale" : "",
    freshness === "expired" ? "too old to be listed" : "",
    isServing ? "" : "on standby",
  ].filter((one) => one !== "");
  return {
    source: cleanText(source, 40),
    /** Null if no tasks were ever read. */
    open: fetchedAt === null ? null : openCount(counts),
    words: [why === "" ? read : last, ...notes].join(", "),
    /** The words without the age. */
    notes: [...(why === "" ? [] : [why]), ...notes],
    code: failure?.code ?? null,
    isWell: freshness === "fresh" && failure === null,
    fetchedAt,
    wayOut: failure === null ? null : fixLine(source, failure.code),
  };
}

/** `most`: the limit of tasks in each section. */
export function createToday(input: BriefInput, most = maxOf) {
  const list = createTaskList({ ...input, taken: tasksOfPeers(input.peers) });
  const ranked = list?.ranked ?? [];
  const mine = ranked.filter((one) => !isOthers(one));
  const hasSources = new Set(ranked.map(({ task }) => task.source)).size > 1;
  const tasks = sections.flatMap((section) =>
    mine
      .filter((one) => sectionOf(one) === section)
      .slice(0, most[section])
      .map((one): TodayTask => {
        const { task } = one;
        const name = hasSources ? `${task.source}/${task.id}` : task.id;
        const title = cleanText(task.title, 200);
        return {
          task,
          section,
          name: cleanText(name, 40),
          title,
          ...reasonText(one, input, ranked),
        };
      }),
  );
  const open = openCount(list?.counts ?? noTasks());
  const others = ranked.length - mine.length;
  const serving = servingSources(input.sources).listed;
  return {
    tasks,
    more: Math.max(0, open - tasks.length - others),
    others,
    mismatches: ownMismatches(input, list),
    sources: input.sources.map((view) =>
      sourceOf(view, serving.includes(view) || view.isBuiltIn === true, input.now),
    ),
  };
}
