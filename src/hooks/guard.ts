// Guards: ask the user before a call, if a setting says so. They never allow anything.

import { quotedName } from "../core/quote.ts";
import type { ConcernedFile } from "../core/news/file-news.ts";
import { fileReason, parseGitCalls, gitReasons, noGuards } from "../core/guards.ts";
import type { GuardSettings, GuardedRepository } from "../core/guards.ts";
import { readString } from "../core/read.ts";
import type { HookInput } from "./input.ts";
import {
  findRepository,
  locateSession,
  type SessionLocation,
  type Repository,
} from "../git/repository.ts";
import { changedFile } from "./pre-tool-use.ts";
import { runHookProcess, type HookContext, type HookHandler } from "./hook-process.ts";
import { join } from "node:path";
import { codeOf } from "../core/errors.ts";
import { projectSettings } from "../core/hook-settings.ts";
import { readProjectsOff } from "../config/installation.ts";
import type { GitCaller } from "../git/hardened.ts";
import { readGitState } from "../git/read-state.ts";
import { gitCallEnvironment } from "../git/settings-copy.ts";
import { createSpawnGit } from "../git/spawn-git.ts";
import { cachedSettings } from "../state/cache/brief-facts.ts";
import { findConcerns, pathWithin, readSessionFiles } from "../state/live/watched-files.ts";
import { closing } from "../state/sqlite/sqlite.ts";
import { openHookCache } from "./cache-reader.ts";

export type GuardDeps = ReturnType<typeof guardDeps>;

async function reasonsOfCommand(deps: GuardDeps, input: HookInput): Promise<string[]> {
  const calls = parseGitCalls(readString(input.toolInput?.["command"]) ?? "");
  if (!calls.some(({ verb }) => verb === "commit" || verb === "push")) return [];
  const place = deps.locate(input.cwd);
  const guards = deps.guards(place.project);
  const needsUpstream = guards.movedUpstream && calls.some(({ verb }) => verb === "push");
  const upstream = needsUpstream ? await deps.upstream(place) : null;
  return gitReasons(calls, guards, { branch: place.branch, upstream });
}

async function reasonsOfEdit(deps: GuardDeps, input: HookInput): Promise<string[]> {
  const file = changedFile(input);
  if (file === null) return [];
  const place = deps.locate(input.cwd);
  const path = pathWithin(place.worktree, file);
  if (path === null || !deps.guards(place.project).edit) return [];
  const { sessionId } = input;
  const found = sessionId === null ? [] : deps.concerns(sessionId, place.worktree, path);
  const isUnmerged = found.length === 0 && (await deps.isUnmerged(place, path));
  const reason = isUnmerged ? "it is unmerged" : fileReason(found);
  return reason === null ? [] : [`${quotedName(path, 120)}: ${reason}`];
}

export const createGuard =
  (deps: GuardDeps): HookHandler =>
  async (input) => {
    const isShell = input.toolName === "Bash";
    const reasons = await (isShell ? reasonsOfCommand : reasonsOfEdit)(deps, input);
    if (reasons.length === 0) return { context: null };
    return { context: null, question: `Sitrep guard: ${reasons.join("; ")}.` };
  };

const deadlineMs = 950;
const gitTimeBoxMs = 250;

/** Unreadable settings ask nothing: a guard reminds, and must not be in the way. */
function guardsOf({ files, report }: HookContext, project: string): GuardSettings {
  if (readProjectsOff(files.projectsOff).includes(project)) return noGuards;
  try {
    const settings = closing(openHookCache(files.cache), cachedSettings);
    const { off, guards } = projectSettings(settings, project);
    return off ? noGuards : guards;
  } catch (error) {
    report(codeOf(error));
    return noGuards;
  }
}

/** Asks git about a working folder; null if git cannot be asked or does not answer. */
async function askGit<T>(
  { git: program, report }: HookContext,
  { worktree }: SessionLocation,
  ask: (repository: Repository, git: GitCaller) => Promise<T>,
): Promise<T | null> {
  const repository = findRepository(worktree);
  if (repository === null || program === null) return null;
  try {
    const run = createSpawnGit(program);
    return await ask(repository, { program, run, timeoutMs: gitTimeBoxMs });
  } catch (error) {
    report(codeOf(error));
    return null;
  }
}

export function guardDeps(context: HookContext) {
  const { live } = context.files;
  return {
    locate: (cwd: string | null): SessionLocation => locateSession(cwd),
    guards: (project: string) => guardsOf(context, project),
    concerns: (sessionId: string, root: string, path: string): readonly ConcernedFile[] => {
      const watched = readSessionFiles(live, sessionId);
      return watched?.own.worktree === root ? findConcerns(live, watched, path, Date.now()) : [];
    },
    upstream: (place: SessionLocation): Promise<GuardedRepository["upstream"]> =>
      askGit(context, place, async (repository, git) => {
        return (await readGitState(repository, { ...git, extent: "status" })).upstream;
      }),
    isUnmerged: async (place: SessionLocation, path: string): Promise<boolean> => {
      const file = `:(literal)${join(place.worktree, path)}`;
      const listed = await askGit(context, place, async (repository, git) => {
        const { env } = await gitCallEnvironment(repository, git);
        const call = { cwd: place.worktree, env, timeoutMs: git.timeoutMs };
        return git.run(["ls-files", "--unmerged", "-z", "--", file], call);
      });
      return listed !== null && listed !== "";
    },
  };
}

export const runGuard = (): Promise<void> =>
  runHookProcess("PreToolUse", deadlineMs, (context) => createGuard(guardDeps(context)));
