// Checks the options of the library's calls and rejects unknown ones. An error names the call, option and mistake.

import * as z from "zod";
import { insecureBecause } from "../config/source-address.ts";
import { isBadPort } from "../core/address.ts";
import { SitrepError } from "../core/errors.ts";
import { responseLimitMiB } from "../core/mapping/response-bounds.ts";
import { issueText } from "../core/read.ts";
import { policyPresets } from "../http/policy-settings.ts";

const options = (fields: Readonly<Record<string, z.ZodType>>): z.ZodType =>
  z.strictObject(fields).partial();

/** The longest time that a timer accepts. */
const maxTimerMs = 2 ** 31 - 1;
const Wait = z.number().min(0).max(maxTimerMs);
const Time = z.number().gt(0).max(maxTimerMs);
const Count = z.int().min(0);
const Some = z.int().min(1);
const Text = z.string().min(1);
const Texts = z.record(z.string(), z.string());
const Callable = z.custom(
  (value) => typeof value === "function",
  "Invalid input: expected function",
);
const Thing = z.custom(
  (value) => typeof value === "object" && value !== null,
  "Invalid input: expected object",
);
const Signal = z.instanceof(AbortSignal);
const Kind = z.enum(["read", "write"]);

/** The fields of `PolicySettings`. */
export const policyFields = {
  tryTimeoutMs: Time,
  deadlineMs: Time,
  retryDelaysMs: z.array(Wait),
  maxRetryAfterMs: Wait,
  breaker: z
    .strictObject({ failures: Some, cooldownMs: Wait, provenBy: Some.optional() })
    .nullable(),
  requestsPerMinute: Some.nullable(),
  shareInFlight: z.boolean(),
  resultCacheMs: Wait,
  batchWindowMs: Wait,
};
const ofPolicy = {
  profile: z.enum(policyPresets),
  policy: options(policyFields),
  rateLimiter: Thing,
  limitsFile: Text,
};
const ofMcp = {
  ...ofPolicy,
  name: Text,
  url: z.string(),
  transport: z.enum(["http", "sse", "websocket"]),
  command: Text,
  args: z.array(z.string()),
  env: Texts,
  cwd: Text,
  tokens: Thing,
  headers: Texts,
  allowInsecureHosts: z.array(Text),
  connectTimeoutMs: Time,
  requestTimeoutMs: Time,
  maxResponseMiB: z.number().min(0.01).max(responseLimitMiB),
  reconnect: z.strictObject({ firstDelayMs: Wait, attempts: Count }),
  heartbeat: z.strictObject({ everyMs: Time, withinMs: Time }),
  idleMs: Time,
};
const ofServer = {
  ...ofMcp,
  type: z.enum(["manage-task", "task-tracking", "tickets", "mcp", "json"]),
  preset: Text,
  mapping: Thing,
  settings: Texts,
};
const ofClient = {
  ...ofServer,
  project: z.strictObject({ name: Text, path: Text, branch: Text.nullable() }).partial(),
  cache: Thing,
  fallbackStrategy: z.enum(["cache_then_skip", "cache_then_error", "skip"]),
};
const { url: _url, command: _command, args: _args, env: _env, cwd: _cwd, ...ofDefault } = ofClient;
const ofCall = { signal: Signal, timeoutMs: Time, onProgress: Callable };

/** The options of each call. */
export const givenFields = {
  createMcpClient: { ...ofMcp, onCall: Callable },
  createTaskClient: ofClient,
  getDefaultClient: { ...ofDefault, env: Thing, keep: z.boolean() },
  createServerPool: { ...ofMcp, onCall: Callable, capabilities: z.array(Text) },
  "createServerPool options": { maxConnections: Some, idleMs: Time },
  createServiceAccount: {
    server: z.string(),
    issuer: Text,
    clientId: Text,
    secret: z.union([Text, Callable]),
    method: z.enum(["client_secret_basic", "client_secret_post", "private_key_jwt"]),
    scope: Text,
    audience: Text,
    resource: Text,
    endpointOrigin: Text,
    folder: Text,
    renewBeforeMs: Wait,
    clockToleranceSeconds: z.number().min(0).max(600),
    allowInsecureHosts: z.array(Text),
    env: Thing,
  },
  createTaskMonitor: { client: Thing, everyMs: Time, retryMs: Callable, limit: Some },
  openSessionCache: { file: Text, now: Callable, tasksMs: Wait, gitMs: Wait, othersMs: Wait },
  queryPendingTasks: { limit: Count, userId: Text, signal: Signal, fallback: Callable },
  getNextRecommendedTask: { branch: Text, branchId: Text, signal: Signal, fallback: Callable },
  makeRequest: {
    method: z.enum(["GET", "POST", "PUT", "PATCH", "DELETE"]),
    kind: Kind,
    idempotencyKey: Text,
    signal: Signal,
    fallback: Callable,
  },
  callTool: { ...ofCall, kind: Kind, fallback: Callable, checksArguments: z.boolean() },
  callWithFailover: { ...ofCall, kind: Kind, maxRetries: Count },
  waitForConnection: { ms: Time },
};

/** Throws `config-invalid` for invalid options of a client, and `usage` for those of its calls. */
export function checkOptions(call: keyof typeof givenFields, value: unknown): void {
  const result = options(givenFields[call]).safeParse(value);
  if (result.success) return;
  const code = /^(?:create|open|getDefault)/.test(call) ? "config-invalid" : "usage";
  throw new SitrepError(code, `${call}: ${issueText(result.error)}`);
}

/** Tells a program, in messages, how to allow hosts without TLS. */
export const ownOption = "pass the option";

/** Throws `config-invalid` if `text` is not an address, or is one without TLS that is not allowed. */
export function requireAddress(
  what: string,
  text = "",
  allowInsecureHosts: readonly string[] = [],
): URL {
  const url = URL.parse(text);
  if (url === null || !/^(https?|wss?):$/.test(url.protocol)) {
    const found = `${what}: must be an http:, https:, ws: or wss: address, not "${text}"`;
    throw new SitrepError("config-invalid", found);
  }
  const why = isBadPort(url)
    ? `fetch does not allow port ${url.port}`
    : insecureBecause(text, allowInsecureHosts, ownOption);
  if (why !== null) throw new SitrepError("config-invalid", `${what}: ${why}.`);
  return url;
}
