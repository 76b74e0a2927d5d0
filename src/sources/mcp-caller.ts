// An MCP server under its policy: each call signed in, over one connection that the first call makes.

import { callWithAuth, type AuthCall } from "../http/header-source.ts";
import type { Policy } from "../http/policy-settings.ts";
import type { McpConnection } from "./mcp/mcp-connection.ts";
import { createSentSecrets } from "./sent-secrets.ts";
import { serverConnection, serverPolicy, type ServerAddress } from "./server-address.ts";

export interface McpCall<T> extends Omit<AuthCall<T>, "attempt"> {
  readonly work: (connection: McpConnection, signal: AbortSignal) => Promise<T>;
  /** Starts it together with other calls queued within the policy's `batchWindowMs`. */
  readonly isQueued?: boolean;
}

export interface McpCaller extends AsyncDisposable {
  readonly policy: Policy;
  readonly connection: McpConnection;
  call<T>(call: McpCall<T>): Promise<T>;
  check(signal: AbortSignal): Promise<void>;
}

export function openMcpCaller(address: ServerAddress): McpCaller {
  const sent = createSentSecrets(address.url);
  const server = sent.watch(address);
  const policy = serverPolicy(server);
  const connection = serverConnection(address, sent);
  connection.on("listChanged", () => policy.forget());
  return {
    policy,
    connection,
    call: ({ work, isQueued = false, ...call }) =>
      callWithAuth(server, isQueued ? policy.queue : policy.run, {
        ...call,
        attempt: (signal) => sent.without(work(connection, signal)),
      }),
    check: async (signal) => {
      await connection.ping({ signal });
    },
    [Symbol.asyncDispose]: async () => {
      server.close?.();
      await connection[Symbol.asyncDispose]();
    },
  };
}
