// What PreToolUse adds to a tool call's result: a few lines of what is true now. It never tells the client what to do.

import { changeWords } from "./brief/change-lines.ts";
import { fitList, moreLines, type Line } from "./brief/fit.ts";
import { gitWords } from "./brief/git-lines.ts";
import { peerWords } from "./peers.ts";
import { failureWords } from "./brief/source-lines.ts";
import { createFence, fenceNote, type Fence } from "./fence.ts";
import type { ConcernedFile } from "./file-news.ts";
import type { GitState } from "./git-state.ts";
import type { NewsItem } from "./pending-news.ts";

/** Characters (UTF-16 units) that one piece of advice may take. */
export const longestAdvice = 600;

const branchName = (name: string | null, fence: Fence): string =>
  name === null ? "no branch" : fence.wrap(name, 80);

function newsLine(item: NewsItem, fence: Fence): string {
  switch (item.kind) {
    case "task": {
      const priority = item.priority === "none" ? "" : ` (${item.priority})`;
      const whose = item.isCurrent === true ? "This branch's task " : "";
      return `${whose}${fence.name(item.taskId)} ${changeWords(item.what)}${priority}: ${fence.wrap(item.title, 120)}`;
    }
    case "branch":
      return `The working tree is on ${branchName(item.to, fence)} now; it was on ${branchName(item.from, fence)}.`;
    case "conflict":
      return `${item.files} ${item.files === 1 ? "file is" : "files are"} in conflict in the working tree.`;
    case "source":
      return item.code === null
        ? `${fence.name(item.source)} answers again.`
        : `${fence.name(item.source)} ${failureWords(item.code)}; its tasks are the last known ones.`;
    case "session":
      return `${peerWords(item, fence)}.`;
    case "upstream":
      return `${branchName(item.name, fence)} has moved: it has ${item.behind} ${item.behind === 1 ? "commit" : "commits"} that this branch has not.`;
  }
}

function fileLine({ path, concern, worktree }: ConcernedFile, fence: Fence): string {
  const file = fence.wrap(path, 120);
  if (concern === "conflict") return `${file} is in conflict (unmerged).`;
  if (concern === "session")
    return `${file} has changes of another live session that are not committed.`;
  return `${file} has uncommitted changes of another live session in ${fence.wrap(worktree ?? "", 80)}.`;
}

/** The tool call that a piece of advice is about: calls run in parallel, and the client names only the tool. */
export interface ConcernedCall {
  tool: string;
  /** A shell command or a file. */
  about: string;
}

const callWords = ({ tool, about }: ConcernedCall, fence: Fence): string =>
  ` At ${fence.name(tool)} ${fence.wrap(about, 60)}:`;

export interface AdviceInput {
  items: readonly NewsItem[];
  /** Set at a git-related call when the repository is not as the session knows it. */
  git: GitState | null;
  /** Set at a call that changes this file. */
  file?: ConcernedFile | null;
  /** Set where the advice is about this one call. */
  call?: ConcernedCall | null;
  /** The clock time at which this was found, `10:02`. */
  at: string;
  key: string;
}

/** The text for `additionalContext`, or null when there is nothing to say. */
export function renderAdvice(input: AdviceInput): string | null {
  const fence = createFence(input.key);
  const { items, git, file = null, call = null } = input;
  if (items.length === 0 && git === null && file === null) return null;
  const about = call === null ? "" : callWords(call, fence);
  const build = (entries: number): Line[] => [
    { text: `Sitrep, ${input.at}. ${fenceNote(fence)}${about}`, weight: 100 },
    ...(file === null ? [] : [{ text: fileLine(file, fence), weight: 70 }]),
    ...items.slice(0, entries).map((item) => ({ text: newsLine(item, fence), weight: 50 })),
    ...moreLines(items.length - entries),
    ...(git === null ? [] : [{ text: `Git now: ${gitWords(git, fence)}`, weight: 60 }]),
  ];
  return fitList(items.length, build, longestAdvice);
}
