import { quotedBranch, quotedNames } from "../quote.ts";
import { changeKinds, kindText, listChangeKinds, maxChanges } from "../news/changes.ts";
import type { ChangeKind, TaskChange } from "../news/changes.ts";
import type { NewCommits } from "../git/git-state.ts";
import type { RankedTask } from "../task/ranking.ts";
import { isOpenTask, type Task } from "../task/task.ts";
import { daysUntil, dueDay, relativeDueText, type LocalTime } from "../time.ts";
import { commitsText, handOverText, noteText } from "./change-lines.ts";
import type { TextContext } from "./task-lines.ts";
import type { TaskList } from "./task-list.ts";

/** Commits that a branch has gained. `others` is also null if nothing could be counted. */
export interface RefUpdate extends Pick<NewCommits, "others">, Partial<Pick<NewCommits, "notes">> {
  what: "default" | "upstream" | "branch";
  name: string;
  /** `maxCommits` stands for that many or more. */
  commits: number | null;
  /** How many commits it lost, if it was rewritten; `maxCommits` as above. */
  lost?: number;
}

export const maxCommits = 100;

export interface Since {
  at: number;
  changes: readonly TaskChange[];
  refUpdates: readonly RefUpdate[];
  /** The session's previous branch, if it is another one now (null: detached); else absent. */
  branchBefore?: string | null;
}

export const newlyDue = (
  tasks: readonly RankedTask[],
  then: LocalTime,
  context: TextContext,
): RankedTask[] =>
  tasks.filter(({ task }) => {
    const due = task.due === undefined ? null : dueDay(task.due, context.calendar);
    return due !== null && daysUntil(due, context.now) <= 0 && daysUntil(due, then) > 0;
  });

const isOver = ({ after }: TaskChange): boolean => after === null || !isOpenTask(after);

export function newlyUnblocked(
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

const maxNamed = 3;
const maxHandedOver = 4;

/** `TASK-7, TASK-8 new`; of many the first: `5 new (TASK-7, TASK-8, TASK-9, …)`. */
function groupText(ids: readonly string[], words: string, isCut: boolean): string {
  const names = quotedNames(ids.slice(0, maxNamed));
  if (ids.length <= maxNamed) return `${names} ${words}`;
  return `${ids.length}${isCut ? " or more" : ""} ${words} (${names}, …)`;
}

function grouped<K>(pairs: Iterable<readonly [K, string]>): Map<K, Set<string>> {
  const groups = new Map<K, Set<string>>();
  for (const [key, id] of pairs) groups.set(key, (groups.get(key) ?? new Set()).add(id));
  return groups;
}

type Dated = Pick<Task, "id"> & { due: string | undefined };

function dueTexts(dated: readonly Dated[], { calendar, now }: TextContext): string[] {
  const days = grouped(
    dated.map(({ id, due }) => {
      const day = due === undefined ? null : dueDay(due, calendar);
      return [
        day === null ? "now without a due date" : `now ${relativeDueText(day, now)}`,
        id,
      ] as const;
    }),
  );
  return [...days].map(([words, ids]) => groupText([...ids], words, false));
}

export function changeTexts(
  { changes, at }: Pick<Since, "changes" | "at">,
  { ranked, whose }: Pick<TaskList, "ranked" | "whose">,
  context: TextContext,
): string[] {
  const handed: string[] = [];
  const dated: Dated[] = [];
  const named: [ChangeKind, string][] = [];
  for (const change of changes) {
    const [first] = listChangeKinds(change);
    const { taskId: id, after } = change;
    const who = handed.length < maxHandedOver ? whose.get(change.source) : undefined;
    const text = who === undefined ? null : handOverText(change, who.ownerOf, context);
    if (text !== null) handed.push(text);
    else if (first === "due-changed") dated.push({ id, due: after?.due });
    else if (first !== undefined) named.push([first === "cancelled" ? "gone" : first, id]);
  }
  const added = new Set(
    named.flatMap(([kind, id]) => (kind === "new" || kind === "relisted" ? [id] : [])),
  );
  const others = ranked.filter(({ task }) => !added.has(task.id));
  const free = newlyUnblocked(others, changes);
  const due = newlyDue(others, context.calendar(at), context);
  const groups = grouped([...named, ...free.map(({ task }) => ["unblocked", task.id] as const)]);
  const kinds = changeKinds.flatMap((kind) => {
    const ids = groups.get(kind);
    const what = kindText[kind].replace(/^(?:is|was) /, "");
    return ids === undefined ? [] : [groupText([...ids], what, changes.length >= maxChanges)];
  });
  const fallen = due.map(({ task }) => ({ id: task.id, due: task.due }));
  return [...handed, ...kinds, ...dueTexts([...dated, ...fallen], context)];
}

/** No name if the repository's line has it: the checked-out branch, its upstream. */
const whichBranch = ({ what, name }: Pick<RefUpdate, "what" | "name">): string =>
  what === "default"
    ? quotedBranch(name)
    : what === "branch"
      ? "this branch"
      : "this branch's upstream";

function otherText({ commits, others, notes = [] }: RefUpdate): string {
  if (others === null || others === 0) return "";
  if (others === commits) return notes.length === 0 ? ", by others" : "";
  return `, ${others} by others`;
}

/** `4 new commits on origin/main, 3 by others: "Fix the cart" by Jun, …`, `1 new commit on origin/main by Jun: "…"`. */
function refUpdateText(update: RefUpdate): string {
  const { commits, others, notes = [], lost } = update;
  const branch = whichBranch(update);
  const most = maxCommits;
  const rewritten =
    lost === undefined ? null : `${branch} was rewritten and lost ${commitsText(lost, { most })}`;
  if (commits === null || commits === 0) return rewritten ?? `${branch} is at another commit`;
  const count = others ?? commits;
  const by = otherText(update) + noteText(count < most ? count : Infinity, notes);
  const fresh = commitsText(commits, { kind: " new", most });
  return rewritten === null ? `${fresh} on ${branch}${by}` : `${rewritten}: ${fresh}${by}`;
}

export function refUpdateTexts({
  branchBefore,
  refUpdates,
}: Pick<Since, "refUpdates" | "branchBefore">): string[] {
  const before =
    branchBefore === null
      ? "no branch was checked out before"
      : `the branch was ${quotedBranch(branchBefore ?? "")} before`;
  return [...(branchBefore === undefined ? [] : [before]), ...refUpdates.map(refUpdateText)];
}

export function sinceText(
  since: Since,
  list: Pick<TaskList, "ranked" | "whose">,
  context: TextContext,
): string | null {
  const texts = [...changeTexts(since, list, context), ...refUpdateTexts(since)];
  return texts.length === 0 ? null : texts.join("; ");
}
