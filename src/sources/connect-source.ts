// How a configured source is reached: its address or program, and its sign-in.

import { insecureAddress } from "../config/source-address.ts";
import type { SourceConfig } from "../config/source-config.ts";
import { SitrepError } from "../core/errors.ts";
import type { ProjectScope } from "../core/ports.ts";
import { connectMcp } from "./mcp/connect.ts";
import type { McpConnection, McpTarget } from "./mcp/connection.ts";
import { headersOf, requireSignIn, secretIn } from "./credentials.ts";
import type { SourceContext } from "./credentials.ts";

const connectMs = 10_000;
const requestMs = 30_000;

/** Throws `config-invalid` for an address that would send everything in the clear. */
export function requireSafe(config: SourceConfig, context: SourceContext): void {
  const found = insecureAddress(config, context.allowInsecureHosts);
  if (found === null) return;
  throw new SitrepError("config-invalid", `${config.name}: ${found.path.join(".")}: ${found.why}`);
}

function targetOf(config: SourceConfig, scope: ProjectScope, context: SourceContext): McpTarget {
  const { url, command, args, cwd } = config;
  if (command !== undefined) {
    const env = Object.fromEntries(
      Object.entries(config.env).map(([name, value]) => [name, secretIn(config, context, value)]),
    );
    return { transport: "stdio", command, args, env, cwd: cwd ?? scope.path };
  }
  const address = url ?? "";
  requireSafe(config, context);
  const isSocket = /^wss?:/.test(address);
  const transport = config.transport ?? (isSocket ? "websocket" : "http");
  if (transport === "stdio") throw new Error("stdio without a command");
  return { transport, url: address, headers: headersOf(config, context) };
}

/** Connects as the configuration says. Throws `SourceError`, `secret-missing`, `secret-unsafe`. */
export async function connectSource(
  config: SourceConfig,
  scope: ProjectScope,
  context: SourceContext,
): Promise<McpConnection> {
  // First, because a failure to sign in is told by its own code only outside of a connection.
  requireSafe(config, context);
  await requireSignIn(config, context);
  const given = config.timeoutSeconds === undefined ? requestMs : config.timeoutSeconds * 1000;
  return connectMcp(targetOf(config, scope, context), {
    name: config.name,
    connectTimeoutMs: connectMs,
    requestTimeoutMs: given,
    ...(context.signal === undefined ? {} : { signal: context.signal }),
  });
}
