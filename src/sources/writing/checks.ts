// Before a write: whether the source can make it, and whether the task is still the one that was seen. After it: what became of
// a write whose answer was lost.

import { SitrepError } from "../../core/errors.ts";
import type { ProjectScope, TaskSource, TaskUpdate } from "../../core/ports.ts";
import { quoted, quotedName } from "../../core/quote.ts";
import type { SourceError } from "../../core/source-error.ts";
import { isSameState, type Task } from "../../core/task/task.ts";
import { parseTreeOrigin } from "../../core/tree-origin.ts";

const checkMs = 10_000;

const doubtful = ["source-unreachable", "source-timeout", "source-invalid-answer", "cancelled"];

/** True if nobody knows whether the failed call did anything. Other callers of servers have errors with the same fields. */
export function isDoubtful(error: unknown): boolean {
  if (!(error instanceof SitrepError)) return false;
  const { isUnsent = false, status } = error as Partial<SourceError>;
  if (isUnsent) return false;
  return error.code === "source-failed" ? (status ?? 500) >= 500 : doubtful.includes(error.code);
}

export const unknownWrite = (message: string, hint: string, cause: unknown): SitrepError =>
  new SitrepError("write-unknown", message, { hint, cause });

/** Asks once whether a write without an answer was made. Throws `write-unknown`. */
export async function confirmed(
  source: TaskSource,
  scope: ProjectScope,
  id: string,
  { status }: TaskUpdate,
  cause: unknown,
): Promise<Task> {
  const now = await source.get?.(scope, id, AbortSignal.timeout(checkMs)).catch(() => undefined);
  const name = quotedName(id);
  if (now && isSameState(now.status, status)) return now;
  const lost = `${source.name} did not answer the change.`;
  if (now) {
    const what = `${lost} Read again, ${name} is ${now.status}.`;
    throw unknownWrite(
      what,
      "It may still arrive: read the task again before you repeat it.",
      cause,
    );
  }
  throw unknownWrite(
    `${lost} Whether ${name} is ${status} now is unknown.`,
    "Look at it there before you repeat it.",
    cause,
  );
}

/** The task as it is at a server now. Throws `task-not-found`, and `task-changed` where it is not what the caller saw. */
export async function requireUnchanged(
  source: TaskSource,
  scope: ProjectScope,
  { seen }: Pick<TaskUpdate, "seen">,
  signal: AbortSignal,
): Promise<void> {
  if (seen === undefined || source.get === undefined || parseTreeOrigin(source.origin) !== null)
    return;
  const now = await source.get(scope, seen.id, signal);
  const name = quotedName(seen.id);
  const hint = `Nothing was sent. "sitrep refresh" reads it again; then look at the task.`;
  if (now === null) {
    throw new SitrepError("task-not-found", `${source.name} has no task ${name} any more.`, {
      hint,
    });
  }
  const what = !isSameState(now.status, seen.status)
    ? `${now.status} now; it was ${seen.status} when it was read`
    : now.title === seen.title
      ? null
      : `${quoted(now.title, 80)} now, not ${quoted(seen.title, 80)}`;
  if (what !== null) throw new SitrepError("task-changed", `${name} is ${what}.`, { hint });
}

/** Throws `not-supported` for a change that the source cannot make. */
export function requireAble(source: TaskSource, { status, notes }: TaskUpdate): void {
  const { name, writes } = source;
  if (source.update === undefined) {
    throw new SitrepError("not-supported", `${name} cannot change a task.`);
  }
  if (writes === undefined) return;
  if (!writes.statuses.includes(status)) {
    throw new SitrepError("not-supported", `${name} has no state for "${status}".`, {
      hint: `Nothing was sent. It can make a task ${writes.statuses.join(", ")}.`,
    });
  }
  if (notes === undefined || notes === "" || writes.notes) return;
  throw new SitrepError("not-supported", `${name} keeps no notes with a change: leave them out.`, {
    hint: `Nothing was sent.${source.comment ? " They can be a comment: sitrep task comment" : ""}`,
  });
}
