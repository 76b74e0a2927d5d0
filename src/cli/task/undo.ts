// `sitrep task undo`: takes the last change of this project's tasks back. Somebody else's change needs --anyone.

import { SitrepError } from "../../core/errors.ts";
import { quoted, quotedName } from "../../core/quote.ts";
import { authorWords, changeText } from "../../core/task/task-steps.ts";
import { agoWords } from "../../core/time.ts";
import { ownSession, type StoredChange, type TaskStep } from "../../sources/local-tasks.ts";
import { scopeOf, type ProjectOptions, type Run } from "../program/verb-context.ts";
import { countOf, printResult } from "../terminal/terminal.ts";
import { changeStore } from "./lookup.ts";

const maxShown = 5;

const nameOf = ({ id, before, after }: TaskStep): string =>
  `${quotedName(id)} ${quoted((before ?? after)?.title ?? "", 80)}`;

const ago = (at: string): string => agoWords(Date.parse(at), Date.now());

function undoneWords(step: TaskStep, at: string): string {
  const { before, after } = step;
  if (before === null) return `${nameOf(step)} is removed; it was added ${ago(at)}.`;
  if (after === null) return `${nameOf(step)} is restored; it was removed ${ago(at)}.`;
  return `${nameOf(step)}: ${changeText(after, before) || "as it was"}.`;
}

function doneWords({ steps: [first, ...others] }: StoredChange): string {
  if (first === undefined) return "nothing";
  const more = others.length === 0 ? "" : ` and ${countOf(others.length, "more task")}`;
  return `${nameOf(first)} ${changeText(first.before, first.after)}${more}`;
}

interface UndoOptions extends ProjectOptions {
  mine?: boolean;
  anyone?: boolean;
}

/** The change to undo. Throws `nothing-to-undo`, and `task-changed` when it is another's that was not asked for. */
function chosen(
  last: StoredChange | null,
  own: StoredChange | null,
  { mine = false, anyone = false }: UndoOptions,
  reader: string | null,
): StoredChange {
  const change = mine ? own : last;
  if (change === null) {
    throw new SitrepError("nothing-to-undo", "There is no change to undo in this project.", {
      hint: "Changes can be undone for 90 days. Changes on a server must be undone there.",
    });
  }
  if (mine || anyone || change.author === reader) return change;
  const ownWay =
    own === null ? "" : ` Your own last change, ${ago(own.at)}: sitrep task undo --mine`;
  throw new SitrepError(
    "task-changed",
    `The last change was made by ${authorWords(change.author, reader)}, ${ago(change.at)}: ${doneWords(change)}.`,
    { hint: `To undo it: sitrep task undo --anyone.${ownWay}` },
  );
}

export const undoTasks: Run<[], UndoOptions> = async (context, options) => {
  const scope = scopeOf(context, options);
  const reader = ownSession(context);
  const change = await changeStore(context, scope, async (store) => {
    const last = await store.lastChange(scope.path, null);
    const own = await store.lastChange(scope.path, { author: reader });
    const meant = chosen(last, own, options, reader);
    await store.undo(scope.path, meant.id);
    return meant;
  });
  const lines = change.steps.slice(0, maxShown).map((step) => undoneWords(step, change.at));
  const more = change.steps.length - lines.length;
  printResult(options, change, [
    "Undone.",
    ...lines,
    ...(more > 0 ? [`… and ${countOf(more, "more task")}.`] : []),
  ]);
};
