// Guards look only at the text of a command: they remind, and are not a security boundary.

import { commitsText } from "./brief/change-lines.ts";
import type { ConcernedFile } from "./news/file-news.ts";
import { quotedName } from "./quote.ts";

export interface GuardSettings {
  commit: boolean;
  forcePush: boolean;
  movedUpstream: boolean;
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

export interface GitCall {
  verb: string;
  args: readonly string[];
}

const maxCommandLength = 16_384;
/** Options of git itself whose value is the next word. */
const optionsWithValue = new Set(["-C", "-c", "--git-dir", "--work-tree", "--namespace"]);

/** The words of each simple command: split at the shell's operators, without quotes, nothing expanded. */
function simpleCommands(command: string): string[][] {
  const commands: string[][] = [[]];
  const pattern = /\s+|&&|\|\||[;&|()\n]|(?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s;&|()"'\\])+|./gs;
  for (const [token] of command.slice(0, maxCommandLength).matchAll(pattern)) {
    if (/^(?:&&|\|\||[;&|()])$/.test(token) || token.includes("\n")) commands.push([]);
    else if (token.trim() !== "")
      commands.at(-1)?.push(token.replace(/"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/gs, "$1$2$3"));
  }
  return commands.filter((words) => words.length > 0);
}

export const parseGitCalls = (command: string): GitCall[] =>
  simpleCommands(command).flatMap((words) => {
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

export interface GuardedRepository {
  branch: string | null;
  upstream: { name: string; behind: number } | null;
}

const isPush = ({ verb, args }: GitCall): boolean =>
  verb === "push" && !args.some((arg) => arg === "--dry-run" || arg === "-n");

export function gitReasons(
  calls: readonly GitCall[],
  guards: GuardSettings,
  { branch, upstream }: GuardedRepository,
): string[] {
  const reasons: string[] = [];
  const isProtected = branch !== null && guards.protectedBranches.includes(branch);
  if (guards.commit && isProtected && calls.some(({ verb }) => verb === "commit"))
    reasons.push(`this commits to the protected branch ${quotedName(branch, 80)}`);
  if (guards.forcePush && calls.some(isForcePush))
    reasons.push("this push can overwrite others' commits");
  const { name, behind } = upstream ?? { name: "", behind: 0 };
  if (guards.movedUpstream && behind > 0 && calls.some(isPush))
    reasons.push(`${quotedName(name, 80)} has ${commitsText(behind)} that this branch lacks`);
  return reasons;
}

export function fileReason([found]: readonly ConcernedFile[]): string | null {
  if (found === undefined) return null;
  return found.concern === "conflict"
    ? "it is unmerged"
    : "another live session has uncommitted changes in it";
}
