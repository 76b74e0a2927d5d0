// How a configured source is reached: its address or program, and its sign-in.

import { insecureAddress } from "../../config/source-address.ts";
import type { SourceConfig } from "../../config/source-config.ts";
import { SitrepError } from "../../core/errors.ts";
import type { ProjectScope } from "../../core/ports.ts";
import { connectMcp } from "../../mcp/connect.ts";
import type { McpConnection, McpTarget } from "../../mcp/connection.ts";
import { headersOf, requireSignIn, secretIn } from "./source-sign-in.ts";
import type { SourceWorld } from "./source-sign-in.ts";

const connectMs = 10_000;
const requestMs = 30_000;

/** Throws `config-invalid` for an address that would send everything in the clear. */
export function requireSafe(config: SourceConfig, world: SourceWorld): void {
  const found = insecureAddress(config, world.allowInsecureHosts);
  if (found === null) return;
  throw new SitrepError("config-invalid", `${config.name}: ${found.path.join(".")}: ${found.why}`);
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
  return { transport, url: address, headers: headersOf(config, world) };
}

/** Connects as the configuration says. Throws `SourceError`, `secret-missing`, `secret-unsafe`. */
export async function connectSource(
  config: SourceConfig,
  scope: ProjectScope,
  world: SourceWorld,
): Promise<McpConnection> {
  // First, because a failure to sign in is told by its own code only outside of a connection.
  requireSafe(config, world);
  await requireSignIn(config, world);
  const given = config.timeoutSeconds === undefined ? requestMs : config.timeoutSeconds * 1000;
  return connectMcp(targetOf(config, scope, world), {
    name: config.name,
    connectTimeoutMs: connectMs,
    requestTimeoutMs: given,
    ...(world.signal === undefined ? {} : { signal: world.signal }),
  });
}
