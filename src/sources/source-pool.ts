// The task sources of each project: opened when they are needed, kept while their configuration stays the same.

import { readKeptSources } from "../config/environment-sources.ts";
import type { Environment, StateFiles } from "../config/folders.ts";
import { allowedSources } from "../config/project-file.ts";
import type { Config } from "../config/schema.ts";
import { isForPeople, originOf } from "../config/source-address.ts";
import type { SourceConfig } from "../config/source-config.ts";
import type { ConfiguredSource, ProjectScope, TaskSource } from "../core/ports.ts";
import type { PolicyMetrics, TakePermit } from "../http/policy-settings.ts";
import type { SharedLimit } from "../http/rate-limit.ts";
import { createEmbeddedSource, embeddedSourceName } from "./adapters/embedded.ts";
import { fileIdentity } from "../state/files/file-stats.ts";
import { subjectOf as personOf } from "./auth/person.ts";
import { sourceContextOf, subjectOf } from "./credentials.ts";
import type { OpenedServer } from "./open-server.ts";
import { createSharedStores } from "./shared-stores.ts";
import { isFor } from "./source-scope.ts";

export type SourceOrigin = "config" | "project" | "environment" | "built-in";

export interface ListedSource {
  config: SourceConfig;
  from: SourceOrigin;
}

const embedded: SourceConfig = {
  name: embeddedSourceName,
  type: "embedded",
  enabled: true,
  fallback: false,
  args: [],
  env: {},
  with: {},
};

/** Of config.json, the allowed project file, the environment. Later ones replace earlier ones. */
export function listSources(
  config: Config,
  files: Pick<StateFiles, "allowed" | "keptSources">,
  scope: ProjectScope | null,
): ListedSource[] {
  const listed = new Map<string, ListedSource>();
  const put = (from: SourceOrigin, sources: readonly SourceConfig[]): void => {
    for (const one of sources) {
      if (scope === null || isFor(one, scope)) listed.set(one.name, { config: one, from });
    }
  };
  put("config", config.sources);
  if (scope !== null) {
    const own = allowedSources(scope.path, files.allowed).filter((one) => isFor(one, scope));
    // Programs of the project's own file start in the project.
    put(
      "project",
      own.map((one) => ({ ...one, projects: [scope.path] })),
    );
  }
  put("environment", readKeptSources(files.keptSources));
  const sources = [...listed.values()];
  const hasEmbedded = sources.some((one) => one.config.type === "embedded");
  return hasEmbedded ? sources : [...sources, { config: embedded, from: "built-in" }];
}

/** True if "sitrep login" can end a refusal: of a person's sign-in, and of an MCP server without any sign-in. */
const signsInByLogin = (source: SourceConfig, files: StateFiles): boolean =>
  source.auth === undefined
    ? isForPeople(source) && (source.type === "mcp" || personOf(source, files) !== "")
    : source.auth.type === "login";

export interface SourcePool extends AsyncDisposable {
  /** Those that are enabled. One that cannot be opened is among them, and fails when it is asked. */
  sourcesOf(scope: ProjectScope): Promise<readonly ConfiguredSource[]>;
  /** Of each server since it was opened. */
  metrics(): SourceMetrics[];
}

export const sourceMetricsKey = "source-metrics";

export interface SourceMetrics {
  source: string;
  project: string;
  calls: PolicyMetrics;
}

export interface PoolDeps {
  files: StateFiles;
  config: () => Config;
  env: Environment | null;
}

interface Kept {
  project: string;
  source: TaskSource;
  opened: OpenedServer | null;
}

/** Stands in for a source that cannot be opened: it keeps its place and its last answer, and says why when it is asked. */
function failingSource(config: SourceConfig, files: StateFiles, error: unknown): TaskSource {
  const isStore = config.type === "embedded";
  return {
    name: config.name,
    origin: isStore ? `file:${files.store}` : originOf(config),
    subject: isStore ? "" : subjectOf(config, files),
    listOpen: () => Promise.reject(error),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

function createOpener({ files, config, env }: PoolDeps) {
  const takeStore = createSharedStores(files.store);
  let limit: SharedLimit | null = null;

  /** Null without a usable file: then nothing is counted across processes. */
  async function sharedPermit(): Promise<TakePermit | null> {
    const { openSharedLimit } = await import("../http/rate-limit.ts");
    try {
      limit ??= openSharedLimit(files.limits);
      return limit.takePermit;
    } catch {
      return null;
    }
  }

  async function open(configured: SourceConfig, scope: ProjectScope): Promise<Kept> {
    const { name, type } = configured;
    const project = scope.path;
    if (type === "embedded") {
      const store = await takeStore(name);
      return { project, source: createEmbeddedSource(store, files.store, name), opened: null };
    }
    // Loaded only now: most commands, and many monitors, have nothing but the embedded store.
    const { openConfigured } = await import("./configured-server.ts");
    const context = sourceContextOf(files, config(), env, await sharedPermit());
    const opened = openConfigured(configured, scope, context);
    return { project, source: opened.source, opened };
  }

  return {
    open: (configured: SourceConfig, scope: ProjectScope): Promise<Kept> =>
      open(configured, scope).catch((error: unknown) => {
        const source = failingSource(configured, files, error);
        return { project: scope.path, source, opened: null };
      }),
    close: (): void => limit?.[Symbol.dispose](),
  };
}

function configuredSource(config: SourceConfig, source: TaskSource, files: StateFiles) {
  const { fallback: isFallback, timeoutSeconds = 0, url, auth } = config;
  return {
    source,
    isFallback,
    hasLogin: signsInByLogin(config, files),
    isOpen: url !== undefined && auth === undefined,
    timeoutMs: timeoutSeconds * 1000,
  };
}

export function createSourcePool(deps: PoolDeps): SourcePool {
  const { files, config } = deps;
  const kept = new Map<string, Kept>();
  const opener = createOpener(deps);

  /** What an opened source depends on. A store that was removed would still be read through its open connection. */
  function keyOf(one: SourceConfig, { path }: ProjectScope): string {
    const { allowInsecureHosts, requestsPerMinute, tokens } = config();
    const limits = [allowInsecureHosts, requestsPerMinute, tokens];
    const place = one.type === "embedded" ? fileIdentity(files.store) : "";
    return JSON.stringify([path, one, limits, subjectOf(one, files), place]);
  }

  function closeOthers(project: string, keys: ReadonlySet<string>): void {
    for (const [key, one] of kept) {
      if (one.project !== project || keys.has(key)) continue;
      kept.delete(key);
      void Promise.resolve(one.source[Symbol.asyncDispose]()).catch(() => undefined);
    }
  }

  return {
    sourcesOf: async (scope) => {
      const listed = listSources(config(), files, scope)
        .map((one) => one.config)
        .filter(({ enabled }) => enabled);
      closeOthers(scope.path, new Set(listed.map((one) => keyOf(one, scope))));
      const found: ConfiguredSource[] = [];
      for (const one of listed) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        const known = kept.get(keyOf(one, scope)) ?? (await opener.open(one, scope));
        // Again, because opening makes a missing store.
        kept.set(keyOf(one, scope), known);
        found.push(configuredSource(one, known.source, files));
      }
      return found;
    },
    metrics: () =>
      [...kept.values()].flatMap(({ project, source, opened }) =>
        opened === null ? [] : [{ source: source.name, project, calls: opened.metrics() }],
      ),
    [Symbol.asyncDispose]: async () => {
      const closing = [...kept.values()];
      kept.clear();
      await Promise.allSettled(closing.map(({ source }) => source[Symbol.asyncDispose]()));
      opener.close();
    },
  };
}
