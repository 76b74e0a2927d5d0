// Everything needed to open a server, from a configuration or from a program's options.

import type { HttpMapping } from "../core/mapping/http-mapping.ts";
import type { Mapping } from "../core/mapping/mapping.ts";
import type { McpTransport, SourceType } from "../core/ports.ts";
import { defined } from "../core/read.ts";
import { requireAuthHeaders, type HeaderSource } from "../http/header-source.ts";
import { createPolicy } from "../http/policy.ts";
import type { Policy, PolicySettings, TakePermit } from "../http/policy-settings.ts";
import { createSentSecrets, type SentSecrets } from "./sent-secrets.ts";
import { createConnection } from "./mcp/connect.ts";
import type {
  ConnectOptions,
  McpConnection,
  McpTarget,
  StdioProgram,
} from "./mcp/mcp-connection.ts";

export interface ServerAddress {
  readonly name: string;
  /** Its origin or command line: responses and secrets are bound to it. */
  readonly origin: string;
  readonly subject: () => string;
  /** Default: `stdio` for a program, `websocket` for its addresses, else `http`. */
  readonly transport?: McpTransport | undefined;
  readonly url: string;
  /** Throws `secret-missing`, `secret-unsafe`, `tls-off`, and what getting a token throws. */
  readonly headers: HeaderSource;
  /** Null for an address. Throws `secret-missing`, `secret-unsafe`. */
  readonly program: (() => StdioProgram) | null;
  readonly type: SourceType;
  readonly preset?: string | undefined;
  readonly mapping?: Mapping | HttpMapping | undefined;
  /** Settings of the type, the preset or the mapping. */
  readonly settings: Readonly<Record<string, string>>;
  readonly connect: Omit<ConnectOptions, "name" | "largestMessage">;
  /** Bytes. Default 1 MiB. */
  readonly largestResponse?: number | undefined;
  readonly policy: PolicySettings;
  /** Counts its requests; null: they are not counted. */
  readonly takePermit: TakePermit | null;
  readonly close?: () => void;
}

export type RestAddress = Omit<ServerAddress, "type" | "settings" | "connect">;

const isSocket = (url: string): boolean => /^wss?:/.test(url);

/** True over MCP: `manage-task` is REST unless it has a transport, a `ws:` address or a program. */
export function speaksMcp(
  server: Pick<ServerAddress, "type" | "transport" | "url" | "program">,
): boolean {
  const { type, transport, url, program } = server;
  if (type !== "manage-task") return type === "mcp";
  return program !== null || transport !== undefined || isSocket(url);
}

function targetOf({ transport, url, headers, program }: ServerAddress): McpTarget {
  if (program !== null) return { transport: "stdio", ...program() };
  if (transport === "stdio") throw new Error("stdio without a command");
  return { transport: transport ?? (isSocket(url) ? "websocket" : "http"), url, headers };
}

/** Signs in each time it connects. Throws `SourceError` and the sign-in's, without secrets. */
export function serverConnection(
  address: ServerAddress,
  sent: SentSecrets = createSentSecrets(address.url),
): McpConnection {
  const server = sent.watch(address);
  const { name, connect, largestResponse: largestMessage } = server;
  const { cleanError } = sent;
  const target = async (): Promise<McpTarget> => {
    // Signs in first, because a failure inside the connection would lose its code.
    await requireAuthHeaders(server);
    return targetOf(server);
  };
  return createConnection(target, { name, cleanError, ...connect, ...defined({ largestMessage }) });
}

/** Connects now. Throws `SourceError`, and what the sign-in throws. */
export async function connectServer(address: ServerAddress): Promise<McpConnection> {
  const connection = serverConnection(address);
  await connection.connect();
  return connection;
}

export const serverPolicy = ({
  name,
  origin,
  policy,
  takePermit,
}: Pick<ServerAddress, "name" | "origin" | "policy" | "takePermit">): Policy =>
  createPolicy(policy, {
    name,
    origin,
    now: () => performance.now(),
    random: Math.random,
    takePermit,
  });
