// An MCP server under its policy: each call signed in, over one connection that is made when it is first needed.

import { abortable } from "../http/deadline.ts";
import { callSignedIn, type SignedInCall } from "../http/header-source.ts";
import type { Policy } from "../http/policy-settings.ts";
import type { McpConnection } from "./mcp/connection.ts";
import { createSharedConnection, type SharedConnection } from "./mcp/shared-connection.ts";
import { createSentSecrets } from "./sent-secrets.ts";
import { connectServer, policyOf, type ServerAddress } from "./server-address.ts";

export interface McpCall<T> extends Omit<SignedInCall<T>, "attempt"> {
  readonly work: (connection: McpConnection, signal: AbortSignal) => Promise<T>;
  /** Starts it together with what else is queued within the policy's `batchWindowMs`. */
  readonly isQueued?: boolean;
}

export interface McpServer extends AsyncDisposable {
  readonly policy: Policy;
  readonly connection: SharedConnection;
  call<T>(call: McpCall<T>): Promise<T>;
  /** Asks whether the server is there, outside the policy. */
  check(signal: AbortSignal): Promise<void>;
}

/** Nothing is contacted or started before it is asked for something. */
export function openMcpServer(address: ServerAddress): McpServer {
  const sent = createSentSecrets(address.url);
  const server = sent.watch(address);
  const policy = policyOf(server);
  const connection = createSharedConnection(
    server.name,
    () => connectServer(server),
    server.idleMs,
  );
  connection.on("listChanged", () => policy.forget());
  return {
    policy,
    connection,
    call: ({ work, isQueued = false, ...call }) =>
      callSignedIn(server, isQueued ? policy.queue : policy.run, {
        ...call,
        attempt: (signal) => sent.without(connection.use((made) => work(made, signal))),
      }),
    check: async (signal) => {
      const made = await abortable(signal, () => connection.get());
      await made.ping({ signal });
    },
    [Symbol.asyncDispose]: async () => {
      server.close?.();
      await connection[Symbol.asyncDispose]();
    },
  };
}
