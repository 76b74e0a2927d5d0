// Checks before a write whether the source can make it and whether the task is unchanged; and after it, whether a write whose
// response was lost was made.

import { SitrepError } from "../../core/errors.ts";
import type { ProjectScope, SeenTask, TaskSource, TaskUpdate } from "../../core/ports.ts";
import { cleanText, quotedName } from "../../core/quote.ts";
import type { SourceError } from "../../core/source-error.ts";
import { isSameState, type Task } from "../../core/task/task.ts";
import { describeTaskChanges } from "../../core/task/task-diff.ts";
import { parseTreeOrigin } from "../../core/tree-origin.ts";

const checkMs = 10_000;

const doubtful = ["source-unreachable", "source-timeout", "source-invalid-response", "cancelled"];

/** True if nobody knows whether the failed call did anything. Other callers of servers have errors with the same fields. */
export function isDoubtful(error: unknown): boolean {
  if (!(error instanceof SitrepError)) return false;
  const { isUnsent = false, status } = error as Partial<SourceError>;
  if (isUnsent) return false;
  return error.code === "source-failed" ? (status ?? 500) >= 500 : doubtful.includes(error.code);
}

/** True if a task already has the state that the write sets. */
export const hasStatus =
  (status: TaskUpdate["status"]) =>
  (task: Task): boolean =>
    isSameState(task.status, status);
const namesIn = (names: readonly string[]): string =>
  JSON.stringify(names.map((name) => name.toLowerCase()).toSorted());
export const hasAssignees =
  (names: readonly string[]) =>
  (task: Task): boolean =>
    namesIn(task.assignees) === namesIn(names);

/** The task's changes that a person would see; null for none. An equal time proves that there are none. */
function changeSince(seen: SeenTask, now: Task): string | null {
  const isDated = seen.updatedAt !== undefined && now.updatedAt !== undefined;
  if (isDated && seen.updatedAt === now.updatedAt && seen.status === now.status) return null;
  // Without a time, a list may omit assignees that the single task has.
  const { assignees = [] } = seen;
  const isNamed = assignees.length > 0 || (seen.assignees !== undefined && isDated);
  const before: Task = {
    ...now,
    title: seen.title,
    status: isSameState(seen.status, now.status) ? now.status : seen.status,
    assignees: isNamed ? assignees : now.assignees,
  };
  const words = describeTaskChanges(before, now);
  return words.length === 0 ? null : words.join(", ");
}

/**
 * The current task at a server; null for a source that cannot read a single task. Throws `task-not-found`, and `task-changed`
 * if it is not as the caller saw it. `isMade`: for an undo, true if the task already has the earlier state.
 */
export async function readUnchanged(
  source: TaskSource,
  scope: ProjectScope,
  { seen, isMade }: { seen: SeenTask | undefined; isMade?: (task: Task) => boolean },
  signal: AbortSignal,
): Promise<Task | null> {
  const isInFile = parseTreeOrigin(source.origin) !== null;
  if (seen === undefined || source.get === undefined) return null;
  if (isInFile && isMade === undefined) return null;
  const now = await source.get(scope, seen.id, signal);
  if (now !== null && isMade?.(now) === true) return now;
  if (isInFile) return null;
  const name = quotedName(seen.id);
  const hint = `Nothing was sent. "sitrep refresh" reads it again; then look at the task.`;
  if (now === null) {
    const what = `${source.name} has no task ${name} any more.`;
    throw new SitrepError("task-not-found", what, { hint });
  }
  const change = changeSince(seen, now);
  if (change === null) return now;
  const what = `${name} was changed in ${source.name} since it was read: ${change}.`;
  throw new SitrepError("task-changed", what, { hint });
}

/** A write that can be verified by reading the task. */
export interface ProvenWrite {
  id: string;
  /** The task before it, null if unknown. */
  was: Task | null;
  isMade: (task: Task) => boolean;
  /** The task's value of the field that the write sets, in words. */
  words: (task: Task) => string;
}

export const statusOf = ({ status }: Task): string => status.replace("_", " ");
export const assigneesOf = ({ assignees }: Task): string =>
  `assigned to ${assignees.map((name) => quotedName(name)).join(", ") || "nobody"}`;

/** Reads the task once to see whether the write was made. Throws `write-not-applied`, or `write-unknown` if that is uncertain. */
export async function readBack(
  source: TaskSource,
  scope: ProjectScope,
  { id, was, isMade, words, cause }: ProvenWrite & { cause: unknown },
): Promise<Task> {
  const signal = AbortSignal.timeout(checkMs);
  const now = await source.get?.(scope, id, signal).catch(() => undefined);
  const [name, server] = [quotedName(id), cleanText(source.name, 80)];
  const lost = `${server} did not answer the change.`;
  if (now && isMade(now)) return now;
  if (now && was && describeTaskChanges(was, now).length === 0 && was.updatedAt === now.updatedAt) {
    throw new SitrepError(
      "write-not-applied",
      `${lost} Sitrep read ${name} again: it is unchanged.`,
      {
        hint: "The change was lost, or has yet to arrive. Read the task again before you repeat it.",
        cause,
      },
    );
  }
  const seen = now ? `Sitrep read ${name} again: it is ${words(now)}.` : "";
  throw new SitrepError(
    "write-unknown",
    `${lost} ${seen || "It is unknown whether it was made."}`,
    {
      hint: `Look at ${name} in ${server} before you repeat it.`,
      cause,
    },
  );
}

/**
 * The task after an answered write of a status. If the response has another status, the task is read once. Throws
 * `write-not-applied` if it does not have the new status.
 */
export async function requireApplied(
  source: TaskSource,
  scope: ProjectScope,
  { value, status }: { value: Task | null; status: TaskUpdate["status"] },
  signal: AbortSignal,
): Promise<Task | null> {
  if (value === null || hasStatus(status)(value)) return value;
  const { rawStatus: _said, ...rest } = value;
  // Some responses have no status.
  const now = (await source.get?.(scope, value.id, signal)) ?? { ...rest, status };
  if (hasStatus(status)(now)) return now;
  const what = `${source.name} took the change, but ${quotedName(now.id)} is ${statusOf(now)}.`;
  throw new SitrepError("write-not-applied", what, { hint: `Check the task in ${source.name}.` });
}

const unable = (message: string, way = ""): SitrepError =>
  new SitrepError("not-supported", message, { hint: `Nothing was sent.${way}` });

/** Throws `not-supported` for a change that the source cannot make. */
export function requireSupported(source: TaskSource, { status, notes = "" }: TaskUpdate): void {
  const { name, writes, comment } = source;
  if (source.update === undefined) throw unable(`${name} cannot change a task.`);
  if (writes === undefined) return;
  if (!writes.statuses.includes(status)) {
    const able = writes.statuses.join(", ");
    throw unable(`${name} has no state for "${status}".`, ` It can make a task ${able}.`);
  }
  if (notes === "" || writes.notes || comment !== undefined) return;
  throw unable(`${name} cannot store notes with a status change. Leave out the notes.`);
}

/** Throws `not-supported`. */
export function requireAssignable({ name, writes }: TaskSource, names: readonly string[]): void {
  if (writes?.hasOneAssignee !== true || names.length === 1) return;
  throw unable(`${name} gives a task one assignee.`, " Name one person.");
}
