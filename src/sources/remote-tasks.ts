// A server's task for the commands: changed there, then read again.

import type { ProjectScope, TaskUpdate } from "../core/ports.ts";
import type { Task } from "../core/task/task.ts";
import { configOf } from "../config/command-config.ts";
import type { CommandContext } from "../config/context.ts";
import { ownSession, refreshNow } from "./local-tasks.ts";
import { createSourcePool } from "./source-pool.ts";

const timeoutMs = 25_000;

/**
 * Gives a server's task another status, once, then asks the server again; `onStale` hears why if that failed. Null if its
 * adapter cannot change tasks. Throws `SourceError`.
 */
export async function updateAtSource(
  context: CommandContext,
  scope: ProjectScope,
  task: Task,
  update: TaskUpdate,
  onStale: (error: unknown) => void,
): Promise<Task | null> {
  const config = configOf(context);
  // Without the environment, as in `refreshProject`.
  await using pool = createSourcePool({ files: context.files, config: () => config, env: null });
  const sources = await pool.sourcesOf(scope);
  const source = sources.map((one) => one.source).find(({ name }) => name === task.source);
  if (source?.update === undefined) return null;
  const answer = await source.update(scope, task.id, update, AbortSignal.timeout(timeoutMs));
  try {
    await refreshNow(context, scope, sources, {
      bySession: ownSession(context),
      only: source.name,
    });
  } catch (error) {
    onStale(error);
  }
  return answer ?? { ...task, status: update.status };
}
