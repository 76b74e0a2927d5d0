// Guards: asks the user before a call, where a switch of the configuration says so. It never allows anything.

import { cleanText } from "../core/fence.ts";
import type { WatchedFiles } from "../core/file-news.ts";
import { gitCallsIn, guardFile, guardGitCalls } from "../core/guards.ts";
import type { GuardConcern, GuardSettings, GuardedRepository } from "../core/guards.ts";
import { readString } from "../core/read.ts";
import type { HookInput } from "./input.ts";
import type { Place } from "./ports.ts";
import { changedFile } from "./pre-tool-use.ts";
import type { HookHandler } from "./runner.ts";

export interface GuardDeps {
  locate: (cwd: string | null) => Place;
  /** The guards that are on in a project. */
  guards: (project: string) => GuardSettings;
  /** The upstream as git knows it now; null where it cannot be said. */
  upstream: (place: Place) => Promise<GuardedRepository["upstream"]>;
  files: (sessionId: string) => WatchedFiles | null;
  /** True when git holds the file (from the root of the working tree) as unmerged. */
  isUnmerged: (place: Place, path: string) => Promise<boolean>;
  pathWithin: (root: string, file: string) => string | null;
}

function reasonOf(concern: GuardConcern, { branch, upstream }: GuardedRepository): string {
  switch (concern) {
    case "protected-branch":
      return `this commits on the protected branch ${cleanText(branch ?? "", 80)}`;
    case "force-push":
      return "this push can overwrite commits of others";
    case "moved-upstream": {
      const behind = upstream?.behind ?? 0;
      const commits = `${behind} ${behind === 1 ? "commit" : "commits"}`;
      return `${cleanText(upstream?.name ?? "", 80)} has ${commits} that this branch has not`;
    }
    case "file":
      return "others are changing this file";
  }
}

async function gitReasons(deps: GuardDeps, input: HookInput): Promise<string[]> {
  const command = input.toolName === "Bash" ? readString(input.toolInput?.["command"]) : undefined;
  const calls = gitCallsIn(command ?? "");
  if (!calls.some(({ verb }) => verb === "commit" || verb === "push")) return [];
  const place = deps.locate(input.cwd);
  const guards = deps.guards(place.project);
  const needsUpstream = guards.movedUpstream && calls.some(({ verb }) => verb === "push");
  const upstream = needsUpstream ? await deps.upstream(place) : null;
  const repository = { branch: place.branch, upstream };
  return guardGitCalls(calls, guards, repository).map((one) => reasonOf(one, repository));
}

async function fileReasons(deps: GuardDeps, input: HookInput): Promise<string[]> {
  const file = changedFile(input);
  if (file === null) return [];
  const place = deps.locate(input.cwd);
  const path = deps.pathWithin(place.worktree, file);
  if (path === null || !deps.guards(place.project).edit) return [];
  const watched = input.sessionId === null ? null : deps.files(input.sessionId);
  const why = guardFile(watched?.root === place.worktree ? watched : null, path);
  if (why !== null) return [`${cleanText(path, 120)}: ${why}`];
  return (await deps.isUnmerged(place, path)) ? [`${cleanText(path, 120)}: it is unmerged`] : [];
}

export function createGuard(deps: GuardDeps): HookHandler {
  return async (input) => {
    const reasons =
      input.toolName === "Bash" ? await gitReasons(deps, input) : await fileReasons(deps, input);
    if (reasons.length === 0) return { context: null };
    return { context: null, question: `Sitrep, a guard of yours: ${reasons.join("; ")}.` };
  };
}
