// A command's write to a task of a source, which is opened without the environment, guarded, and read again afterwards.

import { loadOwnConfig } from "../../config/command-config.ts";
import type { CommandContext } from "../../config/context.ts";
import type { SourceConfig } from "../../config/source-config.ts";
import { codeOf, SitrepError } from "../../core/errors.ts";
import type { ProjectScope, TaskSource } from "../../core/ports.ts";
import { ownSession, refreshNow } from "../local-tasks.ts";
import { createSourcePool, listSources } from "../source-pool.ts";
import { guardedSource, type WriteDeps } from "./guarded-source.ts";

const timeoutMs = 25_000;
/** Refusals that say nothing about the source's tasks. */
const unasked = new Set(["not-supported", "write-not-allowed", "source-unknown"]);

/** The dependencies of guarded writes of a command or a tool. */
export const guardOf = (
  context: CommandContext,
  scope: ProjectScope,
  config: SourceConfig,
  via: "command" | "tool",
): WriteDeps => ({
  files: context.files,
  project: scope.path,
  config,
  author: { session: ownSession(context), via },
});

interface AtSource<T> {
  scope: ProjectScope;
  /** The source's name. */
  name: string;
  /** The id of the recorded write that is undone. */
  undoes?: string;
  work: (source: TaskSource, signal: AbortSignal) => Promise<T>;
}

/** The configuration of a project's source. Throws `source-unknown`, `config-invalid`. */
function sourceNamed(context: CommandContext, scope: ProjectScope, name: string): SourceConfig {
  const all = listSources(loadOwnConfig(context), context.files, scope);
  const found = all.find(({ config }) => config.name === name && config.enabled);
  if (found !== undefined) return found.config;
  throw new SitrepError("source-unknown", `This project has no source "${name}".`);
}

/** Calls `work` with the source, whose writes are guarded. Sends no request itself. */
export async function withSource<T>(
  context: CommandContext,
  { scope, name, undoes, work }: AtSource<T>,
): Promise<T> {
  const config = loadOwnConfig(context);
  const own = sourceNamed(context, scope, name);
  // Without the environment, as in `refreshProject`.
  await using pool = createSourcePool({ files: context.files, config: () => config, env: null });
  const all = await pool.sourcesOf(scope);
  const source = all.map((one) => one.source).find((one) => one.name === name);
  if (source === undefined)
    throw new SitrepError("source-unknown", `There is no source "${name}".`);
  const guarded = guardedSource(source, guardOf(context, scope, own, "command"), undoes);
  return await work(guarded, AbortSignal.timeout(timeoutMs));
}

/** As `withSource`, then refreshes the source, also after a failed write. Calls `onStale` if the refresh fails. */
export async function writeAtSource<T>(
  context: CommandContext,
  asked: AtSource<T>,
  onStale: (error: unknown) => void,
): Promise<T> {
  const { scope, name } = asked;
  const readAgain = async (): Promise<void> => {
    const config = loadOwnConfig(context);
    await using pool = createSourcePool({ files: context.files, config: () => config, env: null });
    const bySession = ownSession(context);
    await refreshNow(context, scope, pool.sourcesOf, { bySession, only: name }).catch(onStale);
  };
  try {
    const value = await withSource(context, asked);
    await readAgain();
    return value;
  } catch (error) {
    if (!unasked.has(codeOf(error))) await readAgain();
    throw error;
  }
}
