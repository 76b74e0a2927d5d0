// The options by which a program names a server and says how to treat it, and what they mean.

import { originOf } from "../config/source-address.ts";
import { mebibyte } from "../core/mapping/answer-bounds.ts";
import { SitrepError } from "../core/errors.ts";
import type { HeaderSource } from "../http/header-source.ts";
import { presetSettings, type PolicyPreset, type PolicySettings } from "../http/policy-settings.ts";
import { createRateLimiter, openSharedLimit, type RateLimiter } from "../http/rate-limit.ts";
import type { TokenProvider } from "../sources/auth/tokens.ts";
import { overCheckedTls, tokenHeaders } from "../sources/credentials.ts";
import type { Mapping } from "../core/mapping/mapping.ts";
import { speaksMcp, type ServerAddress } from "../sources/server-address.ts";
import { requireKnownSettings } from "../sources/setting-names.ts";
import { requireAddress } from "./addresses.ts";

/** How a client treats a server. */
export interface PolicyOptions {
  /**
   * `basic`: one try within a time limit. `resilient`: also retries, a circuit breaker and the last good answer.
   * `optimized`: also a limit of requests, results kept for a minute and one request for identical calls. Default
   * `optimized`.
   */
  profile?: PolicyPreset;
  /** Single settings that differ from the profile's. */
  policy?: Partial<PolicySettings>;
  /** Counts this client's requests in place of a limit of its own. */
  rateLimiter?: RateLimiter;
  /** An SQLite file that counts the requests of all processes which name it. */
  limitsFile?: string;
}

export interface McpClientOptions extends PolicyOptions {
  /** For messages. Default: the address's host, or the program's name. */
  name?: string;
  /** `http:`, `https:`, `ws:` or `wss:`. Without TLS only this machine, and `allowInsecureHosts`. */
  url?: string;
  /** Of an address. Default `websocket` for `ws:` and `wss:`, else `http`. */
  transport?: "http" | "sse" | "websocket";
  /** A program that speaks MCP over its standard streams, in place of an address. */
  command?: string;
  args?: readonly string[];
  /** For the program, beside the few variables that it needs to run. */
  env?: Readonly<Record<string, string>>;
  /** For the program. Default: the current folder. */
  cwd?: string;
  tokens?: TokenProvider;
  /** Sent with every request. */
  headers?: Readonly<Record<string, string>>;
  allowInsecureHosts?: readonly string[];
  /** For connecting and agreeing on a revision. Default 10,000. */
  connectTimeoutMs?: number;
  /** For one request. Default 30,000, within the policy's `deadlineMs`. */
  requestTimeoutMs?: number;
  /** The largest answer that is read, in MiB. Default 1, at most 10. */
  maxAnswerMiB?: number;
  /** Of a WebSocket that was lost: the first wait, doubled each time (2,000), and the tries in a row (5). */
  reconnect?: { readonly firstDelayMs: number; readonly attempts: number };
  /** Closes the connection, or ends the program, after so long without a call; the next one connects again. Default: never. */
  idleMs?: number;
  /** Told of every call of a tool when it is over. */
  onCall?: (call: SeenCall) => void;
  /** Of a WebSocket: how often it is tested (30,000) and how soon it must respond (20,000). */
  heartbeat?: { readonly everyMs: number; readonly withinMs: number };
}

/** A call of a tool that is over: for a log. */
export interface SeenCall {
  readonly tool: string;
  /** Names of the arguments, never their values. */
  readonly parameters: readonly string[];
  readonly durationMs: number;
  /** Null when the tool answered, also with an error of its own. */
  readonly code: string | null;
  /** The tool reports an error. */
  readonly isError: boolean;
}

export interface TaskServerOptions extends Omit<McpClientOptions, "onCall"> {
  /**
   * What the server speaks: `manage-task` (REST, or the tool of an MCP server with `transport`, a `ws:` address or
   * `command`), `task-tracking`, `tickets`, or `mcp` with a preset or a mapping. Default `manage-task`.
   */
  type?: "manage-task" | "task-tracking" | "tickets" | "mcp";
  preset?: string;
  mapping?: Mapping;
  /** What the type or the preset can be set to: `projectId`, `branchId`, `project`, `owner`, `repo`. */
  settings?: Readonly<Record<string, string>>;
}

/** Throws `config-invalid` for options of which one would count for nothing beside the other. */
function requireOnePlace(call: string, options: TaskServerOptions): void {
  const { url, command, transport, type = "manage-task", preset, mapping } = options;
  const [ofProgram] = (["args", "env", "cwd"] as const).filter(
    (name) => options[name] !== undefined,
  );
  const wrong =
    command !== undefined && (url !== undefined || transport !== undefined)
      ? `${url === undefined ? "transport" : "url"}: not beside a command`
      : command === undefined && ofProgram !== undefined
        ? `${ofProgram}: is for a command, and there is none`
        : type !== "mcp" && (preset ?? mapping) !== undefined
          ? `${preset === undefined ? "mapping" : "preset"}: is for the type "mcp", not "${type}"`
          : null;
  if (wrong !== null) throw new SitrepError("config-invalid", `${call}: ${wrong}.`);
  requireKnownSettings(`${call}: settings`, { type, preset, mapping }, options.settings ?? {});
}

/** The profile, then what a configuration changes, then what the program changes, and who counts the requests. */
function policyBy(
  { profile = "optimized", policy, rateLimiter, limitsFile }: PolicyOptions,
  changes: Partial<PolicySettings>,
): Pick<ServerAddress, "policy" | "takePermit"> & { close: () => void } {
  const settings: PolicySettings = {
    ...presetSettings[profile],
    ...changes,
    ...(rateLimiter === undefined ? {} : { requestsPerMinute: rateLimiter.maxRequests }),
    ...policy,
  };
  const maxRequests = settings.requestsPerMinute;
  const isShared = limitsFile !== undefined && rateLimiter === undefined && maxRequests;
  const shared = isShared ? openSharedLimit(limitsFile) : null;
  const own =
    rateLimiter ??
    (maxRequests === null ? null : createRateLimiter({ maxRequests, windowMs: 60_000 }));
  return {
    policy: settings,
    takePermit: shared?.takePermit ?? own?.takePermit ?? null,
    close: () => shared?.[Symbol.dispose](),
  };
}

/** Signs in by the options where they say how: own tokens stand above own headers, and both above what is configured. */
export function withSignIn(server: ServerAddress, options: TaskServerOptions): ServerAddress {
  const { tokens, headers = {}, settings } = options;
  const subject =
    settings?.["userId"] ?? (tokens === undefined ? undefined : (tokens.subject ?? ""));
  const asked = tokens === undefined ? server.headers : tokenHeaders(tokens);
  const signIn: HeaderSource = async (moment) =>
    tokens === undefined
      ? { ...(await asked(moment)), ...headers }
      : { ...headers, ...(await asked(moment)) };
  const isOwn = tokens !== undefined || Object.keys(headers).length > 0;
  return {
    ...server,
    ...(subject === undefined ? {} : { subject: () => subject }),
    ...(isOwn ? { headers: overCheckedTls(signIn) } : {}),
  };
}

/** The server as the options would have it. `changes` are a configuration's, of the policy: options stand above them. */
export function withOptions(
  server: ServerAddress,
  options: TaskServerOptions,
  changes: Partial<PolicySettings> = {},
): ServerAddress {
  const { connectTimeoutMs, requestTimeoutMs, reconnect, heartbeat, maxAnswerMiB } = options;
  const connect = {
    ...server.connect,
    ...(connectTimeoutMs === undefined ? {} : { connectTimeoutMs }),
    ...(requestTimeoutMs === undefined ? {} : { requestTimeoutMs }),
    ...(reconnect === undefined ? {} : { reconnect }),
    ...(heartbeat === undefined ? {} : { heartbeat }),
  };
  const changed = {
    ...withSignIn(server, options),
    name: options.name ?? server.name,
    transport: options.transport ?? server.transport,
    type: options.type ?? server.type,
    preset: options.preset ?? server.preset,
    mapping: options.mapping ?? server.mapping,
    settings: options.settings ?? server.settings,
    connect,
    largestAnswer: maxAnswerMiB === undefined ? server.largestAnswer : maxAnswerMiB * mebibyte,
    idleMs: options.idleMs ?? null,
  };
  const ofMcp = speaksMcp(changed) ? { tryTimeoutMs: connect.requestTimeoutMs } : {};
  return { ...changed, ...policyBy(options, { ...ofMcp, ...changes }) };
}

/** Throws `config-invalid`. */
export function serverOf(
  options: TaskServerOptions,
  call: "createTaskClient" | "createMcpClient" = "createTaskClient",
): ServerAddress {
  requireOnePlace(call, options);
  const { command, args = [], env = {}, cwd = process.cwd(), type = "manage-task" } = options;
  const url =
    command === undefined
      ? requireAddress(`${call}: url`, options.url, options.allowInsecureHosts)
      : undefined;
  const server: ServerAddress = {
    name: url?.host ?? command ?? "",
    origin: originOf({ url: url?.href, command, args }),
    subject: () => "",
    transport: options.transport,
    url: url?.href ?? "",
    headers: async () => ({}),
    program: command === undefined ? null : () => ({ command, args, env, cwd }),
    type,
    settings: {},
    connect: { connectTimeoutMs: 10_000, requestTimeoutMs: 30_000 },
    idleMs: null,
    policy: presetSettings.basic,
    takePermit: null,
  };
  return withOptions(server, options);
}
