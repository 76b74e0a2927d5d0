// The verbs `task …`, with their options. Each verb's code is loaded when it is called.

import { Option } from "commander";
import type { Command } from "commander";
import { taskPriorities } from "../core/task.ts";
import type { CommandContext } from "../config/context.ts";
import { json, many, project } from "./options.ts";
import type { AddVerb } from "./options.ts";

function addNewTaskVerb(task: Command, add: AddVerb, context: CommandContext): void {
  add(
    "add <title>",
    "add a task",
    'sitrep task add "Rotate the keys" --priority high --due 2026-12-01',
    task,
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
    .addOption(project())
    .addOption(json())
    .action(async (title, options) => (await import("./task.ts")).addTask(context, title, options));
}

export function addTaskVerbs(program: Command, add: AddVerb, context: CommandContext): void {
  const task = program
    .command("task")
    .description("the tasks of the embedded store")
    .exitOverride();

  addNewTaskVerb(task, add, context);
  add("list", "the pending tasks", "sitrep task list --all --json", task)
    .option("--all", "completed and cancelled ones too")
    .addOption(project())
    .addOption(json())
    .action(async (options) => (await import("./task.ts")).listTasks(context, options));
  add("show <id>", "one task whole", "sitrep task show TASK-001", task)
    .addOption(project())
    .addOption(json())
    .action(async (id, options) => (await import("./task.ts")).showTask(context, id, options));
  add("start <id>", "begin a task; it is linked to the branch", "sitrep task start TASK-001", task)
    .addOption(project())
    .addOption(json())
    .action(async (id, options) => (await import("./task.ts")).startTask(context, id, options));
  add("done <id>", "complete a task", 'sitrep task done TASK-001 --notes "deployed"', task)
    .option("--notes <text>", "completion notes")
    .addOption(project())
    .addOption(json())
    .action(async (id, options) => (await import("./task.ts")).finishTask(context, id, options));
  add("block <id>", "mark a task as blocked", "sitrep task block TASK-001 --by TASK-002", task)
    .option("--by <id>", "what blocks it; repeatable", many)
    .addOption(project())
    .addOption(json())
    .action(async (id, options) => (await import("./task.ts")).blockTask(context, id, options));
  add("next", "the task to do next, and why", "sitrep task next --json", task)
    .addOption(project())
    .addOption(json())
    .action(async (options) => (await import("./task.ts")).nextTask(context, options));
  add(
    "import <file>",
    "from a JSON array or a Markdown task list",
    "sitrep task import TODO.md",
    task,
  )
    .addOption(project())
    .addOption(json())
    .action(async (file, options) =>
      (await import("./task.ts")).importFile(context, file, options),
    );
  add("clear-samples", "remove the demonstration's tasks", "sitrep task clear-samples", task)
    .addOption(project())
    .addOption(json())
    .action(async (options) => (await import("./task.ts")).clearSamples(context, options));
}
