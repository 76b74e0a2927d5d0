import type { TaskChange } from "../news/changes.ts";
import type { RankedTask } from "../task/ranking.ts";
import { endedText } from "./change-lines.ts";
import type { SourceView } from "./source-view.ts";
import { descriptionTexts, isNext, isOthers, linkText, taskLine } from "./task-lines.ts";
import type { TextContext } from "./task-lines.ts";
import type { TaskList } from "./task-list.ts";

/** This branch's task, unless it is the next one: the reader should know it before going on with the branch. */
export function findBranchTask(list: TaskList | null): RankedTask | undefined {
  const linked = list?.ranked.filter(({ link }) => link !== null) ?? [];
  return linked.some(isNext) ? undefined : linked[0];
}

export function branchTexts(
  list: TaskList | null,
  ended: readonly TaskChange[],
  context: TextContext,
): string[] {
  const own = findBranchTask(list);
  if (own !== undefined)
    return [`This branch's task: ${taskLine(own, context, { isKnown: true })}`];
  if (list?.ranked.some(({ link }) => link !== null) === true) return [];
  const text = ended[0] === undefined ? null : endedText(ended[0]);
  return text === null ? [] : [`This branch's ${text}`];
}

function emptyText(list: TaskList, sources: readonly SourceView[]): string {
  if (list.ranked.some((one) => !isOthers(one))) return "No open task can be started now.";
  if (list.ranked.length > 0) return "No open task is yours or unassigned.";
  if (list.isPartial) return "No known open tasks.";
  const isBare = sources.every((view) => view.isBuiltIn === true);
  return isBare ? "No open tasks; no task server is set up." : "No open tasks.";
}

function nextLabel(next: RankedTask, { isKnown, ranked }: TaskList): string {
  const whose = next.owner === "mine" ? "yours" : "unassigned";
  const isSaid = next.owner === "mine" || (isKnown && next.owner === "nobody");
  const link = next.link === null ? [] : [linkText(next, "", ranked)];
  return ["Next", ...(isSaid ? [whose] : []), ...link].join(", ");
}

export function nextTexts(
  list: TaskList,
  sources: readonly SourceView[],
  context: TextContext,
): { text: string; details: string[] } {
  const { style } = context;
  const next = list.ranked.find(isNext);
  if (next === undefined) return { text: emptyText(list, sources), details: [] };
  const line = taskLine(next, context, { isOwnerSaid: next.owner === "mine", isPlaced: true });
  return {
    text: style.labeled(nextLabel(next, list), line),
    details: style.hasDescription ? descriptionTexts(next.task).map((text) => ` ${text}`) : [],
  };
}
