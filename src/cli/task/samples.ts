import type { CommandContext } from "../../config/context.ts";
import type { ProjectScope } from "../../core/ports.ts";
import type { NewTask, Task } from "../../core/task/task.ts";
import { locateScope, type Run } from "../program/verb-context.ts";
import { countText, printResult } from "../terminal/terminal.ts";
import { changeStore } from "./lookup.ts";

const label = "sample";

const sample = (title: string, rest: Partial<NewTask>): NewTask => ({
  title: `Sample: ${title}`,
  status: "pending",
  priority: "medium",
  assignees: [],
  labels: [label],
  dependsOn: [],
  inputs: [],
  outputs: [],
  ...rest,
});

const samples: readonly NewTask[] = [
  sample("read the brief that this session began with", {
    priority: "high",
    status: "in_progress",
    description: "It lists the open tasks, the next one, and the state of the repository.",
  }),
  sample("add a task of your own with: sitrep task add", { priority: "medium" }),
  sample("remove the samples with: sitrep task clear-samples", { priority: "low" }),
];

export const addSamples = (
  context: CommandContext,
  { path, name }: ProjectScope,
): Promise<Task[]> =>
  changeStore(context, { path, name }, async (store) =>
    (await store.list(path)).length > 0 ? [] : store.add(path, samples),
  );

export const clearSamples: Run = async (context, options) => {
  const scope = locateScope(context, options);
  const removed = await changeStore(context, scope, (store) =>
    store.removeLabeled(scope.path, label),
  );
  printResult(options, { removed }, `Removed ${countText(removed, "sample task")}.`);
};
