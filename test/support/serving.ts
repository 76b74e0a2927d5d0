// Starts a task server on a free port of loopback, with its keys in an SQLite store and a readable log.

import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { TaskBackend } from "../../src/server/backend.ts";
import { createKey, hashKey } from "../../src/server/access/keys.ts";
import { createServerLog } from "../../src/server/observe/server-log.ts";
import { startHttpServer } from "../../src/server/task-server.ts";
import type { ServerSettings } from "../../src/server/settings.ts";
import type { ServerParts } from "../../src/server/task-server.ts";
import { createApiKeys } from "../../src/store/api-keys.ts";
import type { ApiKeys, KeyHolder } from "../../src/store/api-keys.ts";
import { openStore } from "../../src/store/database/database.ts";
import { createMemoryBackend } from "./memory-backend.ts";
import { temporaryFolder } from "./temporary.ts";

export interface ServingSources {
  readonly url: string;
  readonly metricsUrl: string | null;
  readonly keys: ApiKeys;
  readonly backend: TaskBackend;
  /** The lines of the log, parsed. */
  readonly log: Record<string, unknown>[];
  /** Returns the exact text of the log. */
  readonly logText: () => string;
  /** Adds a key and returns it. */
  addKey(holder?: Partial<KeyHolder>): Promise<string>;
  stop(): Promise<boolean>;
}

export const noTokens: ServerSettings["tokens"] = {
  issuer: null,
  audiences: [],
  jwksUrl: null,
  secret: null,
  organizationClaims: ["organization_id", "org_id"],
  organization: null,
};

export const serveSettings: ServerSettings = {
  version: "0.0.0",
  host: "127.0.0.1",
  port: 0,
  tls: null,
  isBehindProxy: false,
  opensTo: "nobody",
  allowedHosts: [],
  publicUrl: null,
  tools: undefined,
  tokens: noTokens,
  requestsPerMinute: 0,
  toolCacheMs: { all: 0, byTool: new Map() },
  webSocket: { pingMs: 30_000, largestMessageBytes: 4 * 1024 * 1024 },
  connectionsPerKey: 64,
  stopWithinMs: 2000,
  drainMs: 0,
  metricsAddress: null,
  board: { identity: null, sessionMs: 8 * 60 * 60 * 1000 },
};

export interface ServingOptions {
  settings?: Partial<ServerSettings>;
  parts?: Partial<ServerParts>;
  /** Adds keys before the server starts. */
  prepare?: (keys: ApiKeys) => Promise<void>;
}

let lastKey = 0;

export const aHolder = (holder: Partial<KeyHolder> = {}): KeyHolder => ({
  name: `key-${(lastKey += 1)}`,
  organization: "acme",
  user: "ada",
  permissions: ["tools", "resources"],
  mayActAs: false,
  inAnyOrganization: false,
  rateLimit: null,
  metadata: {},
  ...holder,
});

export async function addKey(keys: ApiKeys, holder: Partial<KeyHolder> = {}): Promise<string> {
  const key = createKey();
  await keys.add([{ ...aHolder(holder), hash: hashKey(key) }], new Date());
  return key;
}

/** Opens the keys of a new store. */
export async function openKeys(): Promise<ApiKeys> {
  const store = await openStore({ file: join(temporaryFolder(), "tasks.db") });
  onTestFinished(() => store[Symbol.asyncDispose]());
  return createApiKeys(store);
}

/** Starts a server that admits every user of this machine without a key. */
export const startOpen = (options: ServingOptions = {}): Promise<ServingSources> =>
  startServing({ ...options, settings: { opensTo: "machine", ...options.settings } });

export async function startServing(options: ServingOptions = {}): Promise<ServingSources> {
  const keys = options.parts?.keys ?? (await openKeys());
  await options.prepare?.(keys);
  const lines: string[] = [];
  const backend = options.parts?.backend ?? createMemoryBackend();
  const server = await startHttpServer(
    { ...serveSettings, ...options.settings },
    {
      backend,
      keys,
      store: null,
      webSessions: null,
      log: createServerLog("info", { write: (line) => void lines.push(line) }),
      breaker: () => "off",
      ...options.parts,
    },
  );
  let stopping: Promise<boolean> | null = null;
  const stop = (): Promise<boolean> => (stopping ??= server.stop());
  onTestFinished(async () => void (await stop()));
  return {
    url: server.url,
    metricsUrl: server.metricsUrl,
    keys,
    backend,
    get log() {
      return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    },
    logText: () => lines.join(""),
    addKey: (holder) => addKey(keys, holder),
    stop,
  };
}
