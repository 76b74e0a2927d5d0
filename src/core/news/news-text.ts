// What PreToolUse adds to a tool call's result: a few lines of what is true now. It never tells Claude what to do.

import { changeKindsText, commitsText, noteText } from "../brief/change-lines.ts";
import { fit, briefLines, moreLines, type Fitted, type BriefLine } from "../brief/fit.ts";
import { fullGitStateText } from "../brief/git-lines.ts";
import { fileNames } from "../brief/operation-lines.ts";
import { mismatchSentence } from "../brief/mismatch-text.ts";
import { checkNames, commentsText, pullName } from "../pull-request/pull-request-text.ts";
import { describePeer } from "./peers.ts";
import { failureReason, fixText } from "../brief/source-lines.ts";
import { ageText, agoText } from "../time.ts";
import { quoteNotes, quoted, quotedBranch, quotedName } from "../quote.ts";
import type { ConcernedFile } from "./file-news.ts";
import type { GitState } from "../git/git-state.ts";
import type { MovedNews, NewsItem, PullNews, UpstreamNews } from "./pending-news.ts";

/** Characters (UTF-16 units) that one text may take. */
export const maxNewsLength = 600;

const branchName = (name: string | null): string =>
  name === null ? "no branch" : quotedBranch(name);

function upstreamLine(item: UpstreamNews): string {
  const { behind, fresh, isRewritten, notes = [] } = item;
  const name = branchName(item.name);
  if (isRewritten === true) {
    const missing = `missing here: ${commitsText(behind)}${noteText(behind, notes)}`;
    return `${name} was rewritten; ${behind === 0 ? "none of its commits is missing here" : missing}.`;
  }
  if (fresh === undefined)
    return `${commitsText(behind)} on ${name} missing here${noteText(behind, notes)}.`;
  const all = behind > fresh ? `; ${behind} in total are missing here` : "";
  return `${commitsText(fresh, { kind: " new" })} on ${name}${noteText(fresh, notes)}${all}.`;
}

function pullText(item: PullNews): string {
  const { what, names = [], commit, author = "", text = "", count = 0 } = item;
  const where = commit === undefined ? "" : ` on ${commit.slice(0, 7)}, not your HEAD`;
  const name = pullName(item);
  switch (what) {
    case "failed":
      return `${name}: ${checkNames(names)} failed${where}.`;
    case "comment":
      return commentsText(item, { ...item, author, text });
    case "comments":
      return `${name}: ${count} more ${count === 1 ? "comment" : "comments"} of reviews.`;
    case "merged":
    case "closed":
      return `${name} was ${what}.`;
  }
}

function movedLine({ taskId, title, status, commit, pull, isPlanned }: MovedNews): string {
  const what = `${quotedName(taskId)} to ${status.replace("_", " ")}`;
  const id = pull ?? commit.slice(0, 7);
  const why = status === "completed" ? `because ${id} is merged` : `because of commit ${id}`;
  return isPlanned === true
    ? `Dry run: Sitrep would set ${what} ${why}: ${quoted(title, 120)}`
    : `Sitrep set ${what} ${why}: ${quoted(title, 120)} To undo: sitrep task undo --anyone`;
}

function newsLine(item: NewsItem, now: number): string {
  switch (item.kind) {
    case "task": {
      const whose = item.isCurrent === true ? "This branch's task " : "";
      return `${whose}${quotedName(item.taskId)} ${changeKindsText(item.what, item)}: ${quoted(item.title, 120)}`;
    }
    case "branch":
      return `The working tree is on ${branchName(item.to)} now; it was on ${branchName(item.from)}.`;
    case "conflict": {
      const { files, paths = [] } = item;
      const names = paths.length === 0 ? "" : `: ${fileNames(files, paths)}`;
      return `${files} ${files === 1 ? "file is" : "files are"} in conflict in the working tree${names}.`;
    }
    case "source": {
      const { code } = item;
      const name = quotedName(item.source);
      if (code === null) return `${name} works again.`;
      return `${name} ${failureReason(code)}; its tasks are from its last response${fixText(name, code)}.`;
    }
    case "session":
      return `${describePeer(item)}.`;
    case "merged": {
      const { title, at, isReverted } = item;
      const kind = isReverted === true ? "reverted" : "merged";
      return `${mismatchSentence({ ...item, kind }, agoText(at, now))}: ${quoted(title, 120)}`;
    }
    case "pullRequest":
      return pullText(item);
    case "moved":
      return movedLine(item);
    case "upstream":
      return upstreamLine(item);
  }
}

function newsLines(items: readonly NewsItem[], now: number): string[] {
  const here = items.filter((item) => item.kind === "session" && item.isSameWorktree);
  return items.flatMap((item) => {
    if (item.kind !== "session" || here.length < 2 || !here.includes(item))
      return [newsLine(item, now)];
    return item === here[0] ? [`${describePeer(item, here.length)}.`] : [];
  });
}

function fileLine({ path, concern, tree, at }: ConcernedFile, now: number): string {
  const file = quoted(path, 120);
  if (concern === "conflict") return `${file} is in conflict (unmerged).`;
  const age = at === null || at > now ? "" : ` ${ageText(now - at)} ago`;
  const branch = tree?.branch == null ? "" : ` (${quotedBranch(tree.branch)})`;
  const where = tree === null ? "this worktree" : `${quoted(tree.worktree, 80)}${branch}`;
  return concern === "edited"
    ? `${file} was edited${age} by another session in ${where}.`
    : `${file} was changed${age} but not committed in ${where}, where another session is active.`;
}

/** The tool call that news is about: calls run in parallel, and Claude Code names only the tool. */
export interface ConcernedCall {
  tool: string;
  about: string;
}

export interface NewsInput {
  items: readonly NewsItem[];
  git: GitState | null;
  file?: ConcernedFile | null;
  call?: ConcernedCall | null;
  at: string;
  now: number;
  gitAgeMs: number;
}

function composeNews({ items, git, file = null, call = null, ...input }: NewsInput): Fitted {
  const about = call === null ? "" : ` At ${quotedName(call.tool)} ${quoted(call.about, 60)}:`;
  const news = newsLines(items, input.now);
  const fileTexts = file === null ? [] : [fileLine(file, input.now)];
  const gitTexts =
    git === null
      ? []
      : [`Git, read ${ageText(input.gitAgeMs)} ago: ${fullGitStateText(git, null)}`];
  const build = (entries: number): BriefLine[] => {
    const lines = [
      ...briefLines(70, fileTexts),
      ...briefLines(50, news.slice(0, entries)),
      ...moreLines(news.length - entries),
      ...briefLines(60, gitTexts),
    ];
    const note = quoteNotes([about, ...lines.map(({ text }) => text)]);
    const head = [`Sitrep, ${input.at}.`, ...note].join(" ");
    return [{ text: `${head}${about}`, weight: 100 }, ...lines];
  };
  return fit(news.length, build, maxNewsLength);
}

export function renderNews(input: NewsInput): string | null {
  const { items, git, file = null } = input;
  return items.length === 0 && git === null && file === null ? null : composeNews(input).text;
}

/** The tasks that these items' text names: the text may be cut short. Tasks come first in `items`. */
export function listTaskIds(items: readonly NewsItem[]): string[] {
  const { entries } = composeNews({ items, git: null, at: "10:02", now: 0, gitAgeMs: 0 });
  return items.slice(0, entries).flatMap((item) => (item.kind === "task" ? [item.taskId] : []));
}
