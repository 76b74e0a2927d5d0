// A project's sources, for the commands that list, find and open them.

import { SourceConfig } from "../../config/source-config.ts";
import { SitrepError } from "../../core/errors.ts";
import type { ProjectScope } from "../../core/ports.ts";
import type { SourceView } from "../../core/brief/source-view.ts";
import { loadOwnConfig, loadHookSettings } from "../../config/command-config.ts";
import { readCache, type CommandContext } from "../../config/context.ts";
import { readSourceViews } from "../../state/cache/source-views.ts";
import { readSignInStatus, type SignInStatus } from "../../sources/auth/person.ts";
import { createSourceContext, type SourceContext } from "../../sources/credentials.ts";
import { listSources, type ListedSource } from "../../sources/source-pool.ts";
import { openSharedLimit } from "../../http/rate-limit.ts";

/** Throws `config-invalid`. */
export const listProjectSources = (context: CommandContext, scope: ProjectScope): ListedSource[] =>
  listSources(loadOwnConfig(context), context.files, scope);

/** Lists the sources of all projects, except those in a project's own file. Throws `config-invalid`. */
export const listAllSources = (context: CommandContext): ListedSource[] =>
  listSources(loadOwnConfig(context), context.files, null);

/** Returns the cached state and up to `most` tasks of each source of a project; [] if the cache cannot be read. */
export function readCachedViews(
  context: CommandContext,
  { path: project, branch = null, trees: [worktree = project] = [] }: ProjectScope,
  most: number = Number.POSITIVE_INFINITY,
): SourceView[] {
  try {
    const { tasks: limits } = loadHookSettings(context, loadOwnConfig(context));
    const which = { project, worktree, branch, now: Date.now(), limits, most };
    return readCache(context, (db) => readSourceViews(db, which));
  } catch {
    return [];
  }
}

/** Lists the sources whose last refresh failed, with the error codes. */
export const listSourceFailures = (context: CommandContext, scope: ProjectScope) =>
  readCachedViews(context, scope, 0).flatMap(({ source, failure }) =>
    failure === null ? [] : [{ source, code: failure.code }],
  );

export interface ListedWithSignIn extends ListedSource {
  /** Null when nobody is signed in. */
  signIn: SignInStatus | null;
}

/** Throws `config-invalid`. */
export const listWithSignIns = (
  context: CommandContext,
  scope: ProjectScope | null,
): Promise<ListedWithSignIn[]> => {
  const config = loadOwnConfig(context);
  const known = createSourceContext(context.files, config, context.env, null);
  return Promise.all(
    listSources(config, context.files, scope).map(async (one) => ({
      ...one,
      // A record that other users can read is not used; `source test` reports it.
      signIn: await readSignInStatus(one.config, known).catch(() => null),
    })),
  );
};

/** Throws `source-unknown`. */
export function findSource(
  context: CommandContext,
  scope: ProjectScope,
  name: string,
): SourceConfig {
  const all = listProjectSources(context, scope);
  const found = all.find(({ config }) => config.name === name);
  if (found !== undefined) return found.config;
  throw new SitrepError("source-unknown", `This project has no source "${name}".`, {
    hint: `It has: ${all.map(({ config }) => config.name).join(", ")}.`,
  });
}

/** The project for which a source is opened, and the context it is opened with. */
export interface Opening {
  scope: ProjectScope;
  sources: SourceContext;
}

/** Calls `work` with the context for opening sources, which uses the environment of the command. */
export async function withSourceContext<T>(
  context: CommandContext,
  work: (sources: SourceContext) => Promise<T>,
): Promise<T> {
  const config = loadOwnConfig(context);
  using limit = openSharedLimit(context.files.limits);
  return await work(createSourceContext(context.files, config, context.env, limit.takePermit));
}
