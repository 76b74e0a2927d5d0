// Where a server of the library is: an address or a program, with its sign-in.

import type { TokenProvider } from "../sources/auth/tokens.ts";
import { insecureBecause } from "../config/source-address.ts";
import { SitrepError } from "../core/errors.ts";
import type { McpTarget } from "../sources/mcp/connection.ts";
import { headerSource } from "./sign-in.ts";

export interface ServerAddress {
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
}

/** Throws `config-invalid` for what is no address, and for one that would send everything in the clear. */
export function requireAddress({ url = "", allowInsecureHosts = [] }: ServerAddress): URL {
  if (!URL.canParse(url) || !/^(https?|wss?):/.test(url)) {
    throw new SitrepError(
      "config-invalid",
      `url: not an http:, https:, ws: or wss: address: ${url}`,
    );
  }
  const why = insecureBecause(url, allowInsecureHosts);
  if (why !== null) throw new SitrepError("config-invalid", `url: ${why}.`);
  return new URL(url);
}

export interface NamedTarget {
  target: McpTarget;
  name: string;
  /** The origin, or the command line. */
  origin: string;
}

/** Throws `config-invalid`. */
export function targetOf(address: ServerAddress): NamedTarget {
  const { command, args = [], env = {}, cwd = process.cwd(), tokens, headers = {} } = address;
  if (command !== undefined) {
    return {
      target: { transport: "stdio", command, args, env, cwd },
      name: address.name ?? command,
      origin: `stdio:${JSON.stringify([command, ...args])}`,
    };
  }
  const url = requireAddress(address);
  const transport = address.transport ?? (url.protocol.startsWith("ws") ? "websocket" : "http");
  return {
    target: { transport, url: url.href, headers: headerSource(tokens ?? null, headers) },
    name: address.name ?? url.host,
    origin: url.origin === "null" ? `${url.protocol}//${url.host}` : url.origin,
  };
}
