import { existsSync, statSync } from "node:fs";
import { relative, resolve } from "node:path";
import type { CommandContext } from "../../config/context.ts";
import { SitrepError } from "../../core/errors.ts";
import { quotedName } from "../../core/quote.ts";
import { findCycle } from "../../core/task/cycles.ts";
import { exportCsv, exportedTask, exportMarkdown } from "../../core/task/export-tasks.ts";
import { importTasks } from "../../core/task/import-tasks.ts";
import type { NewTask } from "../../core/task/task.ts";
import { shellWord } from "../../install/hook-entries.ts";
import { findOrphanedProjects, withReadStore } from "../../sources/local-tasks.ts";
import { readSmallFile } from "../../state/files/read-small-file.ts";
import { symlinkOutside } from "../../state/files/real-path.ts";
import { locateScope, type ProjectOptions, type Run } from "../program/verb-context.ts";
import { countText, print, printJson, printResult, unwrappedLines } from "../terminal/terminal.ts";
import { changeStore } from "./lookup.ts";

const maxMebibytes = 64;
const maxBytes = maxMebibytes * 1024 ** 2;

/** Says why `path` is refused, or null: the file may come from an untrusted repository. */
function refusalOf(path: string, project: string): string | null {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return `${path} does not exist.`;
  if (stats.isDirectory()) return `${path} is a directory.`;
  if (!stats.isFile()) return `${path} is not a regular file.`;
  if (stats.size > maxBytes) return `${path} is larger than ${maxMebibytes} MiB.`;
  const isInProject = !relative(project, path).startsWith("..");
  const outside = isInProject ? symlinkOutside(project, path) : null;
  return outside === null ? null : `${path} is a symlink to ${outside}, outside the project.`;
}

function refused(message: string, hint: string): SitrepError {
  return new SitrepError("import-invalid", message, { hint: `Nothing was imported. ${hint}` });
}

/** Throws `import-invalid`. */
function tasksIn(path: string, project: string): NewTask[] {
  const refusal = refusalOf(path, project);
  const text = refusal === null ? readSmallFile(path, maxBytes) : null;
  if (text === null) {
    const hint =
      "Pass a file with a JSON array or a Markdown task list. See: sitrep task import --help";
    throw refused(refusal ?? `${path} cannot be read.`, hint);
  }
  const tasks = importTasks(text, path);
  const named = tasks.flatMap((task) => (task.id === undefined ? [] : [{ ...task, id: task.id }]));
  const ids = named.map(({ id }) => id);
  const cycle = findCycle(named, ids);
  if (cycle === null) return tasks;
  const names = cycle.map((id) => quotedName(id)).join(" → ");
  throw refused(
    `${path}: these tasks form a dependency cycle: ${names}.`,
    "Fix the file and run the command again.",
  );
}

const maxNamed = 5;

export const importFile: Run<[string]> = async (context, file, options) => {
  const path = resolve(context.cwd, file);
  const scope = locateScope(context, options);
  const tasks = tasksIn(path, scope.path);
  const { added, there } = await changeStore(context, scope, (store) =>
    store.import(scope.path, tasks),
  );
  const names = there.slice(0, maxNamed).map(({ id }) => quotedName(id));
  const more = there.length > maxNamed ? ", …" : "";
  printResult(options, { added, skipped: there }, [
    `Imported ${countText(added.length, "task")} from ${path}.`,
    ...(there.length === 0
      ? []
      : [`Skipped ${there.length} existing: ${names.join(", ")}${more}.`]),
  ]);
};

export const exportTasks: Run<
  [],
  ProjectOptions & { format: "json" | "markdown" | "csv" }
> = async (context, { json, format, ...options }) => {
  const { path } = locateScope(context, options);
  const tasks = await withReadStore(context, (store) => store.list(path));
  if (json === true || format === "json") printJson(tasks.map(exportedTask));
  else if (format === "csv") print(...unwrappedLines(exportCsv(tasks)));
  else if (tasks.length > 0) print(...unwrappedLines(exportMarkdown(tasks)));
};

const maxOrphans = 3;

/** Counts the open tasks of missing folders, and says how to adopt them. `newcomer`: see `orphanedProjects`. */
export const orphanedProjectLines = (
  context: CommandContext,
  newcomer: string | null = null,
): string[] =>
  findOrphanedProjects(context, newcomer)
    .slice(0, maxOrphans)
    .map(({ folder, open }) => {
      const where = quotedName(folder, 200);
      return (
        `${countText(open, "task")} from the missing folder ${where}; if it was moved here: ` +
        `sitrep task take-over ${shellWord(folder)}`
      );
    });

export const takeOver: Run<[string]> = async (context, given, options) => {
  const scope = locateScope(context, options);
  const folder = resolve(context.cwd, given);
  if (existsSync(folder)) {
    throw new SitrepError("usage", `${folder} still exists, so it keeps its tasks.`, {
      hint: "Pass this project's old folder. To copy tasks instead: sitrep task export, then sitrep task import FILE",
    });
  }
  const moved = await changeStore(context, scope, (store) => store.move(folder, scope.path));
  if (moved === 0) {
    const hint = orphanedProjectLines(context).join(" ") || "No other missing folder has tasks.";
    throw new SitrepError("usage", `${folder} has no tasks.`, { hint });
  }
  printResult(options, { moved }, `Took over ${countText(moved, "task")} from ${folder}.`);
};
