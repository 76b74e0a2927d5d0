import { InvalidArgumentError, Option } from "commander";
import { taskPriorities, type TaskPriority } from "../../core/task/task.ts";
import { many } from "../program/verb-context.ts";
import type { Verb } from "../program/verb.ts";

function priorityOf(given: string): TaskPriority {
  const found = taskPriorities.find((one) => one === given.toLowerCase());
  if (found !== undefined) return found;
  throw new InvalidArgumentError(`Allowed choices are ${taskPriorities.join(", ")}.`);
}

const addFields = (verb: Verb): Verb =>
  verb
    .addOption(new Option("--priority <priority>").choices(taskPriorities).argParser(priorityOf))
    .option("--description <text>")
    .option("--due <date>", "2026-12-01, or a timestamp")
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
  )
    .option("--own", "add it to Sitrep's own list, even if this project's tasks are in files")
    .runInProject(async () => (await import("./write.ts")).addTask);
  addFields(
    task
      .verb(
        "edit <id>",
        "change fields of a task; the value none clears a field",
        'sitrep task edit 1 --title "Rotate all keys" --due none',
      )
      .option("--title <title>"),
  ).runInProject(async () => (await import("./write.ts")).editTask);
  task
    .verb("note <id> <text...>", "add a note to a task", "sitrep task note 1 asked ana for it")
    .runInProject(async () => (await import("./write.ts")).noteTask);
  task
    .verb(
      "comment <id> <text...>",
      "comment on a task at its source; in the embedded store, add a note",
      "sitrep task comment github/42 fixed in 1.4",
    )
    .runInProject(async () => (await import("./write.ts")).commentOnTask);
  task
    .verb("assign <id> <names...>", "add people to a task", "sitrep task assign 1 ana")
    .runInProject(async () => (await import("./write.ts")).assignTask);
  task
    .verb("remove <id>", "remove a task", "sitrep task remove 1")
    .runInProject(async () => (await import("./write.ts")).removeTask);
}

function addLookVerbs(task: Verb): void {
  task
    .verb("list", "list the open tasks from all sources", "sitrep task list --mine --json")
    .alias("ls")
    .option("--source <name>", "only those from this source")
    .option("--mine", "only those known to be yours")
    .option("--blocked", "only blocked ones")
    .option("--all", "also closed tasks in the embedded store")
    .option("--limit <n>", "at most this many lines, 0 for all; --json includes all", "50")
    .runInProject(async () => (await import("./list.ts")).listTasks);
  task
    .verb("show <id>", "show a whole task; ID or SOURCE/ID", "sitrep task show linear/ENG-7")
    .runInProject(async () => (await import("./show.ts")).showTask);
  task
    .verb("next", "show the task to do next, and why", "sitrep task next --json")
    .runInProject(async () => (await import("./list.ts")).nextTask);
}

function addStatusVerbs(task: Verb): void {
  const move = (usage: string, description: string, example: string): Verb =>
    task.verb(usage, description, `sitrep task ${example}`);
  move(
    "start <id>",
    "start a task and link it to this branch, unless it is main or master",
    "start 1",
  ).runInProject(async () => (await import("./set-status.ts")).startTask);
  move("done <id>", "complete a task", 'done 1 --notes "deployed"')
    .option("--notes <text>", "completion notes")
    .runInProject(async () => (await import("./set-status.ts")).finishTask);
  move("block <id>", "mark a task as blocked", "block 1 --by 2")
    .option("--by <id>", "what blocks it; repeatable", many)
    .runInProject(async () => (await import("./set-status.ts")).blockTask);
  move("unblock <id>", "remove blockers from a task", "unblock 1")
    .option("--by <id>", "only this one; repeatable", many)
    .runInProject(async () => (await import("./set-status.ts")).unblockTask);
  move("cancel <id>", "cancel a task", 'cancel 1 --notes "not needed"')
    .option("--notes <text>", "why")
    .runInProject(async () => (await import("./set-status.ts")).cancelTask);
  move("reopen <id>", "reopen a closed task", "reopen 1").runInProject(
    async () => (await import("./set-status.ts")).reopenTask,
  );
  move("move <id> <status>", "give a task any status", "move 1 todo").runInProject(
    async () => (await import("./set-status.ts")).setStatus,
  );
}

function addFileVerbs(task: Verb): void {
  task
    .verb(
      "import <file>",
      "import a JSON array or a Markdown task list; skips existing tasks",
      "sitrep task import TODO.md",
    )
    .runInProject(async () => (await import("./transfer.ts")).importFile);
  task
    .verb(
      "export",
      "export all tasks in the embedded store; import reads the JSON back",
      "sitrep task export --format csv > tasks.csv",
    )
    .addOption(new Option("--format <format>").choices(["json", "markdown", "csv"]).default("json"))
    .runInProject(async () => (await import("./transfer.ts")).exportTasks);
  task
    .verb(
      "keep [numbers...]",
      "add what a session left open in Claude Code's own task list",
      "sitrep task keep 1 3 --yes",
    )
    .option("--yes", "do not ask for confirmation")
    .runInProject(async () => (await import("./keep.ts")).keepTasks);
  task
    .verb(
      "take-over <folder>",
      "adopt the tasks of this project's old folder",
      "sitrep task take-over ~/work/shop",
    )
    .runInProject(async () => (await import("./transfer.ts")).takeOver);
  task
    .verb("clear-samples", "remove the sample tasks", "sitrep task clear-samples")
    .runInProject(async () => (await import("./samples.ts")).clearSamples);
}

export function addTaskVerbs(program: Verb): void {
  const task = program
    .command("task")
    .description(
      "tasks from all sources; those in the embedded store can be edited, others where you allow it",
    );
  addTextVerbs(task);
  addLookVerbs(task);
  addStatusVerbs(task);
  task
    .verb("undo", "undo the last change; repeat to undo earlier ones", "sitrep task undo")
    .option("--mine", "your own last change, even if others have changed other tasks since")
    .option("--anyone", "the last change, whoever made it")
    .runInProject(async () => (await import("./undo.ts")).undoTasks);
  addFileVerbs(task);
}
