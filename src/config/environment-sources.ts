// The environment variables that name a source. They are read by commands that a person types; what they name is kept
// in a file of its own, so that the monitor, which reads no such variable, knows it too.

import { readSmallFile } from "../state/files/read-small-file.ts";
import { replaceFile } from "../state/files/replace-file.ts";
import { serviceAccount, type ServiceAccount } from "./environment-account.ts";
import { addressIn, given, invalid } from "./environment.ts";
import type { Environment } from "./folders.ts";
import { defined, issueText } from "../core/read.ts";
import { originOf } from "./source-address.ts";
import { mcpTransports, type McpTransport } from "../core/ports.ts";
import { SourceConfig, SourceList } from "./source-config.ts";

function numberIn(env: Environment, name: string): number | undefined {
  const text = given(env, name);
  if (text === undefined) return undefined;
  const number = Number(text);
  if (Number.isFinite(number) && number >= 0) return number;
  throw invalid(name, `not a number: ${text}`);
}

function transportIn(env: Environment): McpTransport {
  const text = given(env, "MCP_TRANSPORT") ?? "http";
  const known: Record<string, McpTransport> = {
    ...Object.fromEntries(mcpTransports.map((transport) => [transport, transport])),
    "streamable-http": "http",
    ws: "websocket",
  };
  const transport = known[text.toLowerCase()];
  if (transport !== undefined && transport !== "stdio") return transport;
  throw invalid("MCP_TRANSPORT", `not http, sse or websocket: ${text}`);
}

/** `others` are the variables that single fields come from. */
function checked(
  name: string,
  value: unknown,
  others: Readonly<Record<string, string | undefined>> = {},
): SourceConfig {
  const result = SourceConfig.safeParse(value);
  if (result.success) return result.data;
  const [first] = result.error.issues;
  const other = others[String(first?.path[0])];
  throw other === undefined
    ? invalid(name, issueText(result.error))
    : invalid(other, first?.message ?? "");
}

/**
 * How a server without a path in its address speaks. It is not known before somebody asks it: MCP at `/mcp` is tried
 * first, then `manage_task` over REST.
 */
export interface EnvironmentSource {
  variable: string;
  config: SourceConfig;
  /** True: `config` is the first guess. */
  mustProbe: boolean;
  /** Another issuer that may be meant: Keycloak before 17 has `/auth` in its addresses. Asked for with the first. */
  otherIssuer?: string;
}

function mcpServer(env: Environment, account: ServiceAccount | null): EnvironmentSource | null {
  const url = addressIn(env, "MCP_SERVER_URL");
  if (url === undefined) return null;
  const timeout = given(env, "MCP_TIMEOUT") === undefined ? "MCP_SERVER_TIMEOUT" : "MCP_TIMEOUT";
  const timeoutSeconds = numberIn(env, timeout);
  const retries = numberIn(env, "MCP_RETRY_ATTEMPTS");
  const isSocket = url.protocol === "ws:" || url.protocol === "wss:";
  const mustProbe = !isSocket && url.pathname === "/";
  if (mustProbe) url.pathname = "/mcp";
  const fields = {
    name: "mcp-server",
    type: "manage-task",
    url: url.href,
    transport: isSocket ? "websocket" : transportIn(env),
    ...defined({ auth: account?.auth, timeoutSeconds, retries }),
  };
  const variables = { timeoutSeconds: timeout, retries: "MCP_RETRY_ATTEMPTS" };
  const config = checked("MCP_SERVER_URL", fields, variables);
  const otherIssuer = account?.otherIssuer;
  return { variable: "MCP_SERVER_URL", config, mustProbe, ...defined({ otherIssuer }) };
}

function bearer(env: Environment, name: string): { auth?: { type: "bearer"; secret: string } } {
  if (given(env, name) === undefined) return {};
  return { auth: { type: "bearer", secret: `\${env:${name}}` } };
}

function restService(
  env: Environment,
  variable: string,
  keyVariable: string,
  fixed: { name: string; type: string },
): EnvironmentSource | null {
  const url = addressIn(env, variable);
  if (url === undefined) return null;
  const config = checked(variable, { ...fixed, url: url.href, ...bearer(env, keyVariable) });
  return { variable, config, mustProbe: false };
}

const tickets = (env: Environment): EnvironmentSource | null =>
  restService(env, "API_BASE_URL", "FASTMCP_TOKEN", { name: "tickets", type: "tickets" });

/** The ticket service of an environment that names one. Throws `config-invalid`. */
export function environmentTickets(env: Environment): SourceConfig {
  const found = tickets(env);
  if (found === null) throw invalid("API_BASE_URL", "no address");
  return found.config;
}

/** The sources that an environment names. Throws `config-invalid`, which names the variable. */
export function environmentSources(env: Environment): EnvironmentSource[] {
  const tracking = { name: "task-tracking", type: "task-tracking" };
  return [
    mcpServer(env, serviceAccount(env)),
    restService(env, "TASK_TRACKING_URL", "TASK_TRACKING_API_KEY", tracking),
    tickets(env),
  ].filter((source) => source !== null);
}

const largest = 256 * 1024;

/** What was kept; empty when there is nothing that can be read. */
export function readKeptSources(file: string): SourceConfig[] {
  const text = readSmallFile(file, largest);
  if (text === null) return [];
  try {
    return SourceList.parse(JSON.parse(text));
  } catch {
    return [];
  }
}

/** Keeps these instead of those of the same names. */
export function keepSources(file: string, sources: readonly SourceConfig[]): void {
  if (sources.length === 0) return;
  const names = new Set(sources.map(({ name }) => name));
  const others = readKeptSources(file).filter(({ name }) => !names.has(name));
  writeKeptSources(file, [...others, ...sources]);
}

export function writeKeptSources(file: string, sources: readonly SourceConfig[]): void {
  const text = JSON.stringify(sources, null, 2);
  if (readSmallFile(file, largest) !== text) replaceFile(file, text, { mode: 0o600 });
}

/** How a server without a path in its address speaks. */
export type Speech = { over: "mcp"; preset: string | null } | { over: "rest" };

/**
 * What an earlier command found out of that server; null where it is not known: MCP without a preset may have been the
 * guess.
 */
export function keptSpeech(
  kept: readonly SourceConfig[],
  config: Pick<SourceConfig, "name" | "url" | "command" | "args">,
): Speech | null {
  const before = kept.find((one) => one.name === config.name);
  if (before === undefined || originOf(before) !== originOf(config)) return null;
  if (before.preset !== undefined) return { over: "mcp", preset: before.preset };
  return before.transport === undefined ? { over: "rest" } : null;
}

/** The source of an environment, once it is known how its server speaks. */
export function sourceThatSpeaks(config: SourceConfig, speech: Speech): SourceConfig {
  if (speech.over === "mcp") {
    return speech.preset === null ? config : { ...config, type: "mcp", preset: speech.preset };
  }
  const { transport: _mcp, ...rest } = config;
  return { ...rest, url: new URL(config.url ?? "").origin };
}
