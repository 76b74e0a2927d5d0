import { cleanText } from "../quote.ts";
import { openCount } from "../task/task.ts";
import { reasonText } from "../today.ts";
import { composeBrief } from "./brief.ts";
import type { BriefInput } from "./brief-input.ts";
import { maxBriefLength } from "./options.ts";
import { isOthers } from "./task-lines.ts";
import { estimateTokens } from "./estimate-tokens.ts";

export function explainBrief(input: BriefInput): string {
  const { ranked, shown, counts, dropped, text } = composeBrief(input);
  const listed = ranked.filter((one) => !isOthers(one)).slice(0, Math.max(shown, 1));
  const lines = listed.map((one, index) => {
    const { id, title, status, createdAt } = one.task;
    const reasons = [
      ...(status === "in_progress" ? ["in progress"] : []),
      ...reasonText(one, input, ranked).why,
      ...(createdAt === undefined ? [] : [`since ${cleanText(createdAt.slice(0, 10), 10)}`]),
    ];
    return `${index + 1}. ${cleanText(id, 40)} ${cleanText(title, 60)}\n   ${reasons.join("; ")}`;
  });
  const budget = Math.min(input.options.maxCharacters, maxBriefLength);
  return [
    "Order: tasks ready to start, then the rest; within each group this branch's task, yours, then unassigned ones;",
    "then in progress, due within 3 days, priority, age. Other people's tasks are only counted.",
    ...(lines.length === 0 ? ["No known tasks to list."] : lines),
    `Tasks shown: ${shown} of ${openCount(counts)}.`,
    `Characters: ${text.length} of at most ${budget}, about ${estimateTokens(text)} tokens.`,
    ...(dropped.length === 0 ? [] : ["Left out to fit the budget:"]),
    ...dropped.map((line) => `  ${cleanText(line.text, 100)}`),
  ].join("\n");
}
