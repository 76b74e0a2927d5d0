// How a recorded write is taken back: the bytes of a file, the state of a task, or who has it.

import { SitrepError } from "../../core/errors.ts";
import type { ProjectScope, TaskSource } from "../../core/ports.ts";
import type { Task } from "../../core/task/task.ts";
import type { RecordedWrite } from "./record.ts";

/** For `writeAtSource`, with the write's id as `undoes`. Throws `not-supported` before anything is sent. */
export async function undoAt(
  source: TaskSource,
  scope: ProjectScope,
  { task, title, before = "pending", had, outcome }: RecordedWrite,
  signal: AbortSignal,
): Promise<Task | null> {
  const { status = before, edit, assignees } = outcome.state === "done" ? outcome : {};
  const { name, writes, update, assign, takeBack } = source;
  const id = task ?? "";
  if (edit !== undefined && takeBack) return takeBack(scope, id, edit, signal);
  const seen = title === "" ? {} : { seen: { id, title, status, ...(assignees && { assignees }) } };
  if (had !== undefined && assign && (had.length > 0 || writes?.hasOneAssignee !== true)) {
    return assign(scope, id, { names: had, ...seen }, signal);
  }
  if (had !== undefined || update === undefined) {
    throw new SitrepError("not-supported", `${name} cannot undo this: undo it there.`);
  }
  const isAble = writes?.statuses.includes(before) !== false;
  return update(scope, id, { status: isAble ? before : "pending", ...seen }, signal);
}
