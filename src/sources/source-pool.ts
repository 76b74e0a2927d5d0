// The configured task sources of each project: opened when they are needed, kept while they are configured so.

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

/** Where a source was found. */
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

const isFor = ({ projects }: SourceConfig, { path, name }: ProjectScope): boolean =>
  projects === undefined || projects.includes(path) || projects.includes(name);

/**
 * The sources of a project in their order, also those that are switched off: config.json, then what environment
 * variables named, then the project's own file where it is allowed. A later one takes the place of one of the same name.
 */
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
    // Its file is the project's own: so are its programs.
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

/** True where a refusal is ended by "sitrep login": by people's sign-ins, and at MCP servers that are set to nothing. */
const signsInByLogin = (source: SourceConfig, files: StateFiles): boolean =>
  source.auth === undefined
    ? isForPeople(source) && (source.type === "mcp" || personOf(source, files) !== "")
    : source.auth.type === "login";

export interface SourcePool extends AsyncDisposable {
  /** Those that are switched on. One that cannot be opened is there and fails when it is asked. */
  sourcesOf(scope: ProjectScope): Promise<readonly ConfiguredSource[]>;
  /** Of each server since it was opened, by the source's name and its project. */
  metrics(): SourceMetrics[];
}

/** The key of the cache entry in which the monitor keeps its metrics. */
export const sourceMetricsKey = "source-metrics";

/** What calling a server came to. */
export interface SourceMetrics {
  source: string;
  project: string;
  calls: PolicyMetrics;
}

export interface PoolDeps {
  files: StateFiles;
  config: () => Config;
  /** The environment of a command that a person typed; null in the monitor. */
  env: Environment | null;
}

interface Kept {
  project: string;
  source: TaskSource;
  opened: OpenedServer | null;
}

export function createSourcePool({ files, config, env }: PoolDeps): SourcePool {
  const kept = new Map<string, Kept>();
  const takeStore = createSharedStores(files.store);
  let limit: SharedLimit | null = null;

  /** Null without a usable file: then nothing is counted across processes. */
  const sharedPermit = async (): Promise<TakePermit | null> => {
    const { openSharedLimit } = await import("../http/rate-limit.ts");
    try {
      limit ??= openSharedLimit(files.limits);
      return limit.takePermit;
    } catch {
      return null;
    }
  };
  /** What cannot be opened keeps its place and its last good answer, and says why when it is asked. */
  const open = async (configured: SourceConfig, scope: ProjectScope): Promise<Kept> => {
    const { name, type } = configured;
    const project = scope.path;
    try {
      if (type === "embedded") {
        const store = await takeStore(name);
        return { project, source: createEmbeddedSource(store, files.store, name), opened: null };
      }
      // Loaded when there is such a source: most commands, and many monitors, have the embedded store alone.
      const { openConfigured } = await import("./configured-server.ts");
      const context = sourceContextOf(files, config(), env, await sharedPermit());
      const opened = openConfigured(configured, scope, context);
      return { project, source: opened.source, opened };
    } catch (error) {
      const isStore = type === "embedded";
      const source: TaskSource = {
        name,
        origin: isStore ? `file:${files.store}` : originOf(configured),
        subject: isStore ? "" : subjectOf(configured, files),
        listPending: () => Promise.reject(error),
        [Symbol.asyncDispose]: async () => undefined,
      };
      return { project, source, opened: null };
    }
  };
  /** Closes what a project had before its configuration changed. */
  const closeOthers = (project: string, keys: ReadonlySet<string>): void => {
    for (const [key, one] of kept) {
      if (one.project !== project || keys.has(key)) continue;
      kept.delete(key);
      void Promise.resolve(one.source[Symbol.asyncDispose]()).catch(() => undefined);
    }
  };

  return {
    sourcesOf: async (scope) => {
      const listed = listSources(config(), files, scope).filter((one) => one.config.enabled);
      const { allowInsecureHosts, requestsPerMinute, tokens } = config();
      const limits = [allowInsecureHosts, requestsPerMinute, tokens];
      // A store that was removed under an open connection would be read for ever.
      const placeOf = ({ type }: SourceConfig): string =>
        type === "embedded" ? fileIdentity(files.store) : "";
      const keyOf = (one: SourceConfig): string =>
        JSON.stringify([scope.path, one, limits, subjectOf(one, files), placeOf(one)]);
      closeOthers(scope.path, new Set(listed.map((one) => keyOf(one.config))));
      const found: ConfiguredSource[] = [];
      for (const one of listed) {
        const key = keyOf(one.config);
        const known = kept.get(key) ?? (await open(one.config, scope));
        // Opening it has made a store that was missing.
        kept.set(keyOf(one.config), known);
        const hasLogin = signsInByLogin(one.config, files);
        const { fallback: isFallback, timeoutSeconds = 0, url, auth } = one.config;
        const isOpen = url !== undefined && auth === undefined;
        const timeoutMs = timeoutSeconds * 1000;
        found.push({ source: known.source, isFallback, hasLogin, isOpen, timeoutMs });
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
      limit?.[Symbol.dispose]();
    },
  };
}
