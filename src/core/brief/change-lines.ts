import { quoted, quotedName } from "../quote.ts";
import { kindText, listChangeKinds, type ChangeKind, type TaskChange } from "../news/changes.ts";
import type { CommitNote } from "../git/git-state.ts";
import type { OwnerAssignment } from "../task/owners.ts";
import { isOpenTask, type Task } from "../task/task.ts";
import { dueDay, relativeDueText, pastTimeText } from "../time.ts";
import type { TextContext } from "./task-lines.ts";

export function changeKindsText(
  kinds: readonly ChangeKind[],
  { priority, assignees }: Pick<Task, "priority"> & Partial<Pick<Task, "assignees">>,
): string {
  const words = kinds.map((kind) => {
    if (kind === "reassigned" && assignees !== undefined) return `is ${possessive(assignees)} now`;
    if (priority === "none") return kindText[kind];
    if (kind === "raised" || kind === "lowered") return `${kindText[kind]} to ${priority}`;
    const isAdded = kind === "new" || kind === "relisted";
    return isAdded ? `${kindText[kind]}, ${priority}` : kindText[kind];
  });
  const last = words.pop() ?? "";
  return words.length === 0 ? last : `${words.join(", ")} and ${last}`;
}

/** `TASK-51 is new, high: "Add OIDC login"`; null when nothing that we name changed. */
export function changeLine(change: TaskChange): string | null {
  const kinds = listChangeKinds(change);
  const state = change.after ?? change.before;
  if (kinds.length === 0 || state === null) return null;
  return `${quotedName(change.taskId)} ${changeKindsText(kinds, state)}: ${quoted(state.title, 120)}`;
}

export const endedText = ({ taskId, after }: TaskChange): string | null =>
  after === null ? null : `${quotedName(taskId)} is ${after.status}: ${quoted(after.title, 80)}`;

function possessive(people: readonly string[]): string {
  if (people.length === 0) return "nobody's";
  return people
    .slice(0, 2)
    .map((name) => `${quotedName(name)}'s`)
    .join(" and ");
}

/** `AT-12 is Ben's since 21:40 (was yours)`; null if the owner is the same. */
export function handOverText(
  change: TaskChange,
  ownerOf: OwnerAssignment["ownerOf"],
  { calendar, now }: Pick<TextContext, "calendar" | "now">,
): string | null {
  const { before, after, at, taskId } = change;
  const kinds = listChangeKinds(change);
  if (before === null || after === null || !kinds.includes("reassigned") || !isOpenTask(after))
    return null;
  const [was, is] = [ownerOf(before) === "mine", ownerOf(after) === "mine"];
  const when = at === undefined ? "" : ` since ${pastTimeText(calendar(at), now)}`;
  const due = after.due === undefined ? null : dueDay(after.due, calendar);
  return [
    `${quotedName(taskId)} is ${is ? "yours now" : `${possessive(after.assignees)}${was ? when : " now"}`}`,
    was && !is ? " (was yours)" : "",
    kinds.includes("raised") ? `, ${after.priority}` : "",
    kinds.includes("due-changed") && due !== null ? `, ${relativeDueText(due, now)}` : "",
  ].join("");
}

export function commitsText(count: number, { kind = "", most = Infinity } = {}): string {
  const number = count < most ? `${count}` : `${count} or more`;
  return `${number}${kind} ${count === 1 ? "commit" : "commits"}`;
}

const maxSubjectLength = 60;

/** ` by Jun: "Fix the cart"`, `: "One" by Jun, "Two" by Bo and 2 more`, of `count` commits (`Infinity`: of many); empty without notes. */
export function noteText(count: number, notes: readonly CommitNote[]): string {
  if (notes.length === 0) return "";
  const [first, ...others] = new Set(notes.map(({ author }) => author));
  const more = count - notes.length;
  const only = others.length === 0 && more <= 0 ? first : undefined;
  const texts = notes.map(({ author, subject }) => {
    const who = only === undefined ? ` by ${quotedName(author)}` : "";
    return `${quoted(subject, maxSubjectLength)}${who}`;
  });
  const by = only === undefined ? "" : ` by ${quotedName(only)}`;
  const rest = more <= 0 ? "" : Number.isFinite(more) ? ` and ${more} more` : " and more";
  return `${by}: ${texts.join(", ")}${rest}`;
}
