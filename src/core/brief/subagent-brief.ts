// The brief of a subagent: three or four lines, because it has one job and does not see the session's own brief.

import { tasksOfPeers } from "../news/peers.ts";
import { quoteNotes } from "../quote.ts";
import type { BriefInput } from "./brief-input.ts";
import { gitLine, operationTexts } from "./git-lines.ts";
import { sourceTexts } from "./source-lines.ts";
import { isNext, linkText, taskLine, textContext, type TextContext } from "./task-lines.ts";
import { createTaskList } from "./task-list.ts";

function nextText(input: BriefInput, context: TextContext): string {
  const ranked = createTaskList({ ...input, taken: tasksOfPeers(input.peers) })?.ranked ?? [];
  const next = ranked.find(isNext);
  if (next === undefined)
    return ranked.length > 0 ? "No open task is ready for the session." : "No known open tasks.";
  const link = next.link === null ? "" : `, ${linkText(next, "", ranked)}`;
  return context.style.labeled(`The session's next task${link}`, taskLine(next, context));
}

export function renderSubagentBrief(input: BriefInput): string {
  const context = textContext(input);
  const ages = sourceTexts(input, context);
  const rest = [
    nextText(input, context),
    ...operationTexts(input.git),
    gitLine(input.git, context, input.now),
  ];
  const first = ["Sitrep.", ...quoteNotes([...ages, ...rest]), ...ages].join(" ");
  return [first, ...rest].join("\n");
}
