// Guards: questions that the client asks the user before a call, where the user wanted them. Off by default. They look
// at what a command says on its face: they remind, and are no security boundary.

import type { ConcernedFile } from "./news/file-news.ts";

export interface GuardSettings {
  /** Before a commit on a protected branch. */
  commit: boolean;
  /** Before a push that overwrites what others may have pushed. */
  forcePush: boolean;
  /** Before a push to an upstream that has commits which this branch has not. */
  movedUpstream: boolean;
  /** Before a change of a file that is unmerged or that another live session has changed. */
  edit: boolean;
  protectedBranches: readonly string[];
}

export const noGuards: GuardSettings = {
  commit: false,
  forcePush: false,
  movedUpstream: false,
  edit: false,
  protectedBranches: ["main", "master"],
};

export const hasGitGuard = (guards: GuardSettings): boolean =>
  guards.commit || guards.forcePush || guards.movedUpstream;

/** One call of git in a shell command. */
export interface GitCall {
  verb: string;
  args: readonly string[];
}

const longestCommand = 16_384;
/** Options of git itself that take the next word with them. */
const optionsWithValue = new Set(["-C", "-c", "--git-dir", "--work-tree", "--namespace"]);

/** The words of a shell command in simple commands: parted at its operators, quotes taken away, nothing expanded. */
function simpleCommands(command: string): string[][] {
  const commands: string[][] = [[]];
  const pattern = /\s+|&&|\|\||[;&|()\n]|(?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s;&|()"'\\])+|./gs;
  for (const [token] of command.slice(0, longestCommand).matchAll(pattern)) {
    if (/^(?:&&|\|\||[;&|()])$/.test(token) || token.includes("\n")) commands.push([]);
    else if (token.trim() !== "")
      commands.at(-1)?.push(token.replace(/"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/gs, "$1$2$3"));
  }
  return commands.filter((words) => words.length > 0);
}

/** The calls of git that a shell command makes, as far as they can be seen in its text. */
export function gitCallsIn(command: string): GitCall[] {
  return simpleCommands(command).flatMap((words) => {
    const start = words.findIndex((word) => /^(?:.*\/)?git$/.test(word));
    const before = words.slice(0, Math.max(0, start));
    const isCall = before.every((word) =>
      /^(?:[A-Za-z_]\w*=.*|command|exec|env|sudo|time)$/s.test(word),
    );
    if (start < 0 || !isCall) return [];
    let index = start + 1;
    while (words[index]?.startsWith("-") === true) {
      index += optionsWithValue.has(words[index] ?? "") ? 2 : 1;
    }
    const verb = words[index];
    return verb === undefined ? [] : [{ verb, args: words.slice(index + 1) }];
  });
}

/** True for a push that may overwrite: by an option, or by a `+` before what is pushed. */
export function isForcePush({ verb, args }: GitCall): boolean {
  if (verb !== "push") return false;
  return args.some(
    (arg) =>
      /^--force(?:-with-lease|-if-includes)?(?:=|$)/.test(arg) ||
      /^-[a-zA-Z]*f/.test(arg) ||
      arg === "--mirror" ||
      /^\+./.test(arg),
  );
}

/** The repository as a guard of git calls needs it. */
export interface GuardedRepository {
  branch: string | null;
  /** The upstream's name and how many commits it has that the branch has not; null where there is none. */
  upstream: { name: string; behind: number } | null;
}

export type GuardConcern = "protected-branch" | "force-push" | "moved-upstream";

const isPush = ({ verb, args }: GitCall): boolean =>
  verb === "push" && !args.some((arg) => arg === "--dry-run" || arg === "-n");

/** What there is to ask about a shell command; empty for most. */
export function guardGitCalls(
  calls: readonly GitCall[],
  guards: GuardSettings,
  { branch, upstream }: GuardedRepository,
): GuardConcern[] {
  const concerns = new Set<GuardConcern>();
  const isProtected = branch !== null && guards.protectedBranches.includes(branch);
  if (guards.commit && isProtected && calls.some(({ verb }) => verb === "commit"))
    concerns.add("protected-branch");
  if (guards.forcePush && calls.some(isForcePush)) concerns.add("force-push");
  if (guards.movedUpstream && (upstream?.behind ?? 0) > 0 && calls.some(isPush))
    concerns.add("moved-upstream");
  return [...concerns];
}

/** Why a change of a file is worth a question; null when it is not. */
export function guardFile([found]: readonly ConcernedFile[]): string | null {
  if (found === undefined) return null;
  return found.concern === "conflict"
    ? "it is unmerged"
    : "another live session has uncommitted changes in it";
}
