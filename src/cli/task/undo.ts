// `sitrep task undo`: undoes the last change to this project's tasks, in the embedded store or at a source. Undoing
// somebody else's change needs --anyone.

import { SitrepError } from "../../core/errors.ts";
import { quoted, quotedName } from "../../core/quote.ts";
import { authorText, changeText } from "../../core/task/task-diff.ts";
import { isSameState } from "../../core/task/task.ts";
import { agoText } from "../../core/time.ts";
import type { CommandContext } from "../../config/context.ts";
import type { ProjectScope, TaskSource } from "../../core/ports.ts";
import {
  ownSession,
  withReadStore,
  type StoredChange,
  type TaskStep,
} from "../../sources/local-tasks.ts";
import { lastUndoable, readWrites, type RecordedWrite } from "../../sources/writing/record.ts";
import { undoAt } from "../../sources/writing/undo.ts";
import { locateScope, type ProjectOptions, type Run } from "../program/verb-context.ts";
import { countText, printResult } from "../terminal/terminal.ts";
import { changeAtSource } from "./at-source.ts";
import { statusName, writerText } from "./task-rows.ts";
import { changeStore } from "./lookup.ts";

const maxShown = 5;

const nameOf = ({ id, before, after }: TaskStep): string =>
  `${quotedName(id)} ${quoted((before ?? after)?.title ?? "", 80)}`;

const ago = (at: string): string => agoText(Date.parse(at), Date.now());

function undoneText(step: TaskStep, at: string): string {
  const { before, after } = step;
  if (before === null) return `${nameOf(step)} is removed; it was added ${ago(at)}.`;
  if (after === null) return `${nameOf(step)} is restored; it was removed ${ago(at)}.`;
  return `${nameOf(step)}: ${changeText(after, before) || "as it was"}.`;
}

function doneText({ steps: [first, ...others] }: StoredChange): string {
  if (first === undefined) return "nothing";
  const more = others.length === 0 ? "" : ` and ${countText(others.length, "more task")}`;
  return `${nameOf(first)} ${changeText(first.before, first.after)}${more}`;
}

interface UndoOptions extends ProjectOptions {
  mine?: boolean;
  anyone?: boolean;
}

/** The change to undo. Throws `nothing-to-undo`; `task-changed` if it is another author's and no option allows that. */
function chosen(
  last: StoredChange | null,
  own: StoredChange | null,
  { mine = false, anyone = false }: UndoOptions,
  reader: string | null,
): StoredChange {
  const change = mine ? own : last;
  if (change === null) {
    throw new SitrepError("nothing-to-undo", "There is no change to undo in this project.", {
      hint: "Sitrep can undo its own changes for 90 days. Undo any other change where it was made.",
    });
  }
  if (mine || anyone || change.author === reader) return change;
  const ownWay =
    own === null ? "" : ` Your own last change, ${ago(own.at)}: sitrep task undo --mine`;
  throw new SitrepError(
    "task-changed",
    `The last change was made by ${authorText(change.author, reader)}, ${ago(change.at)}: ${doneText(change)}.`,
    { hint: `To undo it: sitrep task undo --anyone.${ownWay}` },
  );
}

/** The last write to a source; null if there is none, or if the embedded store has a later change. */
async function lastWrite(
  context: CommandContext,
  { path }: ProjectScope,
  { mine = false }: UndoOptions,
): Promise<RecordedWrite | null> {
  const reader = ownSession(context);
  const write = lastUndoable(context.files, path, mine ? reader : undefined);
  if (write === null) return null;
  const by = mine ? { author: reader } : null;
  const stored = await withReadStore(context, (store) => store.lastChange(path, by));
  return stored !== null && stored.at > write.at ? null : write;
}

const peopleText = (names: readonly string[]): string =>
  `assigned to ${names.map((one) => quotedName(one)).join(", ") || "nobody"}`;

/** Undoes a write where it was made: restores a file's bytes, or the task's state at a server. */
async function undoWrite(
  context: CommandContext,
  scope: ProjectScope,
  write: RecordedWrite,
  options: UndoOptions,
): Promise<void> {
  const { id, source: name, session, title, before = "pending", previousAssignees } = write;
  const reader = ownSession(context);
  const task = quotedName(write.task ?? "");
  if (session !== reader && options.mine !== true && options.anyone !== true) {
    const when = agoText(Date.parse(write.at), Date.now());
    const what = `The last change was made by ${writerText(write, reader)}, ${when}: ${task} in ${name}.`;
    const hint = "To undo it: sitrep task undo --anyone. Your own last change: --mine";
    throw new SitrepError("task-changed", what, { hint });
  }
  const work = (source: TaskSource, signal: AbortSignal) => undoAt(source, scope, write, signal);
  const status = await changeAtSource(context, scope, { source: name }, work, id);
  const where = `in ${quotedName(name)}`;
  const what = `${task} ${quoted(title, 80)} is ${previousAssignees === undefined ? statusName({ status }) : peopleText(previousAssignees)}`;
  const undo = readWrites(context.files, scope.path).findLast((one) => one.undoes === id);
  if (undo?.outcome.state === "done" && undo.outcome.isAlready === true)
    return printResult(options, write, `Nothing was changed: ${what} ${where} already.`);
  const words =
    previousAssignees !== undefined || isSameState(status, before)
      ? `${what} again ${where}.`
      : `${what} ${where}, which cannot set it to ${statusName({ status: before })}.`;
  printResult(options, write, ["Undone.", words]);
}

export const undoTasks: Run<[], UndoOptions> = async (context, options) => {
  const scope = locateScope(context, options);
  const reader = ownSession(context);
  const write = await lastWrite(context, scope, options);
  if (write !== null) return undoWrite(context, scope, write, options);
  const change = await changeStore(context, scope, async (store) => {
    const last = await store.lastChange(scope.path, null);
    const own = await store.lastChange(scope.path, { author: reader });
    const meant = chosen(last, own, options, reader);
    await store.undo(scope.path, meant.id);
    return meant;
  });
  const lines = change.steps.slice(0, maxShown).map((step) => undoneText(step, change.at));
  const more = change.steps.length - lines.length;
  printResult(options, change, [
    "Undone.",
    ...lines,
    ...(more > 0 ? [`… and ${countText(more, "more task")}.`] : []),
  ]);
};
