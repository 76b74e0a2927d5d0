// The verbs `task …`, with their options. Each verb's code is loaded when it is called.

import { InvalidArgumentError, Option } from "commander";
import { taskPriorities, type TaskPriority } from "../../core/task/task.ts";
import { many } from "../program/options.ts";
import type { Verb } from "../program/verb.ts";

/** In small letters or in capitals. */
function priorityOf(given: string): TaskPriority {
  const found = taskPriorities.find((one) => one === given.toLowerCase());
  if (found !== undefined) return found;
  throw new InvalidArgumentError(`Allowed choices are ${taskPriorities.join(", ")}.`);
}

/** The fields of a task, which `add` and `edit` set. */
const addFields = (verb: Verb): Verb =>
  verb
    .addOption(new Option("--priority <priority>").choices(taskPriorities).argParser(priorityOf))
    .option("--description <text>")
    .option("--due <date>", "2026-12-01, or an instant")
    .option("--assignee <name>", "repeatable", many)
    .option("--label <label>", "repeatable", many)
    .option("--depends-on <id>", "repeatable", many)
    .option("--branch <name>")
    .option("--category <name>")
    .option("--effort <text>", "estimated effort")
    .option("--parent <id>")
    .option("--url <url>")
    .option("--input <text>", "repeatable", many)
    .option("--output <text>", "repeatable", many);

function addTextVerbs(task: Verb): void {
  addFields(
    task.verb(
      "add <title...>",
      "add a task",
      "sitrep task add Rotate the keys --priority high --due 2026-12-01",
    ),
  ).runInProject(async () => (await import("./edit.ts")).addTask);
  addFields(
    task
      .verb(
        "edit <id>",
        "correct a task: what is named takes the place of what was, none takes it away",
        'sitrep task edit 1 --title "Rotate all keys" --due none',
      )
      .option("--title <title>"),
  ).runInProject(async () => (await import("./edit.ts")).editTask);
  task
    .verb("note <id> <text...>", "write a line below a task", "sitrep task note 1 asked ana for it")
    .runInProject(async () => (await import("./edit.ts")).noteTask);
  task
    .verb("remove <id>", "take a task away", "sitrep task remove 1")
    .runInProject(async () => (await import("./edit.ts")).removeTask);
}

function addLookVerbs(task: Verb): void {
  task
    .verb("list", "the pending tasks of all sources", "sitrep task list --mine --json")
    .alias("ls")
    .option("--source <name>", "of this source alone")
    .option("--mine", "those that are known to be yours")
    .option("--blocked", "those that are blocked")
    .option("--all", "completed and cancelled ones of the embedded store too")
    .option("--limit <n>", "how many lines, 0 for all; JSON has all", "50")
    .runInProject(async () => (await import("./list.ts")).listTasks);
  task
    .verb("show <id>", "one task whole; ID or SOURCE/ID", "sitrep task show linear/ENG-7")
    .runInProject(async () => (await import("./show.ts")).showTask);
  task
    .verb("next", "the task to do next, and why", "sitrep task next --json")
    .runInProject(async () => (await import("./list.ts")).nextTask);
}

function addMoveVerbs(task: Verb): void {
  task
    .verb(
      "start <id>",
      "begin a task; it is linked to the branch, but for main and master",
      "sitrep task start 1",
    )
    .runInProject(async () => (await import("./move.ts")).startTask);
  task
    .verb("done <id>", "complete a task", 'sitrep task done 1 --notes "deployed"')
    .option("--notes <text>", "completion notes")
    .runInProject(async () => (await import("./move.ts")).finishTask);
  task
    .verb("block <id>", "mark a task as blocked", "sitrep task block 1 --by 2")
    .option("--by <id>", "what blocks it; repeatable", many)
    .runInProject(async () => (await import("./move.ts")).blockTask);
  task
    .verb("unblock <id>", "remove what blocks it", "sitrep task unblock 1")
    .option("--by <id>", "only this one; repeatable", many)
    .runInProject(async () => (await import("./move.ts")).unblockTask);
  task
    .verb("cancel <id>", "give a task up", 'sitrep task cancel 1 --notes "not needed"')
    .option("--notes <text>", "why")
    .runInProject(async () => (await import("./move.ts")).cancelTask);
  task
    .verb("reopen <id>", "open a task again that is over", "sitrep task reopen 1")
    .runInProject(async () => (await import("./move.ts")).reopenTask);
  task
    .verb("move <id> <status>", "give a task any status", "sitrep task move 1 todo")
    .runInProject(async () => (await import("./move.ts")).moveToStatus);
}

function addFileVerbs(task: Verb): void {
  task
    .verb(
      "import <file>",
      "from a JSON array or a Markdown task list; what is there already is passed over",
      "sitrep task import TODO.md",
    )
    .runInProject(async () => (await import("./transfer.ts")).importFile);
  task
    .verb(
      "export",
      "all tasks of the embedded store; import reads JSON back whole",
      "sitrep task export --format csv > tasks.csv",
    )
    .addOption(new Option("--format <format>").choices(["json", "markdown", "csv"]).default("json"))
    .runInProject(async () => (await import("./transfer.ts")).exportTasks);
  task
    .verb(
      "take-over <folder>",
      "the tasks of this project's folder of before, when it was moved or renamed",
      "sitrep task take-over ~/work/shop",
    )
    .runInProject(async () => (await import("./transfer.ts")).takeOver);
  task
    .verb("clear-samples", "remove the demonstration's tasks", "sitrep task clear-samples")
    .runInProject(async () => (await import("./transfer.ts")).clearSamples);
}

export function addTaskVerbs(program: Verb): void {
  const task = program
    .command("task")
    .description("the tasks of all sources; those of the embedded store can be changed");
  addTextVerbs(task);
  addLookVerbs(task);
  addMoveVerbs(task);
  task
    .verb("undo", "take the last change back, and then the one before", "sitrep task undo")
    .option("--mine", "your own last one, though others have changed other tasks since")
    .option("--anyone", "the last one, whoever it was")
    .runInProject(async () => (await import("./undo.ts")).undoTasks);
  addFileVerbs(task);
}
