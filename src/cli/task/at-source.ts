// Changes tasks that are not in the embedded store, and lists what can be changed.

import type { CommandContext } from "../../config/context.ts";
import { messageOf } from "../../core/errors.ts";
import type { ProjectScope, TaskSource } from "../../core/ports.ts";
import { quotedName } from "../../core/quote.ts";
import type { Task } from "../../core/task/task.ts";
import { writeAtSource } from "../../sources/writing/write-at-source.ts";
import { writingOf } from "../source/writing.ts";
import { withSpinner } from "../terminal/spinner.ts";
import { printNotice } from "../terminal/terminal.ts";

/** Changes a task at its source. `undoes`: the id of the recorded write to undo. */
export async function changeAtSource<T>(
  context: CommandContext,
  scope: ProjectScope,
  { source: name }: Pick<Task, "source">,
  work: (source: TaskSource, signal: AbortSignal) => Promise<T>,
  undoes?: string,
): Promise<T> {
  const stale: unknown[] = [];
  const source = quotedName(name);
  const asked = { scope, name, work, ...(undoes !== undefined && { undoes }) };
  const value = await withSpinner(`changing it in ${source}`, () =>
    writeAtSource(context, asked, (error) => void stale.push(error)),
  );
  for (const error of stale) {
    const when = "sessions see it after the next refresh";
    printNotice(`sitrep: changed in ${source}; ${when}. ${messageOf(error)}`);
  }
  return value;
}

/** Says what the commands can change in a source's task. */
export async function changesAtSource(
  context: CommandContext,
  scope: ProjectScope,
  { source }: Task,
): Promise<string> {
  return (await writingOf(context, scope, source)).get(source)?.words ?? "";
}
