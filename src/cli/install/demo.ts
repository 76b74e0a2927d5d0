// `sitrep demo`, which `npm start` runs: installs for one project with sample tasks, without questions.

import { addSamples } from "../task/samples.ts";
import { projectOf } from "../../config/context.ts";
import { SitrepError } from "../../core/errors.ts";
import { linkedTo } from "../../install/settings-target.ts";
import { planSettings } from "../../install/settings-plan.ts";
import type { Run } from "../program/options.ts";
import { name } from "../terminal/styles.ts";
import { countOf, print } from "../terminal/terminal.ts";
import { step } from "../terminal/spinner.ts";
import { install } from "./steps.ts";
import { report } from "./report.ts";

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
  const added = await step("making the task store", () => addSamples(context, scope));
  const wishes = { scope: "local", monitor: true } as const;
  const installed = await install(context, project, wishes, []);
  report(context, project, installed);
  if (added.length > 0) {
    print(`Added ${countOf(added.length, "sample task")}. To remove them:`);
    print(name(`  ${installed.launcher} task clear-samples --project ${project.worktree}`));
  }
};
