// The settings of `sitrep serve`: flag, then environment, then default. Each mistake names its flag or variable.

import { resolve } from "node:path";
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import type { Environment } from "../config/folders.ts";
import { SitrepError } from "../core/errors.ts";
import { openStore, type StoreAddress } from "../store/database/database.ts";
import type { StoreConnection } from "../store/database/connection.ts";
import type { CommandContext } from "../config/context.ts";
import { logLevels } from "../config/schema.ts";
import { requireCheckedTls } from "../http/checked-tls.ts";
import { isSafeAddress } from "./http/host-check.ts";
import type { ServiceBehind } from "./backends/forwarding-backend.ts";
import type { OpensTo } from "./safe-start.ts";
import type { ServerSettings } from "./task-server.ts";
import type { ToolCacheTimes } from "./tool-result-cache.ts";
import { smallestSecretBytes, type TokenSettings } from "./access/tokens.ts";
import { keyVariable, serviceAddress, urlVariable } from "./service-address.ts";
import { version } from "../config/version.ts";

export interface ServeFlags {
  host?: string;
  port?: string;
  tlsCert?: string;
  tlsKey?: string;
  behindProxy?: boolean;
  allowedHost?: string[];
  publicUrl?: string;
  open?: Exclude<OpensTo, "nobody">;
}

const invalid = (name: string, what: string, hint?: string): SitrepError =>
  new SitrepError("config-invalid", `${name} ${what}.`, hint === undefined ? {} : { hint });

const text = (env: Environment, name: string): string | null => {
  const value = env[name]?.trim();
  return value === undefined || value === "" ? null : value;
};

const list = (value: string | null): string[] =>
  (value ?? "").split(",").flatMap((one) => (one.trim() === "" ? [] : [one.trim()]));

function numberOf(name: string, given: string, most: number, least: number): number {
  const value = given === "" ? NaN : Number(given);
  if (value >= least && value <= most) return value;
  throw invalid(name, `must be a number from ${least} to ${most}`);
}

function number(env: Environment, name: string, usual: number, most: number, least = 0): number {
  const given = text(env, name);
  return given === null ? usual : numberOf(name, given, most, least);
}

/** Seconds for all tools, for single ones (`list_tasks=30`), or both with commas between. */
function cacheTimes(
  env: Environment,
  known: readonly string[],
  usual: number,
  most: number,
): ToolCacheTimes {
  const name = "SITREP_TOOL_CACHE_SECONDS";
  let all = usual * 1000;
  const byTool = new Map<string, number>();
  for (const part of list(text(env, name))) {
    const [first = "", seconds] = part.split("=", 2).map((one) => one.trim());
    if (seconds !== undefined && !known.includes(first)) {
      throw invalid(name, `names no tool with ${part}`, `There are: ${known.join(", ")}.`);
    }
    const ms = numberOf(name, seconds ?? first, most, 0) * 1000;
    if (seconds === undefined) all = ms;
    else byTool.set(first, ms);
  }
  return { all, byTool };
}

function url(name: string, value: string | null): string | null {
  if (value === null || isSafeAddress(value)) return value;
  throw invalid(name, "must be an address with https", "http is allowed on this machine only.");
}

/** The address that clients use: the flag, else `SITREP_PUBLIC_URL`; null for none. Throws `config-invalid`. */
export const publicUrlOf = (env: Environment, flag: string | undefined): string | null =>
  url("SITREP_PUBLIC_URL", flag ?? text(env, "SITREP_PUBLIC_URL"));

/** Throws `config-invalid` for a secret that could be guessed. */
export function tokenSecret(env: Environment): Uint8Array | null {
  const secret = text(env, "SITREP_TOKEN_SECRET");
  if (secret === null) return null;
  const bytes = new TextEncoder().encode(secret);
  if (bytes.length >= smallestSecretBytes) return bytes;
  throw invalid(
    "SITREP_TOKEN_SECRET",
    `must have ${smallestSecretBytes} bytes or more`,
    "Make one with: openssl rand -base64 48",
  );
}

/** Throws `config-invalid`, and `tls-off`: keys that anybody may have sent would let anybody in. */
export function tokenSettings(env: Environment, publicUrl: string | null): TokenSettings {
  const issuer = url("SITREP_ISSUER", text(env, "SITREP_ISSUER"));
  const own = publicUrl === null ? [] : [`${publicUrl.replace(/\/$/, "")}/mcp`, publicUrl];
  const named = list(text(env, "SITREP_AUDIENCE"));
  const audiences = named.length > 0 ? named : own;
  if (issuer !== null && audiences.length === 0) {
    const hint = "Set it to what the issuer writes into tokens for this server.";
    throw invalid("SITREP_AUDIENCE", "is needed with SITREP_ISSUER", hint);
  }
  if (issuer !== null) requireCheckedTls();
  const claim = text(env, "SITREP_ORGANIZATION_CLAIM");
  return {
    issuer,
    audiences,
    jwksUrl: url("SITREP_JWKS_URL", text(env, "SITREP_JWKS_URL")),
    secret: tokenSecret(env),
    organizationClaims: claim === null ? ["organization_id", "org_id"] : [claim],
    organization: text(env, "SITREP_ORGANIZATION"),
  };
}

/** Throws `secret-missing`, `config-invalid` and `tls-off`. */
export function serviceBehind(
  env: Environment,
  allowInsecureHosts: readonly string[],
): ServiceBehind {
  const key = text(env, keyVariable);
  if (key === null) {
    throw new SitrepError("secret-missing", `${keyVariable} environment variable not set`, {
      hint: `Set it to a key of the service at ${urlVariable} that may act for others (act_as).`,
    });
  }
  return { key, url: serviceAddress(env, allowInsecureHosts) };
}

function pem(flag: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new SitrepError("usage", `${flag}: ${file} cannot be read.`, { cause });
  }
}

function tlsOf({ tlsCert, tlsKey }: ServeFlags): ServerSettings["tls"] {
  if (tlsCert === undefined && tlsKey === undefined) return null;
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new SitrepError("usage", "--tls-cert and --tls-key go together.");
  }
  const tls = { cert: pem("--tls-cert", tlsCert), key: pem("--tls-key", tlsKey) };
  try {
    createSecureContext(tls);
  } catch (cause) {
    const what = `--tls-cert ${tlsCert} and --tls-key ${tlsKey} are no certificate and its key.`;
    const hint = "Both are PEM, the key without a password.";
    throw new SitrepError("usage", what, { hint, cause });
  }
  return tls;
}

/** Throws `config-invalid`. */
export function logLevelOf(env: Environment): string {
  const given = text(env, "SITREP_LOG_LEVEL") ?? "info";
  const level = logLevels.find((one) => one === given);
  if (level !== undefined) return level;
  throw invalid("SITREP_LOG_LEVEL", `must be one of ${logLevels.join(", ")}`);
}

function portOf(given: string | undefined): number {
  const port = Number(given ?? "8080");
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new SitrepError("usage", `--port ${given} is no port.`, { hint: "0 takes any free one." });
}

/** `tools`: their names. `hearsOfWrites`: nothing that is served changes unheard. Throws `usage` and `config-invalid`. */
export function serveSettings(
  flags: ServeFlags,
  env: Environment,
  tools: readonly string[],
  hearsOfWrites: boolean,
): ServerSettings {
  const publicUrl = publicUrlOf(env, flags.publicUrl);
  const day = 24 * 60 * 60;
  return {
    version,
    host: flags.host ?? "127.0.0.1",
    port: portOf(flags.port),
    tls: tlsOf(flags),
    isBehindProxy: flags.behindProxy === true,
    opensTo: flags.open ?? "nobody",
    allowedHosts: flags.allowedHost ?? list(text(env, "SITREP_ALLOWED_HOSTS")),
    publicUrl,
    tokens: tokenSettings(env, publicUrl),
    requestsPerMinute: number(env, "RATE_LIMIT_REQUESTS_PER_MINUTE", 100, 1_000_000),
    // What changes unheard is not kept unless somebody asks for it.
    toolCacheMs: cacheTimes(env, tools, hearsOfWrites ? 1 : 0, day),
    webSocket: {
      pingMs: number(env, "SITREP_WEBSOCKET_PING_SECONDS", 30, 3600, 1) * 1000,
      largestMessageBytes: number(env, "SITREP_WEBSOCKET_MAX_MIB", 4, 256, 0.01) * 1024 * 1024,
    },
    connectionsPerKey: number(env, "SITREP_CONNECTIONS_PER_KEY", 64, 1000, 1),
    stopWithinMs: number(env, "SITREP_STOP_SECONDS", 10, day) * 1000,
  };
}

const scheme = /^([a-z][a-z0-9+.-]+):/i;

/** `--database`, else `DATABASE_URL`, else the embedded store. Throws `usage` for what is neither a file nor PostgreSQL. */
function storeAddress(context: CommandContext, env: Environment, given?: string): StoreAddress {
  const named = given ?? env["DATABASE_URL"];
  if (named === undefined || named === "") return { file: context.files.store };
  const [, kind] = scheme.exec(named) ?? [];
  if (kind === "postgres" || kind === "postgresql") return { url: named };
  if (kind === undefined) return { file: resolve(context.cwd, named) };
  throw new SitrepError("usage", `A database of the kind ${kind} is not supported.`, {
    hint: "Give postgres://user@host/database, or the path of an SQLite file.",
  });
}

/** The store that `sitrep serve` and its verbs for keys work on. Throws as `openStore`. */
export const openServerStore = (
  context: CommandContext,
  env: Environment,
  given?: string,
): Promise<StoreConnection> => openStore(storeAddress(context, env, given));
