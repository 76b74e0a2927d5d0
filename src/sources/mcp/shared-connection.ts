// A connection to an MCP server that is made when it is needed and shared by concurrent calls. One with an idle time is
// closed when nobody has needed it for so long: a server that is a program does not run for ever.

import { SourceError } from "../../core/source-error.ts";
import { createListeners } from "../../http/listeners.ts";
import type { ConnectionEvents, ConnectionState, McpConnection } from "./connection.ts";

/** How calls came by a connection. */
export interface ConnectionUse {
  /** Calls for which one was made. */
  readonly opened: number;
  /** Calls that found one. */
  readonly reused: number;
  readonly isOpen: boolean;
}

export interface SharedConnection extends AsyncDisposable {
  readonly state: ConnectionState;
  readonly counts: ConnectionUse;
  /** Closes it unless somebody uses it. */
  release(): Promise<void>;
  /** Connects where nobody has. Throws what connecting throws, and `source-unreachable` once it is closed. */
  get(): Promise<McpConnection>;
  /** Gives `work` the connection. One with an idle time that turns out to be broken is closed: the next call connects. */
  use<T>(work: (connection: McpConnection) => Promise<T>): Promise<T>;
  on<E extends keyof ConnectionEvents>(event: E, listener: ConnectionEvents[E]): () => void;
}

const brokenCodes = new Set(["source-unreachable", "source-timeout", "source-not-started"]);

const isBroken = (error: unknown): boolean =>
  error instanceof SourceError && brokenCodes.has(error.code);

const closedFailure = (name: string): SourceError =>
  new SourceError("source-unreachable", `The client of ${name} was closed.`, { isUnsent: true });

/** `idleMs`: how long an unused connection stays; null: until this is disposed of, whatever fails. */
export function createSharedConnection(
  name: string,
  connect: () => Promise<McpConnection>,
  idleMs: number | null,
): SharedConnection {
  const listeners = createListeners<ConnectionEvents>();
  let state: ConnectionState = "disconnected";
  let made: McpConnection | null = null;
  let current: Promise<McpConnection> | null = null;
  let users = 0;
  const counts = { opened: 0, reused: 0 };
  let timer: NodeJS.Timeout | undefined;

  async function open(): Promise<McpConnection> {
    const connection = await connect();
    for (const event of ["connected", "disconnected", "maxReconnectAttemptsReached"] as const) {
      connection.on(event, () => listeners.emit(event));
    }
    connection.on("error", (error) => listeners.emit("error", error));
    connection.on("listChanged", (kind) => listeners.emit("listChanged", kind));
    return connection;
  }

  /** What became of it, unless this was closed meanwhile. */
  async function note(opening: Promise<McpConnection>): Promise<void> {
    try {
      const connection = await opening;
      if (current !== opening) return;
      made = connection;
      listeners.emit("connected");
    } catch (error) {
      if (current !== opening) return;
      current = null;
      state = "disconnected";
      listeners.emit("error", error instanceof Error ? error : new Error(String(error)));
    }
  }

  function get(): Promise<McpConnection> {
    if (state === "closed") return Promise.reject(closedFailure(name));
    if (current !== null) return current;
    state = "connecting";
    const opening = open();
    current = opening;
    void note(opening);
    return opening;
  }

  async function close(next: ConnectionState): Promise<void> {
    clearTimeout(timer);
    const closing = current;
    current = null;
    made = null;
    state = next;
    await closing?.then(
      (connection) => connection[Symbol.asyncDispose](),
      () => undefined,
    );
  }

  return {
    get state() {
      return made?.state ?? state;
    },
    get counts() {
      return { ...counts, isOpen: current !== null };
    },
    release: async () => {
      if (users === 0 && current !== null) await close("disconnected");
    },
    get,
    use: async (work) => {
      clearTimeout(timer);
      users += 1;
      counts[current === null ? "opened" : "reused"] += 1;
      const used = get();
      try {
        return await work(await used);
      } catch (error) {
        if (idleMs !== null && current === used && isBroken(error)) void close("disconnected");
        throw error;
      } finally {
        users -= 1;
        if (users === 0 && current !== null && idleMs !== null) {
          timer = setTimeout(() => void close("disconnected"), idleMs).unref();
        }
      }
    },
    on: listeners.on,
    [Symbol.asyncDispose]: () => close("closed"),
  };
}
