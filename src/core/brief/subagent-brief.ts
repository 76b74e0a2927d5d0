// The brief of a subagent: three lines, because it has one errand and knows nothing of the session's own brief.

import { fenceNote } from "../fence.ts";
import type { BriefInput } from "./brief.ts";
import { gitLine } from "./git-lines.ts";
import { sourceTexts } from "./source-lines.ts";
import { reasonText, taskLine, wordContext } from "./task-lines.ts";
import { listTasks } from "./task-list.ts";

/** What the markers mean with the age of the tasks, the next task, and the repository. */
export function renderSubagentBrief(input: BriefInput): string {
  const context = wordContext(input);
  const { fence, style } = context;
  const next = listTasks(input)?.ranked[0];
  const ages = sourceTexts(input, context);
  const first = `Sitrep, ${fence.name(input.project)}. ${fenceNote(fence)} ${ages[0] ?? ""}`.trim();
  return [
    first,
    next === undefined
      ? "No pending tasks are known."
      : style.labelled("The session's next task", `${taskLine(next, context)}${reasonText(next)}`),
    gitLine(input.git, context, input.now),
  ].join("\n");
}
