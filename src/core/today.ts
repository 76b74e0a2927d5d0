// What there is to do here, for a person at a terminal: what is under way, what comes next and what waits, each with the
// reason in words. Texts of others are cleaned and in one line; a terminal shows them in columns, so that titles take no quotes.

import type { BriefInput } from "./brief/brief.ts";
import { failureWords, shortfall, wayOutLine } from "./brief/source-lines.ts";
import { servingSources, type SourceView } from "./brief/source-view.ts";
import { branchEndWords, cycleWords, isOthers } from "./brief/task-lines.ts";
import { listTasks } from "./brief/task-list.ts";
import { takenBy } from "./news/peers.ts";
import { cleanText } from "./quote.ts";
import { isHeld, type RankedTask } from "./task/ranking.ts";
import type { Task, TaskStatus } from "./task/task.ts";
import { agoWords, dueDay, dueWords, isOverdue } from "./time.ts";

/** Under which heading a task stands. */
export type Section = "Now" | "Next" | "Waiting";
export const sections: readonly Section[] = ["Now", "Next", "Waiting"];

export interface TodayTask {
  task: Task;
  section: Section;
  /** As commands take it: the id, with the source where there are several. */
  name: string;
  title: string;
  /** Why it stands where it does, the weightiest first. */
  why: readonly string[];
  isOverdue: boolean;
}

export interface TodaySource {
  source: string;
  /** Tasks that are not over; null where none were ever read. */
  open: number | null;
  /** When it was read, and what is wrong. */
  words: string;
  /** Of the failure; null where there is none. */
  code: string | null;
  isWell: boolean;
  /** Epoch milliseconds; null when it never answered. */
  fetchedAt: number | null;
  /** What a person can do about it. */
  wayOut: string | null;
}

export interface Today {
  tasks: readonly TodayTask[];
  /** Tasks that are not over and not in `tasks`, without those of others. */
  more: number;
  /** Those that somebody else has. */
  others: number;
  sources: readonly TodaySource[];
}

const mostOf: Record<Section, number> = { Now: 5, Next: 5, Waiting: 3 };

function sectionOf(one: RankedTask): Section {
  if (isHeld(one)) return "Waiting";
  return one.task.status === "in_progress" ? "Now" : "Next";
}

const linkWords = {
  id: "this branch's task",
  field: "this branch's task",
  maybe: "perhaps this branch's task: another source has this id too",
};

/** The first of them, and how many more. */
export const someOf = (texts: readonly string[]): string =>
  texts
    .slice(0, 3)
    .map((text) => cleanText(text, 40))
    .join(", ") + (texts.length > 3 ? ` and ${texts.length - 3} more` : "");

const unknownWords = (what: string, raw: string | undefined): string[] =>
  raw === undefined ? [] : [`${what} "${cleanText(raw, 40).replaceAll('"', "'")}"`];

/** The ids of what holds a task back. */
export const blockersOf = ({ task, waitsFor }: RankedTask): readonly string[] =>
  task.status === "blocked" ? task.dependsOn : waitsFor;

/** The reasons for a task's place in words, and what a person wants to know of it beside its title. */
export function reasonWords(
  ranked: RankedTask,
  { now, calendar }: Pick<BriefInput, "now" | "calendar">,
): { why: string[]; isOverdue: boolean } {
  const { task, link, owner, takenIn, branchEnd } = ranked;
  const due = task.due === undefined ? null : dueDay(task.due, calendar);
  const today = calendar(now);
  const isLate = due !== null && isOverdue(due, today);
  const blockers = blockersOf(ranked);
  const why = [
    ...(task.status === "blocked" && blockers.length === 0 ? ["blocked"] : []),
    ...(blockers.length === 0 ? [] : [`blocked by ${someOf(blockers)}${cycleWords(ranked)}`]),
    ...(takenIn === undefined ? [] : [`in another session (${cleanText(takenIn, 80)})`]),
    ...(branchEnd === undefined ? [] : [branchEndWords[branchEnd]]),
    ...(link === null ? [] : [linkWords[link]]),
    ...(due === null ? [] : [dueWords(due, today)]),
    ...unknownWords("due", task.rawDue),
    ...(task.priority === "none"
      ? []
      : [task.priority === "urgent" ? "urgent" : `${task.priority} priority`]),
    ...unknownWords("priority", task.rawPriority),
    ...unknownWords("status", task.rawStatus),
    ...(owner === "mine" ? ["yours"] : []),
    ...(owner === "others" || owner === "unknown" ? [`for ${someOf(task.assignees)}`] : []),
  ];
  return { why, isOverdue: isLate };
}

const openStatuses: readonly TaskStatus[] = ["in_progress", "pending", "blocked"];

function sourceOf(view: SourceView, isServing: boolean, now: number): TodaySource {
  const { source, fetchedAt, failure, freshness, counts } = view;
  const why = failure === null ? "" : failureWords(failure.code);
  const read = fetchedAt === null ? "not read yet" : `read ${agoWords(fetchedAt, now)}`;
  const words = [
    fetchedAt === null ? (why === "" ? read : why) : why === "" ? read : `${why}, last ${read}`,
    shortfall(view).replace(/^, /, ""),
    freshness === "stale" && failure === null ? "stale" : "",
    freshness === "expired" ? "too old to be listed" : "",
    isServing ? "" : "in reserve",
  ];
  return {
    source: cleanText(source, 40),
    open: fetchedAt === null ? null : openStatuses.reduce((sum, one) => sum + counts[one], 0),
    words: words.filter((one) => one !== "").join(", "),
    code: failure?.code ?? null,
    isWell: freshness === "fresh" && failure === null,
    fetchedAt,
    wayOut: failure === null ? null : wayOutLine(source, failure.code),
  };
}

/** Pure, as the brief is. */
export function todayOf(input: BriefInput): Today {
  const list = listTasks({ ...input, taken: takenBy(input.peers) });
  const ranked = list?.ranked ?? [];
  const mine = ranked.filter((one) => !isOthers(one));
  const hasSources = new Set(ranked.map(({ task }) => task.source)).size > 1;
  const tasks = sections.flatMap((section) =>
    mine
      .filter((one) => sectionOf(one) === section)
      .slice(0, mostOf[section])
      .map((one): TodayTask => {
        const { task } = one;
        const name = hasSources ? `${task.source}/${task.id}` : task.id;
        const title = cleanText(task.title, 200);
        return { task, section, name: cleanText(name, 40), title, ...reasonWords(one, input) };
      }),
  );
  const {
    in_progress: started,
    pending,
    blocked,
  } = list?.counts ?? { in_progress: 0, pending: 0, blocked: 0 };
  const others = ranked.length - mine.length;
  const serving = servingSources(input.sources).listed;
  return {
    tasks,
    more: Math.max(0, started + pending + blocked - tasks.length - others),
    others,
    sources: input.sources.map((view) =>
      sourceOf(view, serving.includes(view) || view.isBuiltIn === true, input.now),
    ),
  };
}
