// How a configured source is reached: its address or program, and its sign-in.

import type { Environment } from "../config/folders.ts";
import { resolveSecret } from "../config/secrets.ts";
import { insecureBecause, originOf } from "../config/source-config.ts";
import type { SourceConfig } from "../config/source-config.ts";
import { SitrepError } from "../core/errors.ts";
import type { ProjectScope } from "../core/ports.ts";
import { connectMcp } from "../mcp/connect.ts";
import type { McpConnection, McpTarget } from "../mcp/connection.ts";
import type { TakePermit } from "../resilience/policy.ts";

export interface SourceWorld {
  /** The environment of a command that a person typed; null in the monitor. */
  env: Environment | null;
  secrets: string;
  allowInsecureHosts: readonly string[];
  requestsPerMinute: number;
  takePermit: TakePermit | null;
}

const connectMs = 10_000;
const requestMs = 30_000;

/** Every value that is a reference to a secret, resolved for this source's origin; others as they are. */
function secretIn(config: SourceConfig, world: SourceWorld, value: string): string {
  if (!/^\$\{(env|file):/.test(value)) return value;
  const use = { source: config.name, origin: originOf(config), reference: value };
  return resolveSecret(world.secrets, use, world.env);
}

/** The headers of a request: the sign-in, and the principal of a ticket service. */
export function headersOf(config: SourceConfig, world: SourceWorld): Record<string, string> {
  const headers: Record<string, string> = {};
  const { auth } = config;
  if (auth !== undefined) {
    const secret = secretIn(config, world, auth.secret);
    if (auth.type === "bearer") headers["authorization"] = `Bearer ${secret}`;
    else headers[auth.header ?? "x-api-key"] = secret;
  }
  if (config.type === "tickets") {
    const { userId, organizationId } = config.with;
    if (userId !== undefined) headers["x-user-id"] = userId;
    if (organizationId !== undefined) headers["x-organization-id"] = organizationId;
  }
  return headers;
}

/** Throws `config-invalid` for an address that would send everything in the clear. */
export function requireSafe({ name, url }: SourceConfig, world: SourceWorld): void {
  const why = url === undefined ? null : insecureBecause(url, world.allowInsecureHosts);
  if (why !== null) throw new SitrepError("config-invalid", `${name}: ${why}.`);
}

/** Throws `secret-missing` or `secret-unsafe` before a call, which no repetition would mend. */
export function requireSecrets(config: SourceConfig, world: SourceWorld): void {
  headersOf(config, world);
  for (const value of Object.values(config.env)) secretIn(config, world, value);
}

function targetOf(config: SourceConfig, scope: ProjectScope, world: SourceWorld): McpTarget {
  const { url, command, args, cwd } = config;
  if (command !== undefined) {
    const env = Object.fromEntries(
      Object.entries(config.env).map(([name, value]) => [name, secretIn(config, world, value)]),
    );
    return { transport: "stdio", command, args, env, cwd: cwd ?? scope.path };
  }
  const address = url ?? "";
  requireSafe(config, world);
  const isSocket = /^wss?:/.test(address);
  const transport = config.transport ?? (isSocket ? "websocket" : "http");
  if (transport === "stdio") throw new Error("stdio without a command");
  return { transport, url: address, headers: async () => headersOf(config, world) };
}

/** Connects as the configuration says. Throws `SourceError`, `secret-missing`, `secret-unsafe`. */
export function connectSource(
  config: SourceConfig,
  scope: ProjectScope,
  world: SourceWorld,
): Promise<McpConnection> {
  const given = config.timeoutSeconds === undefined ? requestMs : config.timeoutSeconds * 1000;
  return connectMcp(targetOf(config, scope, world), {
    name: config.name,
    connectTimeoutMs: connectMs,
    requestTimeoutMs: given,
  });
}
