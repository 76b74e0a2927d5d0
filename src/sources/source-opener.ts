// Opens a source by its settings: the embedded store, the files of a working tree, or a server.

import type { Environment, StateFiles } from "../config/folders.ts";
import { trustedEnvironment } from "../config/installation.ts";
import type { Config } from "../config/schema.ts";
import { sourceOrigin } from "../config/source-address.ts";
import type { SourceConfig } from "../config/source-config.ts";
import type { ProjectScope, TaskSource } from "../core/ports.ts";
import { treeOrigin } from "../core/tree-origin.ts";
import { locate } from "../git/repository.ts";
import type { TakePermit } from "../http/policy-settings.ts";
import type { SharedLimit } from "../http/rate-limit.ts";
import { createEmbeddedSource } from "./adapters/embedded.ts";
import { createSourceContext, readSubject } from "./credentials.ts";
import type { OpenedServer } from "./open-server.ts";
import { createSharedStores } from "./shared-stores.ts";

export interface SourceOpenerDeps {
  files: StateFiles;
  config: () => Config;
  env: Environment | null;
}

export interface OpenedSource {
  project: string;
  source: TaskSource;
  opened: OpenedServer | null;
}

/** A source in one of the project's working trees. Each tree has its own files; a server is the same for all. */
export interface SourceInTree {
  config: SourceConfig;
  scope: ProjectScope;
  tree: string;
}

/** True for a list read from files, of which each working tree has its own; false for a program's list. */
export const isInTree = ({ type, command }: SourceConfig): boolean =>
  type === "file" && command === undefined;

/** Opens the files of one working tree, or the program that reads them. Throws `config-invalid`. */
export async function openFiles(
  config: SourceConfig,
  tree: string,
  env: Environment,
): Promise<TaskSource> {
  if (!isInTree(config)) {
    const { openBeadsProgram } = await import("./files/beads-program.ts");
    return openBeadsProgram(config, env);
  }
  // Loaded only now: the parsers take memory.
  const { openTaskFile } = await import("./files/open-task-file.ts");
  return openTaskFile(config, tree, (folder) => locate(folder)?.branch ?? null);
}

function originAt({ config, tree }: SourceInTree, files: StateFiles): string {
  if (isInTree(config)) return treeOrigin(tree);
  return config.type === "embedded" ? `file:${files.store}` : sourceOrigin(config);
}

/** Replaces a source that cannot be opened: it keeps its position and its last response, and each call throws the reason. */
function failingSource(place: SourceInTree, files: StateFiles, error: unknown): TaskSource {
  const { config } = place;
  const hasServer = config.type !== "embedded" && config.type !== "file";
  return {
    name: config.name,
    origin: originAt(place, files),
    subject: hasServer ? readSubject(config, files) : "",
    listOpen: () => Promise.reject(error),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

export function createOpener({ files, config, env }: SourceOpenerDeps) {
  const takeStore = createSharedStores(files.store);
  let limit: SharedLimit | null = null;

  /** Null without a usable file; then requests are not counted across processes. */
  async function sharedPermit(): Promise<TakePermit | null> {
    const { openSharedLimit } = await import("../http/rate-limit.ts");
    try {
      limit ??= openSharedLimit(files.limits);
      return limit.takePermit;
    } catch {
      return null;
    }
  }

  async function open({ config: configured, scope, tree }: SourceInTree): Promise<OpenedSource> {
    const { name, type } = configured;
    const project = scope.path;
    if (type === "file") {
      const own = trustedEnvironment(env, files.installation);
      return { project, source: await openFiles(configured, tree, own), opened: null };
    }
    if (type === "embedded") {
      const store = await takeStore(name);
      return { project, source: createEmbeddedSource(store, files.store, name), opened: null };
    }
    // Loaded only now: most commands, and many monitors, have nothing but the embedded store.
    const { openConfigured } = await import("./configured-server.ts");
    const context = createSourceContext(files, config(), env, await sharedPermit());
    const opened = openConfigured(configured, scope, context);
    return { project, source: opened.source, opened };
  }

  return {
    open: (place: SourceInTree): Promise<OpenedSource> =>
      open(place).catch((error: unknown) => {
        const source = failingSource(place, files, error);
        return { project: place.scope.path, source, opened: null };
      }),
    close: (): void => limit?.[Symbol.dispose](),
  };
}
