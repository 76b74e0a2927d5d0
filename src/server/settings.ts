// The settings of `sitrep serve`: option, then environment variable, then default. Each mistake names its option or variable.

import * as z from "zod";
import {
  hostPortText,
  invalidVariable,
  listText,
  numberText,
  readVariables,
  variable,
  wordText,
} from "../config/environment.ts";
import { readToolGroups, toolGroupsText } from "../config/config-file.ts";
import type { Environment } from "../config/folders.ts";
import { logLevels, type ToolGroup } from "../config/schema.ts";
import { version } from "../config/version.ts";
import { SitrepError } from "../core/errors.ts";
import { requireCheckedTls } from "../http/checked-tls.ts";
import { smallestSecretBytes, type TokenSettings } from "./access/verify-token.ts";
import { boardSettings, type BoardSettings } from "./board/board-settings.ts";
import { isSafeAddress } from "./http/host-check.ts";
import type { ListenSettings, PortAddress } from "./http/listener.ts";
import type { UnauthenticatedAccess } from "./safe-start.ts";
import { readTlsFiles } from "./tls-files.ts";
import type { WebSocketLimits } from "./mcp/websocket.ts";
import type { ToolCacheTimes } from "./tool-result-cache.ts";

export interface ServeFlags {
  host?: string;
  port?: string;
  tlsCert?: string;
  tlsKey?: string;
  behindProxy?: boolean;
  allowedHost?: string[];
  publicUrl?: string;
  tools?: string;
  open?: Exclude<UnauthenticatedAccess, "nobody">;
}

export interface ServerSettings extends ListenSettings {
  readonly version: string;
  readonly isBehindProxy: boolean;
  readonly opensTo: UnauthenticatedAccess;
  readonly allowedHosts: readonly string[];
  readonly publicUrl: string | null;
  /** Undefined: all groups. */
  readonly tools: readonly ToolGroup[] | undefined;
  readonly tokens: TokenSettings;
  readonly requestsPerMinute: number;
  readonly toolCacheMs: ToolCacheTimes;
  readonly webSocket: WebSocketLimits;
  /** Most WebSockets and streams at once for a key, or for an address without a key. */
  readonly connectionsPerKey: number;
  readonly stopWithinMs: number;
  /** How long the server goes on after a stop signal while `/readyz` answers 503. */
  readonly drainMs: number;
  readonly metricsAddress: PortAddress | null;
  readonly board: BoardSettings;
}

const daySeconds = 24 * 60 * 60;

const safeAddress = z.string().refine(isSafeAddress, {
  error: "must be an https URL",
  params: { hint: "http is allowed only for an address on this machine." },
});

const tokenVariables = {
  SITREP_ISSUER: safeAddress.nullable().default(null),
  SITREP_JWKS_URL: safeAddress.nullable().default(null),
  SITREP_AUDIENCE: listText.default([]),
  SITREP_ORGANIZATION: z.string().nullable().default(null),
  SITREP_ORGANIZATION_CLAIM: z.string().optional(),
  SITREP_TOKEN_SECRET: z
    .string()
    .transform((secret) => new TextEncoder().encode(secret))
    .refine((bytes) => bytes.length >= smallestSecretBytes, {
      error: `must be at least ${smallestSecretBytes} bytes long`,
      params: { hint: "Make one with: openssl rand -base64 48" },
    })
    .nullable()
    .default(null),
};

/** The address that clients use: `--public-url`, else `SITREP_PUBLIC_URL`; null for none. Throws `config-invalid`. */
export function readPublicUrl(env: Environment, option: string | undefined): string | null {
  const given = { ...env, ...(option === undefined ? {} : { SITREP_PUBLIC_URL: option }) };
  const shape = { SITREP_PUBLIC_URL: safeAddress.nullable().default(null) };
  return readVariables(given, shape).SITREP_PUBLIC_URL;
}

/** Throws `config-invalid`, and `tls-off`: without checked TLS, anybody could forge the issuer's keys and sign in. */
export function tokenSettings(env: Environment, publicUrl: string | null): TokenSettings {
  const given = readVariables(env, tokenVariables);
  const { SITREP_ISSUER: issuer, SITREP_AUDIENCE: named, SITREP_ORGANIZATION_CLAIM: claim } = given;
  const own = publicUrl === null ? [] : [`${publicUrl.replace(/\/$/, "")}/mcp`, publicUrl];
  const audiences = named.length > 0 ? named : own;
  if (issuer !== null && audiences.length === 0) {
    throw new SitrepError("config-invalid", "SITREP_ISSUER needs SITREP_AUDIENCE.", {
      hint: "Set it to the audience that the issuer puts in tokens for this server.",
    });
  }
  if (issuer !== null) requireCheckedTls();
  return {
    issuer,
    audiences,
    jwksUrl: given.SITREP_JWKS_URL,
    secret: given.SITREP_TOKEN_SECRET,
    organizationClaims: claim === undefined ? ["organization_id", "org_id"] : [claim],
    organization: given.SITREP_ORGANIZATION,
  };
}

const cacheVariable = "SITREP_TOOL_CACHE_SECONDS";

/** Parses seconds for all tools, for single ones (`list_tasks=30`), or both, separated by commas. */
function cacheTimes(env: Environment, tools: readonly string[], usual: number): ToolCacheTimes {
  let all = usual * 1000;
  const byTool = new Map<string, number>();
  const parts = (variable(env, cacheVariable) ?? "").split(",").filter((part) => part.trim());
  for (const part of parts) {
    const [first = "", seconds] = part.split("=", 2).map((one) => one.trim());
    if (seconds !== undefined && !tools.includes(first)) {
      const hint = `Available tools: ${tools.join(", ")}.`;
      throw invalidVariable(env, cacheVariable, `has an unknown tool in "${part.trim()}"`, hint);
    }
    const ms = Number((seconds ?? first) || NaN) * 1000;
    if (!(ms >= 0 && ms <= daySeconds * 1000)) {
      throw invalidVariable(
        env,
        cacheVariable,
        `must contain only numbers from 0 to ${daySeconds}`,
      );
    }
    if (seconds === undefined) all = ms;
    else byTool.set(first, ms);
  }
  return { all, byTool };
}

export const readLogLevel = (env: Environment): string =>
  readVariables(env, { SITREP_LOG_LEVEL: wordText(logLevels).default("info") }).SITREP_LOG_LEVEL;

function portOf(given = "8080"): number {
  const port = Number(given);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new SitrepError("usage", `--port must be 0 to 65535, not "${given}".`, {
    hint: "0 picks any free port.",
  });
}

const serverVariables = {
  SITREP_TOOLS: toolGroupsText.optional(),
  SITREP_ALLOWED_HOSTS: listText.default([]),
  RATE_LIMIT_REQUESTS_PER_MINUTE: numberText(0, 1_000_000).default(100),
  SITREP_WEBSOCKET_PING_SECONDS: numberText(1, 3600).default(30),
  SITREP_WEBSOCKET_MAX_MIB: numberText(0.01, 256).default(4),
  SITREP_CONNECTIONS_PER_KEY: numberText(1, 1000).default(64),
  SITREP_STOP_SECONDS: numberText(0, daySeconds).default(10),
  SITREP_DRAIN_SECONDS: numberText(0, 3600).default(0),
  SITREP_METRICS_ADDRESS: hostPortText.nullable().default(null),
};

/** `tools`: their names. `hearsOfWrites`: the server notices every change. Throws `usage` and `config-invalid`. */
export function serveSettings(
  options: ServeFlags,
  env: Environment,
  tools: readonly string[],
  hearsOfWrites: boolean,
): ServerSettings {
  const publicUrl = readPublicUrl(env, options.publicUrl);
  const given = readVariables(env, serverVariables);
  const tokens = tokenSettings(env, publicUrl);
  return {
    version,
    host: options.host ?? "127.0.0.1",
    port: portOf(options.port),
    tls: readTlsFiles(options),
    isBehindProxy: options.behindProxy === true,
    opensTo: options.open ?? "nobody",
    allowedHosts: options.allowedHost ?? given.SITREP_ALLOWED_HOSTS,
    publicUrl,
    tools: readToolGroups(options.tools) ?? given.SITREP_TOOLS,
    tokens,
    board: boardSettings(env, tokens),
    requestsPerMinute: given.RATE_LIMIT_REQUESTS_PER_MINUTE,
    // If changes can go unnoticed, results are cached only on request.
    toolCacheMs: cacheTimes(env, tools, hearsOfWrites ? 1 : 0),
    webSocket: {
      pingMs: given.SITREP_WEBSOCKET_PING_SECONDS * 1000,
      largestMessageBytes: given.SITREP_WEBSOCKET_MAX_MIB * 1024 * 1024,
    },
    connectionsPerKey: given.SITREP_CONNECTIONS_PER_KEY,
    stopWithinMs: given.SITREP_STOP_SECONDS * 1000,
    drainMs: given.SITREP_DRAIN_SECONDS * 1000,
    metricsAddress: given.SITREP_METRICS_ADDRESS,
  };
}
