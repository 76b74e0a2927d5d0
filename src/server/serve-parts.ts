// What a task server is started with.

import type { ApiKeys } from "../store/api-keys.ts";
import type { TokenSettings } from "./access/token-settings.ts";
import type { TaskBackend } from "./backend.ts";
import type { MakeServer } from "./mcp/http-endpoint.ts";
import type { ServerLog } from "./observe/log.ts";
import type { Gauges } from "./observe/metrics.ts";

export interface ServeSettings {
  readonly version: string;
  readonly host: string;
  readonly port: number;
  readonly tls: { readonly cert: string; readonly key: string } | null;
  readonly isBehindProxy: boolean;
  /** Names that the server answers to besides its own. */
  readonly allowedHosts: readonly string[];
  readonly publicUrl: string | null;
  readonly tokens: TokenSettings;
  /** Of a principal; 0 for no limit. */
  readonly requestsPerMinute: number;
  /** How long results of reads are kept; 0 for not at all. */
  readonly toolCacheMs: number;
  /** How long requests under way may take when the server goes down. */
  readonly stopWithinMs: number;
}

export interface ServeParts {
  /** Stays the caller's. */
  readonly backend: TaskBackend;
  readonly keys: ApiKeys;
  readonly log: ServerLog;
  readonly breaker: () => Gauges["breaker"];
  /** The machine's own name. */
  readonly machine: string;
  /** Monotonic milliseconds. */
  readonly clock: () => number;
  /** In place of the task tools: for the tests of the transports. */
  readonly makeServer?: MakeServer;
}
