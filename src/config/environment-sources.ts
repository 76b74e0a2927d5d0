// Only commands that a person types read these variables; the monitor has the file of kept sources.

import { SitrepError } from "../core/errors.ts";
import { defined, issueText } from "../core/read.ts";
import { readSmallFile } from "../state/files/read-small-file.ts";
import { replaceFile } from "../state/files/replace-file.ts";
import { readEnvironmentAccount } from "./environment-account.ts";
import {
  addressText,
  missingVariable,
  numberText,
  readVariables,
  variable,
  wordText,
} from "./environment.ts";
import type { Environment } from "./folders.ts";
import { callLimits, SourceConfig, SourceList } from "./source-config.ts";

const transport = wordText(["http", "sse", "websocket"], {
  "streamable-http": "http",
  ws: "websocket",
});
const { timeoutSeconds: timeout, retries } = callLimits;
const timeoutText = numberText(timeout.least, timeout.most).optional();
const serverVariables = {
  MCP_SERVER_URL: addressText(["http:", "https:", "ws:", "wss:"]),
  MCP_TRANSPORT: transport.optional(),
  MCP_TIMEOUT: timeoutText,
  MCP_SERVER_TIMEOUT: timeoutText,
  MCP_RETRY_ATTEMPTS: numberText(retries.least, retries.most, "whole number").optional(),
};

export interface EnvironmentSource {
  config: SourceConfig;
  /** True for an address without a path, whose protocol only the server knows: `config` guesses MCP, else REST. */
  mustProbe: boolean;
  /** A possible second issuer: before Keycloak 17, addresses had `/auth`. */
  otherIssuer?: string;
}

function checked(variableName: string, source: unknown): SourceConfig {
  const result = SourceConfig.safeParse(source);
  if (result.success) return result.data;
  throw new SitrepError("config-invalid", `${variableName}: ${issueText(result.error)}`);
}

function mcpServer(env: Environment): EnvironmentSource | null {
  if (variable(env, "MCP_SERVER_URL") === undefined) return null;
  const given = readVariables(env, serverVariables);
  const url = given.MCP_SERVER_URL;
  const account = readEnvironmentAccount(env);
  const isSocket = url.protocol === "ws:" || url.protocol === "wss:";
  const mustProbe = !isSocket && url.pathname === "/";
  if (mustProbe) url.pathname = "/mcp";
  const config = checked("MCP_SERVER_URL", {
    name: "mcp-server",
    type: "manage-task",
    url: url.href,
    transport: isSocket ? "websocket" : (given.MCP_TRANSPORT ?? "http"),
    ...defined({
      auth: account?.auth,
      timeoutSeconds: given.MCP_TIMEOUT ?? given.MCP_SERVER_TIMEOUT,
      retries: given.MCP_RETRY_ATTEMPTS,
    }),
  });
  return { config, mustProbe, ...defined({ otherIssuer: account?.otherIssuer }) };
}

const restServices = {
  "task-tracking": { address: "TASK_TRACKING_URL", key: "TASK_TRACKING_API_KEY" },
  tickets: { address: "API_BASE_URL", key: "FASTMCP_TOKEN" },
};

function restService(env: Environment, type: keyof typeof restServices): EnvironmentSource | null {
  const { address, key } = restServices[type];
  const url = readVariables(env, { [address]: addressText().optional() })[address];
  if (url === undefined) return null;
  const hasKey = variable(env, key) !== undefined;
  const auth = hasKey ? { auth: { type: "bearer", secret: `\${env:${key}}` } } : {};
  return {
    config: checked(address, { name: type, type, url: url.href, ...auth }),
    mustProbe: false,
  };
}

/** The ticket service that variables name. Throws `config-invalid`. */
export function environmentTickets(env: Environment): SourceConfig {
  const found = restService(env, "tickets");
  if (found === null) throw missingVariable("API_BASE_URL", "FASTMCP_TOKEN");
  return found.config;
}

/** The sources that variables name. Throws `config-invalid`, naming the variable. */
export const environmentSources = (env: Environment): EnvironmentSource[] =>
  [mcpServer(env), restService(env, "task-tracking"), restService(env, "tickets")].filter(
    (source) => source !== null,
  );

const largest = 256 * 1024;

export function readKeptSources(file: string): SourceConfig[] {
  const text = readSmallFile(file, largest);
  if (text === null) return [];
  try {
    return SourceList.parse(JSON.parse(text));
  } catch {
    return [];
  }
}

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
