// The task sources of each project: opened when they are needed, kept while their configuration stays the same.

import { readKeptSources } from "../config/environment-sources.ts";
import type { StateFiles } from "../config/folders.ts";
import { allowedSources } from "../config/project-file.ts";
import type { Config } from "../config/schema.ts";
import { canPersonSignIn } from "../config/source-address.ts";
import type { SourceConfig } from "../config/source-config.ts";
import type { ConfiguredSource, ProjectScope, TaskSource } from "../core/ports.ts";
import { parseTreeOrigin } from "../core/tree-origin.ts";
import type { PolicyMetrics } from "../http/policy-settings.ts";
import { embeddedSourceName } from "./adapters/embedded.ts";
import { fileIdentity } from "../state/files/file-stats.ts";
import { readPerson as personOf } from "./auth/person.ts";
import { readSubject } from "./credentials.ts";
import {
  createOpener,
  isInTree,
  type OpenedSource,
  type SourceInTree,
  type SourceOpenerDeps,
} from "./source-opener.ts";
import { isSourceFor } from "./source-scope.ts";

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

/** The sources of config.json, the allowed project file and the environment. Later ones replace earlier ones. */
export function listSources(
  config: Config,
  files: Pick<StateFiles, "allowed" | "keptSources">,
  scope: ProjectScope | null,
): ListedSource[] {
  const listed = new Map<string, ListedSource>();
  const put = (from: SourceOrigin, sources: readonly SourceConfig[]): void => {
    for (const one of sources) {
      if (scope === null || isSourceFor(one, scope)) listed.set(one.name, { config: one, from });
    }
  };
  put("config", config.sources);
  if (scope !== null) {
    const own = allowedSources(scope.path, files.allowed).filter((one) => isSourceFor(one, scope));
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

/** True if "sitrep login" can end a refusal: for a person's sign-in, or an MCP server without a sign-in. */
const signsInByLogin = (source: SourceConfig, files: StateFiles): boolean =>
  source.auth === undefined
    ? canPersonSignIn(source) && (source.type === "mcp" || personOf(source, files) !== "")
    : source.auth.type === "login";

export interface SourcePool extends AsyncDisposable {
  /** The enabled sources. One that cannot be opened is included, and fails when it is called. */
  sourcesOf(scope: ProjectScope): Promise<readonly ConfiguredSource[]>;
  /** Metrics of each server since it was opened. */
  metrics(): SourceMetrics[];
  /** The open sources in files, with what to watch. */
  watched(): WatchedSource[];
}

/** A source in files: its working tree, and the files and folders that its response depends on, as absolute paths. */
export interface WatchedSource {
  source: string;
  project: string;
  tree: string;
  paths: readonly string[];
}

export const sourceMetricsKey = "source-metrics";

export interface SourceMetrics {
  source: string;
  project: string;
  calls: PolicyMetrics;
}

function configuredSource(config: SourceConfig, source: TaskSource, files: StateFiles) {
  const { fallback: isFallback, timeoutSeconds = 0, url, auth, pullRequests = true } = config;
  return {
    source,
    isFallback,
    hasLogin: signsInByLogin(config, files),
    isOpen: url !== undefined && auth === undefined,
    readsPulls: pullRequests && auth !== undefined,
    timeoutMs: timeoutSeconds * 1000,
  };
}

export function createSourcePool(deps: SourceOpenerDeps): SourcePool {
  const { files, config } = deps;
  const kept = new Map<string, OpenedSource>();
  const opener = createOpener(deps);

  /** Everything that an opened source depends on, also the store's file: an open connection would go on reading a removed one. */
  function keyOf({ config: one, scope, tree }: SourceInTree): string {
    const { allowInsecureHosts, requestsPerMinute, tokens } = config();
    const limits = [allowInsecureHosts, requestsPerMinute, tokens];
    const store = one.type === "embedded" ? fileIdentity(files.store) : "";
    return JSON.stringify([scope.path, one, limits, readSubject(one, files), store, tree]);
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
      const places = listSources(config(), files, scope)
        .filter((one) => one.config.enabled)
        .flatMap((one) => {
          const trees = isInTree(one.config) ? scope.trees : undefined;
          return (trees ?? [scope.path]).map((tree) => ({ config: one.config, scope, tree }));
        });
      closeOthers(scope.path, new Set(places.map(keyOf)));
      const found: ConfiguredSource[] = [];
      for (const place of places) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        const known = kept.get(keyOf(place)) ?? (await opener.open(place));
        // Computes the key again, because opening creates a missing store.
        kept.set(keyOf(place), known);
        found.push(configuredSource(place.config, known.source, files));
      }
      return found;
    },
    metrics: () =>
      [...kept.values()].flatMap(({ project, source, opened }) =>
        opened === null ? [] : [{ source: source.name, project, calls: opened.metrics() }],
      ),
    watched: () =>
      [...kept.values()].flatMap(({ project, source }) => {
        const tree = parseTreeOrigin(source.origin);
        const paths = source.watched?.() ?? [];
        return tree === null ? [] : [{ source: source.name, project, tree, paths }];
      }),
    [Symbol.asyncDispose]: async () => {
      const closing = [...kept.values()];
      kept.clear();
      await Promise.allSettled(closing.map(({ source }) => source[Symbol.asyncDispose]()));
      opener.close();
    },
  };
}
