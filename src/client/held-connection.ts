// The connection of a client: made when it is first needed, and held until the client is closed. A first try that failed
// is made anew by the next call.

import { SourceError } from "../core/source-error.ts";
import { connectMcp } from "../sources/mcp/connect.ts";
import type {
  ConnectOptions,
  ConnectionEvents,
  ConnectionState,
  McpConnection,
  McpTarget,
} from "../sources/mcp/connection.ts";
import type { Listeners } from "../http/listeners.ts";

export interface HeldConnection {
  readonly state: ConnectionState;
  /** Throws what connecting throws, and `source-unreachable` once it is closed. */
  get(): Promise<McpConnection>;
  close(): Promise<void>;
}

/** Nothing is contacted or started before it is asked for. What the connection says goes on to `listeners`. */
export function createHeldConnection(
  target: McpTarget,
  options: ConnectOptions,
  listeners: Listeners<ConnectionEvents>,
): HeldConnection {
  let state: ConnectionState = "disconnected";
  let made: McpConnection | null = null;
  let opening: Promise<McpConnection> | null = null;

  async function connect(): Promise<McpConnection> {
    state = "connecting";
    try {
      const connection = await connectMcp(target, options);
      for (const event of ["connected", "disconnected", "maxReconnectAttemptsReached"] as const) {
        connection.on(event, () => listeners.emit(event));
      }
      connection.on("error", (error) => listeners.emit("error", error));
      connection.on("listChanged", (kind) => listeners.emit("listChanged", kind));
      made = connection;
      listeners.emit("connected");
      return connection;
    } catch (error) {
      opening = null;
      state = "disconnected";
      listeners.emit("error", error instanceof Error ? error : new Error(String(error)));
      throw error;
    }
  }

  const closed = (): SourceError =>
    new SourceError("source-unreachable", `The client of ${options.name} was closed.`, {
      isUnsent: true,
    });
  return {
    get state() {
      return made?.state ?? state;
    },
    get: () => {
      if (state === "closed") return Promise.reject(closed());
      opening ??= connect();
      return opening;
    },
    close: async () => {
      const closing = opening;
      opening = null;
      await closing?.then(
        (connection) => connection[Symbol.asyncDispose](),
        () => undefined,
      );
      state = "closed";
    },
  };
}
