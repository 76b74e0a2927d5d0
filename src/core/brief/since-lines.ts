// What happened since a session's last brief: tasks by what became of them, and branches by their commits.

import { quotedBranch, quotedName } from "../quote.ts";
import { kindsOf, mostChanges, type ChangeKind, type TaskChange } from "../news/changes.ts";
import type { NewCommits } from "../git/git-state.ts";
import type { RankedTask, Whose } from "../task/ranking.ts";
import { isOpenTask } from "../task/task.ts";
import { daysUntil, dueDay, dueWords, type LocalTime } from "../time.ts";
import { handOverText, noteWords } from "./change-lines.ts";
import type { WordContext } from "./task-lines.ts";
import type { TaskList } from "./task-list.ts";

/** Commits that a branch has and did not have. `others` is null also where nothing could be counted. */
export interface RefMove extends Pick<NewCommits, "others">, Partial<Pick<NewCommits, "notes">> {
  /** `branch` is the one that is checked out. */
  what: "default" | "upstream" | "branch";
  name: string;
  /** `mostCounted` stands for that many or more. */
  commits: number | null;
  /** How many commits it had that it has no more, where it was rewritten; `mostCounted` as above. */
  lost?: number;
}

export const mostCounted = 100;

/** What happened since an instant (epoch milliseconds). */
export interface Since {
  at: number;
  /** Net changes since then. */
  changes: readonly TaskChange[];
  moves: readonly RefMove[];
  /**
   * The branch that the session knew last, which it may have met after its brief, where it is another one now; null: none
   * was checked out. Absent where it is the same.
   */
  branchBefore?: string | null;
}

/** A task that was cancelled is gone; one that is due now did not change. */
type Group = Exclude<ChangeKind, "cancelled"> | "due";

const groupWords: Record<Group, string> = {
  new: "new",
  relisted: "on the list again",
  completed: "completed",
  gone: "no longer listed",
  reopened: "open again",
  unblocked: "no longer blocked",
  due: "now due",
  started: "in progress",
  paused: "no longer in progress",
  blocked: "blocked",
  raised: "raised",
  lowered: "lowered",
  reassigned: "reassigned",
  "due-changed": "due another day",
  renamed: "renamed",
};

/** The tasks that fell due between two days: not due then, due or overdue now. */
export function newlyDue(
  tasks: readonly RankedTask[],
  then: LocalTime,
  context: WordContext,
): RankedTask[] {
  return tasks.filter(({ task }) => {
    const due = task.due === undefined ? null : dueDay(task.due, context.calendar);
    return due !== null && daysUntil(due, context.now) <= 0 && daysUntil(due, then) > 0;
  });
}

const isOver = ({ after }: TaskChange): boolean => after === null || !isOpenTask(after);

/** The tasks that waited for one that is now done, and wait for nothing else that is known. */
export function newlyFree(
  tasks: readonly RankedTask[],
  changes: readonly TaskChange[],
): RankedTask[] {
  const done = new Set(changes.filter(isOver).map((one) => `${one.source}\n${one.taskId}`));
  return tasks.filter(
    ({ task, waitsFor }) =>
      task.status === "pending" &&
      waitsFor.length === 0 &&
      task.dependsOn.some((id) => done.has(`${task.source}\n${id}`)),
  );
}

const mostNamed = 3;
const mostHandedOver = 4;

/** `TASK-7, TASK-8 new`; of many the first: `5 new (TASK-7, TASK-8, TASK-9, …)`. */
function groupText(ids: readonly string[], words: string, isCut: boolean): string {
  const names = ids
    .slice(0, mostNamed)
    .map((id) => quotedName(id))
    .join(", ");
  const count = `${ids.length}${isCut ? " or more" : ""}`;
  return ids.length > mostNamed ? `${count} ${words} (${names}, …)` : `${names} ${words}`;
}

/** `3 due 7 Dec now (TASK-7, TASK-8, TASK-9)`: the tasks that are due another day, by that day. */
function dueTexts(changes: readonly TaskChange[], { calendar, now }: WordContext): string[] {
  const days = new Map<string, string[]>();
  for (const { taskId, after } of changes) {
    const due = after?.due === undefined ? null : dueDay(after.due, calendar);
    const words = due === null ? "without a due date now" : `now ${dueWords(due, now)}`;
    days.set(words, [...(days.get(words) ?? []), taskId]);
  }
  return [...days].map(([words, ids]) => groupText(ids, words, false));
}

/** `TASK-7, TASK-8 new; TASK-3 completed`; null when nothing that we name changed. */
export function changeCounts(
  changes: readonly TaskChange[],
  more: { due: readonly string[]; free: readonly string[] },
  about: { whose: ReadonlyMap<string, Whose>; context: WordContext } | null = null,
): string | null {
  const groups = new Map<Group, string[]>();
  const put = (group: Group, id: string): void => {
    const ids = groups.get(group);
    if (ids === undefined) groups.set(group, [id]);
    else ids.push(id);
  };
  const isIn = (group: Group, id: string): boolean => groups.get(group)?.includes(id) ?? false;
  const handed: string[] = [];
  const moved: TaskChange[] = [];
  for (const change of changes) {
    const [first] = kindsOf(change);
    const who = about?.whose.get(change.source);
    const isFew = handed.length < mostHandedOver;
    const text =
      about === null || who === undefined || !isFew
        ? null
        : handOverText(change, who.ownerOf, about.context);
    if (text !== null) handed.push(text);
    else if (first === "due-changed" && about !== null) moved.push(change);
    else if (first !== undefined) put(first === "cancelled" ? "gone" : first, change.taskId);
  }
  const isNew = (id: string): boolean => isIn("new", id) || isIn("relisted", id);
  for (const id of more.free) if (!isIn("unblocked", id) && !isNew(id)) put("unblocked", id);
  for (const id of more.due) if (!isNew(id)) put("due", id);
  const isCut = changes.length >= mostChanges;
  const parts = Object.entries(groupWords).flatMap(([group, words]) => {
    const ids = groups.get(group as Group);
    return ids === undefined ? [] : [groupText([...new Set(ids)], words, isCut)];
  });
  const dates = about === null ? [] : dueTexts(moved, about.context);
  const all = [...handed, ...parts, ...dates];
  return all.length === 0 ? null : all.join("; ");
}

const countOf = (count: number): string => `${count}${count >= mostCounted ? " or more" : ""}`;

/** The names of the branch checked out and of its upstream stand in the line of the repository. */
const whichBranch = ({ what, name }: Pick<RefMove, "what" | "name">): string =>
  what === "default"
    ? quotedBranch(name)
    : what === "branch"
      ? "this branch"
      : "this branch's upstream";

/** `4 new commits on origin/main, 3 by others: "Fix the cart" by Jun, …`, `1 new commit on origin/main by Jun: "…"`. */
function moveWords({ commits: count, others, notes = [], lost, ...where }: RefMove): string {
  const gone = lost === undefined ? "" : `${countOf(lost)} ${lost === 1 ? "commit" : "commits"}`;
  if (gone !== "" && count === 0) return `${whichBranch(where)} was rewritten and lost ${gone}`;
  if (count === null || count === 0) return `${whichBranch(where)} is at another commit`;
  const commits = `${countOf(count)} new ${count === 1 ? "commit" : "commits"}`;
  const foreign = others ?? count;
  const by =
    others !== count
      ? others === null || others === 0
        ? ""
        : `, ${countOf(others)} by others`
      : notes.length === 0
        ? ", by others"
        : "";
  const named = noteWords(foreign < mostCounted ? foreign : Infinity, notes);
  return gone === ""
    ? `${commits} on ${whichBranch(where)}${by}${named}`
    : `${whichBranch(where)} was rewritten and lost ${gone}: ${commits}${by}${named}`;
}

/** What became of branches, one text for each; empty when nothing did. */
export function moveTexts(since: Pick<Since, "moves" | "branchBefore">): string[] {
  const { branchBefore, moves } = since;
  const before =
    branchBefore === null
      ? "no branch was checked out before"
      : `the branch was ${quotedBranch(branchBefore ?? "")} before`;
  return [...(branchBefore === undefined ? [] : [before]), ...moves.map((move) => moveWords(move))];
}

const idsOf = (ranked: readonly RankedTask[]): string[] => ranked.map(({ task }) => task.id);

/** All of it in one line without its opening; null when nothing happened. */
export function sinceText(
  since: Since,
  { ranked: tasks, whose }: Pick<TaskList, "ranked" | "whose">,
  context: WordContext,
): string | null {
  const more = {
    due: idsOf(newlyDue(tasks, context.calendar(since.at), context)),
    free: idsOf(newlyFree(tasks, since.changes)),
  };
  const counts = changeCounts(since.changes, more, { whose, context });
  const parts = [...(counts === null ? [] : [counts]), ...moveTexts(since)];
  return parts.length === 0 ? null : parts.join("; ");
}
