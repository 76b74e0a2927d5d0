// The embedded store for the commands: every write also refreshes the project's snapshot, so that the next brief has it.

import { sessionIdOf } from "../core/session.ts";
import { touchProject } from "../cache/sessions.ts";
import type { ProjectScope } from "../core/ports.ts";
import { wakeMonitor } from "../live/lease.ts";
import { refreshTasks } from "../monitor/refresh.ts";
import type { RefreshResult } from "../monitor/refresh.ts";
import { createEmbeddedSource, embeddedSourceName } from "../sources/embedded.ts";
import { openTaskStore } from "../store/task-store.ts";
import type { TaskStore } from "../store/task-store.ts";
import { configOf, openCliCache } from "./cli-world.ts";
import type { CliWorld } from "./cli-world.ts";
import { createSourcePool } from "./sources/sources.ts";

const timeoutMs = 25_000;

/** The session of the client in which this command runs, if any: it is not told its own changes as news. */
const ownSession = (world: CliWorld): string | null =>
  sessionIdOf(world.env["CLAUDE_CODE_SESSION_ID"]);

/** Gives `work` the store, then refreshes the embedded source's snapshot of the project. */
export async function changeTasks<T>(
  world: CliWorld,
  scope: ProjectScope,
  work: (store: TaskStore) => Promise<T>,
): Promise<T> {
  const store = await openTaskStore(world.files.store, embeddedSourceName, () => new Date());
  await using source = createEmbeddedSource(store, world.files.store);
  const result = await work(store);
  const db = openCliCache(world, configOf(world));
  try {
    touchProject(db, scope.path, scope.name, Date.now());
    const bySession = ownSession(world);
    const configured = [{ source, isFallback: false }];
    const sourcesOf = async () => configured;
    const deps = { db, sourcesOf, now: Date.now, timeoutMs, bySession };
    await refreshTasks(deps, scope, { force: true });
  } finally {
    db.close();
  }
  wakeMonitor(world.files.live);
  return result;
}

/** Gives `work` the store to read from. */
export async function readTasks<T>(
  world: CliWorld,
  work: (store: TaskStore) => Promise<T>,
): Promise<T> {
  await using store = await openTaskStore(world.files.store, embeddedSourceName, () => new Date());
  return await work(store);
}

/** Asks every source of a project now. */
export async function refreshProject(
  world: CliWorld,
  scope: ProjectScope,
): Promise<RefreshResult[]> {
  const config = configOf(world);
  // Without the environment: this command also runs inside sessions, whose variables a repository can set.
  await using pool = createSourcePool({ files: world.files, config: () => config, env: null });
  const db = openCliCache(world, config);
  try {
    touchProject(db, scope.path, scope.name, Date.now());
    const { sourcesOf } = pool;
    const deps = { db, sourcesOf, now: Date.now, timeoutMs, bySession: null };
    return await refreshTasks(deps, scope, { force: true });
  } finally {
    db.close();
    wakeMonitor(world.files.live);
  }
}
