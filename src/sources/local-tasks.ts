// The embedded store for the commands. A write also refreshes the project's snapshot, so that the next brief has it.

import { parseSessionId } from "../core/session.ts";
import { touchProject } from "../state/cache/sessions.ts";
import type { ProjectScope } from "../core/ports.ts";
import { wakeMonitor } from "../state/live/lease.ts";
import { refreshTasks, type RefreshDeps, type RefreshResult } from "./refresh.ts";
import { createEmbeddedSource, embeddedSourceName } from "./adapters/embedded.ts";
import { requireUsableStore } from "../store/database/database.ts";
import { orphanedProjects, type OrphanedProject } from "../store/moved-project.ts";
import { openTaskStore, type TaskStore } from "../store/task-store.ts";
import { loadOwnConfig, openCliCache } from "../config/command-config.ts";
import type { CommandContext } from "../config/context.ts";
import { refreshDiscoveryNotice } from "./discovery/discovery-notice.ts";
import { createSourcePool } from "./source-pool.ts";

export type { TaskPatch } from "../store/task-store.ts";
export type { OrphanedProject } from "../store/moved-project.ts";
export type { HistoryStep, StoredChange, TaskStep } from "../store/change.ts";

const timeoutMs = 25_000;

/** The session in which this command runs, if any: its own changes are not news to it. */
export const ownSession = (context: CommandContext): string | null =>
  parseSessionId(context.env["CLAUDE_CODE_SESSION_ID"]);

/** Refreshes sources. With `only`, the others keep their positions. `isPart`: there may be more sources than these. */
export async function refreshNow(
  context: CommandContext,
  scope: ProjectScope,
  sourcesOf: RefreshDeps["sourcesOf"],
  {
    bySession,
    only = null,
    isPart = false,
  }: { bySession: string | null; only?: string | null; isPart?: boolean },
): Promise<RefreshResult[]> {
  const db = openCliCache(context, loadOwnConfig(context));
  try {
    touchProject(db, scope.path, scope.name, Date.now());
    const deps = { db, sourcesOf, now: Date.now, timeoutMs, bySession, isPart };
    return await refreshTasks(deps, scope, { force: true, only });
  } finally {
    db.close();
    wakeMonitor(context.files.live);
  }
}

const openStore = (context: CommandContext): Promise<TaskStore> =>
  openTaskStore(context.files.store, {
    source: embeddedSourceName,
    clock: () => new Date(),
    author: ownSession(context),
  });

/** Calls `onStale` if the cache cannot be written; the next refresh repairs it. */
export async function changeTasks<T>(
  context: CommandContext,
  scope: ProjectScope,
  work: (store: TaskStore) => Promise<T>,
  onStale: (error: unknown) => void = () => undefined,
): Promise<T> {
  const store = await openStore(context);
  await using source = createEmbeddedSource(store, context.files.store);
  const result = await work(store);
  const bySession = ownSession(context);
  try {
    const sourcesOf = async () => [{ source, isFallback: false }];
    await refreshNow(context, scope, sourcesOf, { bySession, isPart: true });
  } catch (error) {
    onStale(error);
  }
  return result;
}

/** Throws the error that a command using the store would throw. */
export const requireOwnStore = (context: CommandContext): void =>
  requireUsableStore(context.files.store);

/** Projects with open tasks whose folders are missing, as `orphanedProjects`; none if the store cannot be read. */
export function findOrphanedProjects(
  { files }: CommandContext,
  newcomer: string | null = null,
): OrphanedProject[] {
  try {
    return orphanedProjects(files.store, newcomer);
  } catch {
    return [];
  }
}

export async function withReadStore<T>(
  context: CommandContext,
  work: (store: TaskStore) => Promise<T>,
): Promise<T> {
  await using store = await openStore(context);
  return await work(store);
}

/** Asks every source of a project now, or only the one of this name; the others keep their positions. */
export async function refreshProject(
  context: CommandContext,
  scope: ProjectScope,
  only: string | null = null,
): Promise<RefreshResult[]> {
  const config = loadOwnConfig(context);
  // Without the environment: this command also runs in sessions, whose variables a repository can set.
  await using pool = createSourcePool({ files: context.files, config: () => config, env: null });
  const results = await refreshNow(context, scope, pool.sourcesOf, { bySession: null, only });
  await refreshProjectNotice(context, scope);
  return results;
}

/** For the next session, possibly the first. After a failure the line is missing until the monitor tries again. */
async function refreshProjectNotice(context: CommandContext, scope: ProjectScope): Promise<void> {
  const config = loadOwnConfig(context);
  const db = openCliCache(context, config);
  await refreshDiscoveryNotice({ db, files: context.files, config, now: Date.now() }, scope)
    .catch(() => undefined)
    .finally(() => db.close());
}
