// Why a brief is as it is, for a person: the order of the tasks with the reason for each, and what had no room.

import { cleanText } from "../quote.ts";
import type { RankedTask } from "../task/ranking.ts";
import { estimateTokens } from "./fit.ts";
import { daysUntil, dueDay, dueWords } from "../time.ts";
import { composeBrief, type BriefInput } from "./brief.ts";
import { isOthers } from "./task-lines.ts";
import { longestBrief } from "./options.ts";

const linkWords = {
  id: "this branch's task: its id is in the branch's name",
  field: "this branch's task: the task names the branch",
  maybe: "its id is in the branch's name, and so is that of a task of another source",
};

/** The reasons for a task's place, the weightiest first. */
export function placeReasons(
  { task, link, owner, waitsFor }: RankedTask,
  { now, calendar }: Pick<BriefInput, "now" | "calendar">,
): string[] {
  const due = task.due === undefined ? null : dueDay(task.due, calendar);
  const today = calendar(now);
  const isDueSoon = due !== null && daysUntil(due, today) <= 3;
  const blockers = (task.status === "blocked" ? task.dependsOn : waitsFor).join(", ");
  return [
    ...(link === null ? [] : [linkWords[link]]),
    ...(owner === "mine" ? ["yours"] : []),
    ...(owner === "others" || owner === "unknown" ? [`for ${task.assignees.join(", ")}`] : []),
    ...(task.status === "in_progress" ? ["in progress"] : []),
    ...(task.status === "blocked" ? [blockers === "" ? "blocked" : `blocked by ${blockers}`] : []),
    ...(task.status === "pending" && blockers !== "" ? [`blocked by ${blockers}`] : []),
    ...(isDueSoon ? [dueWords(due, today)] : []),
    task.priority === "none" ? "no priority" : `priority ${task.priority}`,
    ...(task.createdAt === undefined ? [] : [`since ${task.createdAt.slice(0, 10)}`]),
  ].map((reason) => cleanText(reason, 200));
}

/** Some lines of text. The brief itself is not in it. */
export function explainBrief(input: BriefInput): string {
  const brief = composeBrief(input);
  const listed = brief.ranked.filter((one) => !isOthers(one));
  const lines = listed.slice(0, Math.max(brief.shown, 1)).map((ranked, index) => {
    const { id, title } = ranked.task;
    const reasons = placeReasons(ranked, input).join("; ");
    return `${index + 1}. ${cleanText(id, 40)} ${cleanText(title, 60)}\n   ${reasons}`;
  });
  const { pending, in_progress: started, blocked } = brief.counts;
  const budget = Math.min(input.options.maxCharacters, longestBrief);
  return [
    "Order: what can be started before what is blocked; within that this branch's task, yours, then what nobody has;",
    "then in progress, due within 3 days, priority, age. What others have is only counted.",
    ...(lines.length === 0 ? ["No tasks to list are known."] : lines),
    `Tasks shown: ${brief.shown} of ${pending + started + blocked}.`,
    `Characters: ${brief.text.length} of at most ${budget}, about ${estimateTokens(brief.text)} tokens.`,
    ...(brief.dropped.length === 0
      ? []
      : [
          "Left out for want of room:",
          ...brief.dropped.map((line) => `  ${cleanText(line.text, 100)}`),
        ]),
  ].join("\n");
}
