// One line for Claude Code's status line: what is next, where, and how old that is. For a person, in a terminal.

import { createTaskList, type ListInput } from "./brief/task-list.ts";
import { isNext } from "./brief/task-lines.ts";
import { failureReason } from "./brief/source-lines.ts";
import type { PullRecord } from "./pull-request/pull-request.ts";
import { shortPullText } from "./pull-request/pull-request-text.ts";
import { cleanText } from "./quote.ts";
import { ageMs } from "./snapshot.ts";
import { openCount } from "./task/task.ts";
import { ageText } from "./time.ts";

export interface StatuslineInput extends ListInput {
  /** Used if git's state is unknown. */
  branch: string | null;
  cacheError: string | null;
  pull?: PullRecord | null;
}

function taskPart(input: StatuslineInput): string {
  const list = createTaskList(input);
  if (list === null) return "tasks unknown";
  const next = list.ranked.find(isNext) ?? list.ranked[0];
  if (next === undefined) return "no open tasks";
  const total = openCount(list.counts);
  const more = total > 1 ? ` (+${total - 1})` : "";
  return `${cleanText(next.task.id, 30)} ${cleanText(next.task.title, 50)}${more}`;
}

function branchPart({ git, branch }: StatuslineInput): string {
  const state = git.kind === "state" ? git.state : null;
  const name = state?.branch ?? state?.operation?.branch ?? branch;
  const upstream = state?.upstream ?? null;
  return [
    name === null ? "" : cleanText(name, 40),
    upstream === null || upstream.ahead === 0 ? "" : `↑${upstream.ahead}`,
    upstream === null || upstream.behind === 0 ? "" : `↓${upstream.behind}`,
    state?.operation == null ? "" : state.operation.kind,
    state === null || state.counts.conflicted === 0 ? "" : `${state.counts.conflicted} in conflict`,
  ]
    .filter((part) => part !== "")
    .join(" ");
}

function freshnessPart({ sources, now, cacheError }: StatuslineInput): string {
  if (cacheError !== null) return "cache not readable";
  const failing = sources.find((view) => view.failure !== null);
  const times = sources.flatMap((view) => (view.fetchedAt === null ? [] : [view.fetchedAt]));
  const age = times.length === 0 ? null : ageMs(Math.min(...times), now);
  const old = age === null ? "" : `${ageText(age)} old`;
  const why =
    failing?.failure == null
      ? ""
      : `${cleanText(failing.source, 20)} ${failureReason(failing.failure.code)}`;
  return [old, why].filter((part) => part !== "").join(", ");
}

/** `TASK-51 Add OIDC login (+4) · feature/TASK-51 ↑2 · PR #42 lint failed · 12 s old`. Without control characters. */
export const renderStatusline = (input: StatuslineInput): string =>
  [taskPart(input), branchPart(input), shortPullText(input), freshnessPart(input)]
    .filter((part) => part !== "")
    .join(" · ");
