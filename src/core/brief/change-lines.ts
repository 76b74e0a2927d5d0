// What changed, by name: for a session that goes on.

import { quoted, quotedName } from "../quote.ts";
import { kindsOf, type ChangeKind, type TaskChange } from "../news/changes.ts";
import type { CommitNote } from "../git/git-state.ts";
import type { Whose } from "../task/ranking.ts";
import { isOpenTask, type TaskPriority } from "../task/task.ts";
import { dueDay, dueWords, pastMoment } from "../time.ts";
import type { WordContext } from "./task-lines.ts";

const kindWords: Record<ChangeKind, string> = {
  new: "is new",
  relisted: "is on the list again",
  completed: "is completed",
  cancelled: "is cancelled",
  gone: "is no longer listed",
  reopened: "is open again",
  started: "is in progress",
  paused: "is no longer in progress",
  blocked: "is blocked",
  unblocked: "is no longer blocked",
  raised: "was raised",
  lowered: "was lowered",
  reassigned: "was reassigned",
  "due-changed": "has another due date",
  renamed: "was renamed",
};

/** `is completed`, `was raised to urgent and was reassigned`: what happened to a task, and its priority where that is news. */
export function changeWords(kinds: readonly ChangeKind[], priority: TaskPriority): string {
  const words = kinds.map((kind) =>
    (kind === "raised" || kind === "lowered") && priority !== "none"
      ? `${kindWords[kind]} to ${priority}`
      : (kind === "new" || kind === "relisted") && priority !== "none"
        ? `${kindWords[kind]}, ${priority}`
        : kindWords[kind],
  );
  return [words.slice(0, -1).join(", "), ...words.slice(-1)]
    .filter((text) => text !== "")
    .join(" and ");
}

/** `TASK-51 is new, high: "Add OIDC login"`; null when nothing that we name changed. */
export function changeLine(change: TaskChange): string | null {
  const kinds = kindsOf(change);
  const state = change.after ?? change.before;
  if (kinds.length === 0 || state === null) return null;
  return `${quotedName(change.taskId)} ${changeWords(kinds, state.priority)}: ${quoted(state.title, 120)}`;
}

/** `SHOP-51 is completed: "Add OIDC login"`; null where it is not known how it ended. */
export function endedText({ taskId, after }: TaskChange): string | null {
  if (after === null) return null;
  return `${quotedName(taskId)} is ${after.status}: ${quoted(after.title, 80)}`;
}

/** `Ben's`, `Ana's and Jun's`, `nobody's`, `yours`. */
function possessive(people: readonly string[], isMine: boolean): string {
  if (isMine) return "yours";
  if (people.length === 0) return "nobody's";
  return people
    .slice(0, 2)
    .map((name) => `${quotedName(name)}'s`)
    .join(" and ");
}

/**
 * `AT-12 is Ben's now (was yours, 21:40)`, `AT-15 is yours now, urgent`: a task that changed hands, with what else changed;
 * null for any other change.
 */
export function handOverText(
  change: TaskChange,
  ownerOf: Whose["ownerOf"],
  { calendar, now }: Pick<WordContext, "calendar" | "now">,
): string | null {
  const { before, after, at, taskId } = change;
  const kinds = kindsOf(change);
  if (before === null || after === null || !kinds.includes("reassigned") || !isOpenTask(after))
    return null;
  const [was, is] = [ownerOf(before) === "mine", ownerOf(after) === "mine"];
  const when = at === undefined ? "" : `, ${pastMoment(calendar(at), now)}`;
  const due = after.due === undefined ? null : dueDay(after.due, calendar);
  return [
    `${quotedName(taskId)} is ${possessive(after.assignees, is)} now`,
    was && !is ? ` (was yours${when})` : "",
    kinds.includes("raised") ? `, ${after.priority}` : "",
    kinds.includes("due-changed") && due !== null ? `, ${dueWords(due, now)}` : "",
  ].join("");
}

const longestSubject = 60;

/** ` by Jun: "Fix the cart"`, `: "One" by Jun, "Two" by Bo and 2 more`, of `count` commits (`Infinity`: of many); empty where none is named. */
export function noteWords(count: number, notes: readonly CommitNote[]): string {
  const authors = new Set(notes.map(({ author }) => author));
  const more = count - notes.length;
  const [only = ""] = authors.size === 1 && more <= 0 ? authors : [];
  const texts = notes.map(({ author, subject }) => {
    const who = only === "" ? ` by ${quotedName(author)}` : "";
    return `${quoted(subject, longestSubject)}${who}`;
  });
  if (texts.length === 0) return "";
  const by = only === "" ? "" : ` by ${quotedName(only)}`;
  const rest = more <= 0 ? "" : Number.isFinite(more) ? ` and ${more} more` : " and more";
  return `${by}: ${texts.join(", ")}${rest}`;
}
