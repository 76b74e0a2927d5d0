// The verbs `task …`, with their options. Each verb's code is loaded when it is called.

import { Option } from "commander";
import { taskPriorities } from "../core/task.ts";
import { many, type Verb } from "./options.ts";

export function addTaskVerbs(program: Verb): void {
  const task = program
    .command("task")
    .description("the tasks of all sources; those of the embedded store can be changed");
  task
    .verb(
      "add <title>",
      "add a task",
      'sitrep task add "Rotate the keys" --priority high --due 2026-12-01',
    )
    .addOption(new Option("--priority <priority>").choices(taskPriorities))
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
    .option("--output <text>", "repeatable", many)
    .runInProject(async () => (await import("./task.ts")).addTask);
  task
    .verb("list", "the pending tasks of all sources", "sitrep task list --mine --json")
    .option("--source <name>", "of this source alone")
    .option("--mine", "those that are known to be yours")
    .option("--blocked", "those that are blocked or wait for another")
    .option("--all", "completed and cancelled ones of the embedded store too")
    .runInProject(async () => (await import("./task-look.ts")).listTasks);
  task
    .verb("show <id>", "one task whole; ID or SOURCE/ID", "sitrep task show linear/ENG-7")
    .runInProject(async () => (await import("./task-look.ts")).showTask);
  task
    .verb("start <id>", "begin a task; it is linked to the branch", "sitrep task start TASK-001")
    .runInProject(async () => (await import("./task.ts")).startTask);
  task
    .verb("done <id>", "complete a task", 'sitrep task done TASK-001 --notes "deployed"')
    .option("--notes <text>", "completion notes")
    .runInProject(async () => (await import("./task.ts")).finishTask);
  task
    .verb("block <id>", "mark a task as blocked", "sitrep task block TASK-001 --by TASK-002")
    .option("--by <id>", "what blocks it; repeatable", many)
    .runInProject(async () => (await import("./task.ts")).blockTask);
  task
    .verb("next", "the task to do next, and why", "sitrep task next --json")
    .runInProject(async () => (await import("./task-look.ts")).nextTask);
  task
    .verb(
      "import <file>",
      "from a JSON array or a Markdown task list",
      "sitrep task import TODO.md",
    )
    .runInProject(async () => (await import("./task.ts")).importFile);
  task
    .verb("clear-samples", "remove the demonstration's tasks", "sitrep task clear-samples")
    .runInProject(async () => (await import("./task.ts")).clearSamples);
}
