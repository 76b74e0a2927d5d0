// Undoes a recorded write: the bytes of a file, or a task's state or assignees.

import { SitrepError } from "../../core/errors.ts";
import type { ProjectScope, TaskSource } from "../../core/ports.ts";
import { quotedName } from "../../core/quote.ts";
import { readTexts } from "../../core/read.ts";
import { taskStatuses, type TaskStatus } from "../../core/task/task.ts";
import type { RecordedWrite } from "./record.ts";

const statusIn = ({ status }: RecordedWrite["sent"]): TaskStatus | undefined =>
  taskStatuses.find((one) => one === status);
const namesIn = ({ names }: RecordedWrite["sent"]): readonly string[] | undefined =>
  Array.isArray(names) ? readTexts(names) : undefined;

/**
 * For `writeAtSource`, with the write's id as `undoes`. Gives the task's status after it. Throws `not-supported` and
 * `write-unknown` before anything is sent.
 */
export async function undoAt(
  source: TaskSource,
  scope: ProjectScope,
  { task, title, before = "pending", previousAssignees, outcome, sent }: RecordedWrite,
  signal: AbortSignal,
): Promise<TaskStatus> {
  const isKnown = outcome.state === "done";
  const {
    status = statusIn(sent) ?? before,
    edit,
    assignees = namesIn(sent),
  } = isKnown ? outcome : {};
  const { name, writes, update, assign, takeBack } = source;
  const id = task ?? "";
  if (!isKnown && source.get === undefined) {
    const what = `It is unknown whether the last change of ${quotedName(id)} in ${name} was made.`;
    throw new SitrepError("write-unknown", what, {
      hint: `Check the task in ${name}, and correct it there if needed.`,
    });
  }
  if (edit !== undefined && takeBack)
    return (await takeBack(scope, id, edit, signal))?.status ?? before;
  const seen = title === "" ? {} : { seen: { id, title, status, ...(assignees && { assignees }) } };
  if (
    previousAssignees !== undefined &&
    assign &&
    (previousAssignees.length > 0 || writes?.hasOneAssignee !== true)
  ) {
    return (
      (await assign(scope, id, { names: previousAssignees, ...seen }, signal))?.status ?? status
    );
  }
  if (previousAssignees !== undefined || update === undefined) {
    throw new SitrepError("not-supported", `${name} cannot undo this: undo it there.`);
  }
  const isAble = writes?.statuses.includes(before) !== false;
  const wanted = isAble ? before : "pending";
  return (await update(scope, id, { status: wanted, ...seen }, signal))?.status ?? wanted;
}
