// `sitrep history`: the writes to this project's task sources, newest last.

import { SitrepError } from "../core/errors.ts";
import { cleanText, quoted } from "../core/quote.ts";
import { taskStatuses } from "../core/task/task.ts";
import { dateLine, localTime } from "../core/time.ts";
import { ownSession } from "../sources/local-tasks.ts";
import { readWrites, type RecordedWrite } from "../sources/writing/record.ts";
import { locateScope, type ProjectOptions, type Run } from "./program/verb-context.ts";
import { statusName, writerText } from "./task/task-rows.ts";
import { faint } from "./terminal/styles.ts";
import { table } from "./terminal/table.ts";
import { printResult, screenWidth } from "./terminal/terminal.ts";

/** Returns `set to completed`, `comment "fixed in 1.4"` or `undo`. */
function whatOf({ action, sent }: RecordedWrite): string {
  if (action === "undo") return "undo";
  const status = taskStatuses.find((one) => one === sent["status"]);
  if (action === "update" && status !== undefined) return `set to ${statusName({ status })}`;
  const text = [sent["text"] ?? sent["names"] ?? sent["title"] ?? []].flat().join(", ");
  return text === "" ? action : `${action} ${quoted(text, 80)}`;
}

function resultOf({ outcome }: RecordedWrite): string {
  if (outcome.state === "done") {
    if (outcome.isAlready === true) return "done (no change was needed)";
    return outcome.isConfirmed === true ? "done (its response was lost; read again)" : "done";
  }
  if (outcome.state === "planned") return "dry run: nothing was sent";
  return `${outcome.state.replace("-", " ")}: ${cleanText(outcome.message, 300)}`;
}

export const runHistory: Run<[], ProjectOptions & { count: string }> = async (context, options) => {
  const count = Number(options.count);
  if (!Number.isInteger(count) || count < 0) {
    throw new SitrepError("usage", `--count must be a whole number, not "${options.count}".`);
  }
  const all = readWrites(context.files, locateScope(context, options).path);
  const shown = count === 0 ? all : all.slice(-count);
  const reader = ownSession(context);
  const rows = shown.map((one) => [
    faint(dateLine(localTime(Date.parse(one.at)))),
    [
      cleanText([one.source, one.task ?? []].flat().join("/"), 200),
      ...(one.title === "" ? [] : [quoted(one.title, 80)]),
      whatOf(one),
      `by ${writerText(one, reader)}`,
      resultOf(one),
    ].join(" · "),
  ]);
  printResult(options, shown, () =>
    rows.length === 0
      ? ["Nothing was written to a task source from this project."]
      : table(rows, { width: screenWidth(), overflow: "wrap" }),
  );
};
