// `sitrep demo`, which `npm start` runs: installs for one project with sample tasks, without questions.

import type { NewTask } from "../../core/task/task.ts";
import { sampleLabel } from "../task/transfer.ts";
import { projectOf } from "../../config/context.ts";
import { SitrepError } from "../../core/errors.ts";
import { linkedTo } from "../../install/settings-target.ts";
import { planSettings } from "../../install/settings-plan.ts";
import { changeTasks } from "../../sources/local-tasks.ts";
import type { Run } from "../program/options.ts";
import { name } from "../terminal/styles.ts";
import { countOf, print } from "../terminal/terminal.ts";
import { step } from "../terminal/spinner.ts";
import { install } from "./steps.ts";
import { report } from "./report.ts";

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

const sampleTasks: readonly NewTask[] = [
  sample("read the brief that this session began with", {
    priority: "high",
    status: "in_progress",
    description: "It lists what is pending, what comes next, and where the repository stands.",
  }),
  sample("add a task of your own with: sitrep task add", { priority: "medium" }),
  sample("remove the samples with: sitrep task clear-samples", { priority: "low" }),
];

export const runDemo: Run<[], { project?: string }> = async (context, options) => {
  const project = projectOf(context, options.project);
  const scope = { path: project.project, name: project.projectName };
  const { settings } = planSettings(context, project, "local");
  const target = linkedTo(project, settings);
  if (target !== null) {
    const what = `${settings.file} is a link out of the project, to ${target}.`;
    const hint = "Nothing was changed. To write it there: sitrep install --yes";
    throw new SitrepError("settings-unexpected", what, { hint });
  }
  const added = await step("making the task store", () =>
    changeTasks(context, scope, async (store) =>
      (await store.list(scope.path)).length > 0 ? [] : store.add(scope.path, sampleTasks),
    ),
  );
  const wishes = { scope: "local", monitor: true } as const;
  const installed = await install(context, project, wishes, []);
  report(context, project, installed);
  if (added.length > 0) {
    print(`Added ${countOf(added.length, "sample task")}. To remove them:`);
    print(name(`  ${installed.launcher} task clear-samples --project ${project.worktree}`));
  }
};
