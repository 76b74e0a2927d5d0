import { sourceOrigin } from "../config/source-address.ts";
import { formMistake } from "../config/source/mapping-schema.ts";
import { SitrepError } from "../core/errors.ts";
import { mebibyte } from "../core/mapping/response-bounds.ts";
import type { HttpMapping } from "../core/mapping/http-mapping.ts";
import type { Mapping } from "../core/mapping/mapping.ts";
import type { SourceType } from "../core/ports.ts";
import { defined } from "../core/read.ts";
import type { HeaderSource } from "../http/header-source.ts";
import { presetSettings, type PolicyPreset, type PolicySettings } from "../http/policy-settings.ts";
import { createRateLimiter, openSharedLimit, type RateLimiter } from "../http/rate-limit.ts";
import type { TokenProvider } from "../sources/auth/tokens.ts";
import { withCheckedTls, tokenHeaders } from "../sources/credentials.ts";
import type { ConnectOptions } from "../sources/mcp/mcp-connection.ts";
import { findJsonPreset } from "../sources/presets/json/json-presets.ts";
import { speaksMcp, type ServerAddress } from "../sources/server-address.ts";
import { requireKnownSettings } from "../sources/setting-names.ts";
import { requireAddress } from "./option-checks.ts";

export interface PolicyOptions {
  /**
   * `basic`: one try within a time limit. `resilient`: also retries, a circuit breaker and the last good response.
   * `optimized`: also a limit of requests, results kept for a minute and one request for identical calls. Default
   * `optimized`.
   */
  profile?: PolicyPreset;
  /** Settings that override the profile's. */
  policy?: Partial<PolicySettings>;
  /** Limits this client's requests, instead of its own limiter. */
  rateLimiter?: RateLimiter;
  /** An SQLite file that counts the requests of all processes that use it. */
  limitsFile?: string;
}

export interface McpClientOptions
  extends PolicyOptions, Pick<ConnectOptions, "reconnect" | "heartbeat"> {
  /** The server's name in messages. Default: the host of its address, or the program's name. */
  name?: string;
  /** `http:`, `https:`, `ws:` or `wss:`. Only this machine and `allowInsecureHosts` may be used without TLS. */
  url?: string;
  /** The transport of `url`. Default `websocket` for `ws:` and `wss:`, else `http`. */
  transport?: "http" | "sse" | "websocket";
  /** A program that speaks MCP over stdin and stdout, instead of `url`. */
  command?: string;
  args?: readonly string[];
  /** Environment variables for the program, in addition to the few that it needs to run. */
  env?: Readonly<Record<string, string>>;
  /** The program's working directory. Default: the current one. */
  cwd?: string;
  tokens?: TokenProvider;
  /** Sent with every request. */
  headers?: Readonly<Record<string, string>>;
  allowInsecureHosts?: readonly string[];
  /** Deadline for connecting and agreeing on a protocol revision, in milliseconds. Default 10,000. */
  connectTimeoutMs?: number;
  /** Deadline for one request in milliseconds, within the policy's `deadlineMs`. Default 30,000. */
  requestTimeoutMs?: number;
  /** The largest response in MiB. Default 1, at most 10. */
  maxResponseMiB?: number;
  /** Closes the connection or ends the program after this idle time. The next call reconnects. Default: never. */
  idleMs?: number;
  /** Called after every call of a tool. */
  onCall?: (call: SeenCall) => void;
}

/** A finished call of a tool, for a log. */
export interface SeenCall {
  readonly tool: string;
  /** Names of the arguments, never their values. */
  readonly parameters: readonly string[];
  readonly durationMs: number;
  /** The failure's code; null if the tool answered, even with an error of its own. */
  readonly code: string | null;
  /** The tool reported an error. */
  readonly isError: boolean;
}

export interface TaskServiceOptions extends Omit<McpClientOptions, "onCall"> {
  /**
   * The server's protocol: `manage-task` (REST, or the tool of an MCP server with `transport`, a `ws:` address or
   * `command`), `task-tracking`, `tickets`, or with a preset or a mapping `mcp` or `json`. Default `manage-task`.
   */
  type?: "manage-task" | "task-tracking" | "tickets" | "mcp" | "json";
  preset?: string;
  /** A mapping of tools for `mcp`, of requests for `json`. */
  mapping?: Mapping | HttpMapping;
  /** The settings of the type or the preset: `projectId`, `branchId`, `project`, `owner`, `repo`. */
  settings?: Readonly<Record<string, string>>;
}

/** The mistake in a mapping of the wrong form, else null. Ignores its headers, because they come from the program. */
function formText(type: SourceType, mapping: TaskServiceOptions["mapping"]): string | null {
  const mistake = formMistake(type, mapping && { ...mapping, headers: undefined });
  return mistake === null ? null : `${mistake[0]}: ${mistake[1]}`;
}

/** Throws `config-invalid` if an option contradicts another one or lacks one that it needs. */
function requireOnePlace(call: string, options: TaskServiceOptions): void {
  const { url, command, transport, type = "manage-task", preset, mapping } = options;
  const ofProgram = (["args", "env", "cwd"] as const).find((name) => options[name] !== undefined);
  const wrong =
    command !== undefined && (url ?? transport) !== undefined
      ? `${url === undefined ? "transport" : "url"}: cannot be used with command`
      : command === undefined && ofProgram !== undefined
        ? `${ofProgram}: needs command`
        : type !== "mcp" && type !== "json" && (preset ?? mapping) !== undefined
          ? `${preset === undefined ? "mapping" : "preset"}: needs the type "mcp" or "json", not "${type}"`
          : type === "json" && command !== undefined
            ? 'command: the type "json" needs a url'
            : formText(type, mapping);
  if (wrong !== null) throw new SitrepError("config-invalid", `${call}: ${wrong}.`);
  requireKnownSettings(`${call}: settings`, { type, preset, mapping }, options.settings ?? {});
}

/** Merges the profile, the configuration's changes and the program's settings, and opens the request limiter. */
function policyBy(
  { profile = "optimized", policy, rateLimiter, limitsFile }: PolicyOptions,
  changes: Partial<PolicySettings>,
): Pick<ServerAddress, "policy" | "takePermit"> & { close: () => void } {
  const settings: PolicySettings = {
    ...presetSettings[profile],
    ...changes,
    ...defined({ requestsPerMinute: rateLimiter?.maxRequests }),
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

/** Adds the sign-in from the options, if any. Its tokens override its headers, and both override the configured one. */
export function withTokens(server: ServerAddress, options: TaskServiceOptions): ServerAddress {
  const { tokens, settings, mapping } = options;
  const ofMapping = mapping !== undefined && "headers" in mapping ? mapping.headers : {};
  const headers = { ...ofMapping, ...options.headers };
  const subject = settings?.["userId"] ?? (tokens && (tokens.subject ?? ""));
  const asked = tokens === undefined ? server.headers : tokenHeaders(tokens);
  const signIn: HeaderSource = async (moment) =>
    tokens === undefined
      ? { ...(await asked(moment)), ...headers }
      : { ...headers, ...(await asked(moment)) };
  const isOwn = tokens !== undefined || Object.keys(headers).length > 0;
  return {
    ...server,
    ...(subject === undefined ? {} : { subject: () => subject }),
    ...(isOwn ? { headers: withCheckedTls(signIn) } : {}),
  };
}

/** Applies the options to a server. `changes`: the configuration's policy settings, which the options override. */
export function withOptions(
  server: ServerAddress,
  options: TaskServiceOptions,
  changes: Partial<PolicySettings> = {},
): ServerAddress {
  const { connectTimeoutMs, requestTimeoutMs, reconnect, heartbeat, maxResponseMiB } = options;
  const { name, transport, type, preset, mapping, settings, idleMs = null } = options;
  const given = defined({ connectTimeoutMs, requestTimeoutMs, reconnect, heartbeat });
  const largestResponse = maxResponseMiB && maxResponseMiB * mebibyte;
  const changed: ServerAddress = {
    ...withTokens(server, options),
    ...defined({ name, transport, type, preset, mapping, settings, largestResponse }),
    connect: { ...server.connect, ...given, idleMs },
  };
  const ofMcp = speaksMcp(changed) ? { tryTimeoutMs: changed.connect.requestTimeoutMs } : {};
  return { ...changed, ...policyBy(options, { ...ofMcp, ...changes }) };
}

/** Builds a server address from a program's options. Throws `config-invalid`. */
export function createServerAddress(
  options: TaskServiceOptions,
  call: "createTaskClient" | "createMcpClient" = "createTaskClient",
): ServerAddress {
  requireOnePlace(call, options);
  const { command, args = [], env = {}, cwd = process.cwd(), type = "manage-task" } = options;
  const presetUrl = type === "json" ? findJsonPreset(options.preset ?? "")?.url : undefined;
  const url =
    command === undefined
      ? requireAddress(`${call}: url`, options.url ?? presetUrl, options.allowInsecureHosts)
      : undefined;
  const server: ServerAddress = {
    name: url?.host ?? command ?? "",
    origin: sourceOrigin({ url: url?.href, command, args }),
    subject: () => "",
    url: url?.href ?? "",
    headers: async () => ({}),
    program: command === undefined ? null : () => ({ command, args, env, cwd }),
    type,
    settings: {},
    connect: { connectTimeoutMs: 10_000, requestTimeoutMs: 30_000 },
    policy: presetSettings.basic,
    takePermit: null,
  };
  return withOptions(server, options);
}
