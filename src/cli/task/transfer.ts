// `sitrep task import|export|take-over|clear-samples`: many tasks of the embedded store at once.

import { existsSync, statSync } from "node:fs";
import { relative, resolve } from "node:path";
import type { CommandContext } from "../../config/context.ts";
import { findCycle } from "../../core/task/cycles.ts";
import { SitrepError } from "../../core/errors.ts";
import { exportCsv, exportedTask, exportMarkdown } from "../../core/task/export-tasks.ts";
import { importTasks } from "../../core/task/import-tasks.ts";
import { quotedName } from "../../core/quote.ts";
import type { NewTask } from "../../core/task/task.ts";
import { shellWord } from "../../install/entries.ts";
import { symlinkOutside } from "../../state/files/real-path.ts";
import { readSmallFile } from "../../state/files/read-small-file.ts";
import { changeTasks, leftProjectsOf, readTasks } from "../../sources/local-tasks.ts";
import { scopeOf, type ProjectOptions, type Run } from "../program/options.ts";
import {
  countOf,
  print,
  printJson,
  printResult,
  remarkStale,
  verbatim,
} from "../terminal/terminal.ts";

const mostMebibytes = 64;

/** Why a file is not read; null where it is. It may have come with a repository. */
function refusalOf(path: string, project: string): string | null {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return `There is no file ${path}.`;
  if (stats.isDirectory()) return `${path} is a directory.`;
  if (!stats.isFile()) return `${path} is not a regular file.`;
  if (stats.size > mostMebibytes * 1024 ** 2) return `${path} is larger than ${mostMebibytes} MiB.`;
  const isInProject = !relative(project, path).startsWith("..");
  const outside = isInProject ? symlinkOutside(project, path) : null;
  return outside === null
    ? null
    : `${path} is a link that leads out of the project, to ${outside}.`;
}

/** Throws `import-invalid`. */
function tasksIn(path: string, project: string): NewTask[] {
  const refusal = refusalOf(path, project);
  const text = refusal === null ? readSmallFile(path, mostMebibytes * 1024 ** 2) : null;
  if (text === null) {
    throw new SitrepError("import-invalid", refusal ?? `${path} cannot be read.`, {
      hint: "Nothing was imported. Give a file with a JSON array or a Markdown task list. See: sitrep task import --help",
    });
  }
  const tasks = importTasks(text, path);
  const named = tasks.flatMap((task) => (task.id === undefined ? [] : [{ ...task, id: task.id }]));
  const ids = named.map(({ id }) => id);
  const cycle = findCycle(named, ids);
  if (cycle === null) return tasks;
  const ring = cycle.map((id) => quotedName(id)).join(" → ");
  throw new SitrepError(
    "import-invalid",
    `${path}: these tasks form a dependency cycle: ${ring}.`,
    {
      hint: "Nothing was imported. Correct the file and run the command again.",
    },
  );
}

const mostNamed = 5;

export const importFile: Run<[string]> = async (context, file, options) => {
  const path = resolve(context.cwd, file);
  const scope = scopeOf(context, options);
  const tasks = tasksIn(path, scope.path);
  const { added, there } = await changeTasks(
    context,
    scope,
    (store) => store.import(scope.path, tasks),
    remarkStale,
  );
  const named = there.slice(0, mostNamed).map(({ id }) => quotedName(id));
  const more = there.length > mostNamed ? ", …" : "";
  const were = there.length === 1 ? "is" : "are";
  printResult(options, { added, passedOver: there }, [
    `Imported ${countOf(added.length, "task")} from ${path}.`,
    ...(there.length === 0
      ? []
      : [`Passed over ${there.length} that ${were} there already: ${named.join(", ")}${more}.`]),
  ]);
};

export const exportTasks: Run<
  [],
  ProjectOptions & { format: "json" | "markdown" | "csv" }
> = async (context, options) => {
  const { path } = scopeOf(context, options);
  const tasks = await readTasks(context, (store) => store.list(path));
  if (options.json === true || options.format === "json") printJson(tasks.map(exportedTask));
  else if (options.format === "csv") print(...verbatim(exportCsv(tasks)));
  else if (tasks.length > 0) print(...verbatim(exportMarkdown(tasks)));
};

const mostLeft = 3;

/** The pending tasks of folders that are not there, and how to have them here. `newcomer`: as for `leftProjects`. */
export const leftLines = (context: CommandContext, newcomer: string | null = null): string[] =>
  leftProjectsOf(context, newcomer)
    .slice(0, mostLeft)
    .map(
      ({ folder, open }) =>
        `${countOf(open, "task")} of ${quotedName(folder, 200)}, which is not there; if it was moved here: ` +
        `sitrep task take-over ${shellWord(folder)}`,
    );

export const takeOver: Run<[string]> = async (context, given, options) => {
  const scope = scopeOf(context, options);
  const folder = resolve(context.cwd, given);
  if (existsSync(folder)) {
    throw new SitrepError("usage", `${folder} is there: its tasks are its own.`, {
      hint: "Name the folder in which this project was before. To copy tasks: sitrep task export, sitrep task import FILE",
    });
  }
  const moved = await changeTasks(
    context,
    scope,
    (store) => store.move(folder, scope.path),
    remarkStale,
  );
  if (moved === 0) {
    const left = leftLines(context);
    throw new SitrepError("usage", `No tasks are kept for ${folder}.`, {
      hint: left.length === 0 ? "Nor for any other folder that is not there." : left.join(" "),
    });
  }
  printResult(options, { moved }, `Took over ${countOf(moved, "task")} from ${folder}.`);
};

/** Marks the tasks that a demonstration adds. */
export const sampleLabel = "sample";

export const clearSamples: Run = async (context, options) => {
  const scope = scopeOf(context, options);
  const removed = await changeTasks(
    context,
    scope,
    (store) => store.removeLabelled(scope.path, sampleLabel),
    remarkStale,
  );
  printResult(options, { removed }, `Removed ${countOf(removed, "sample task")}.`);
};
