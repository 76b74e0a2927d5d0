// The tasks that a demonstration begins with, marked as what they are.

import type { NewTask } from "../core/task.ts";
import { sampleLabel } from "./task.ts";

const sample = (title: string, rest: Partial<NewTask>): NewTask => ({
  title: `Sample: ${title}`,
  status: "pending",
  priority: "medium",
  assignees: [],
  labels: [sampleLabel],
  dependsOn: [],
  inputs: [],
  outputs: [],
  ...rest,
});

export const sampleTasks: readonly NewTask[] = [
  sample("read the brief that this session began with", {
    priority: "high",
    status: "in_progress",
    description: "It lists what is pending, what comes next, and where the repository stands.",
  }),
  sample("add a task of your own with: sitrep task add", { priority: "medium" }),
  sample("remove the samples with: sitrep task clear-samples", { priority: "low" }),
];
