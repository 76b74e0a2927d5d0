// Keeps one session with a server: its states, the events that announce them, and how a lost session is replaced.

import { SourceError } from "../../core/source-error.ts";
import type { ConnectionCounters } from "../../http/connections.ts";
import type { ConnectionEvents, ConnectionState, ConnectOptions, McpTarget } from "./connection.ts";
import { createListeners, type Listeners } from "../../http/listeners.ts";
import { openSession, type Session } from "./session.ts";
import { createTransports } from "./transports.ts";

export interface ConnectionManager extends AsyncDisposable {
  readonly state: ConnectionState;
  readonly listeners: Listeners<ConnectionEvents>;
  readonly counters: ConnectionCounters | null;
  /** The session, a new one where it was lost. Throws `SourceError`, with `isUnsent`. */
  session(signal?: AbortSignal): Promise<Session>;
  /** The session that there is or was last, for what it said of itself. */
  lastSession(): Session;
  /** Gives up a session that the server no longer knows. */
  drop(session: Session): Promise<void>;
  waitForConnection(ms: number): Promise<void>;
}

const closedFailure = (name: string): SourceError =>
  new SourceError("source-unreachable", `The connection to ${name} was closed.`, {
    isUnsent: true,
  });

/** Connects at once. Throws what the first try fails with; later losses are the events' affair. */
export async function startConnectionManager(
  target: McpTarget,
  options: ConnectOptions,
): Promise<ConnectionManager> {
  const { name } = options;
  const { firstDelayMs, attempts } = options.reconnect ?? { firstDelayMs: 2000, attempts: 5 };
  const transports = createTransports(target, options);
  const listeners = createListeners<ConnectionEvents>();
  const states = createListeners<{ state: (state: ConnectionState) => void }>();
  let state: ConnectionState = "connecting";
  let current: Session | null = null;
  let opening: Promise<Session> | null = null;
  let timer: NodeJS.Timeout | undefined;

  function enter(next: ConnectionState): void {
    if (state === next || state === "closed") return;
    state = next;
    states.emit("state", next);
  }

  function onLost(): void {
    if (current === null || state === "closed") return;
    current = null;
    // Other transports connect again with the next call: there is nobody to keep waiting for.
    const isKept = target.transport === "websocket" && attempts > 0;
    enter(isKept ? "reconnecting" : "disconnected");
    listeners.emit("disconnected");
    if (isKept) reconnectLater(1);
  }

  function reconnectLater(attempt: number): void {
    timer = setTimeout(() => void reconnect(attempt), firstDelayMs * 2 ** (attempt - 1)).unref();
  }

  async function reconnect(attempt: number): Promise<void> {
    try {
      await open();
    } catch {
      if (state === "closed") return;
      if (attempt < attempts) return reconnectLater(attempt + 1);
      enter("disconnected");
      listeners.emit("maxReconnectAttemptsReached");
    }
  }

  let last: Session;

  async function connect(): Promise<Session> {
    const { signal: _first, ...later } = options;
    const own = state === "connecting" ? options : later;
    const session = await openSession(target, transports, own, listeners, onLost);
    if (state === "closed") {
      await session.close();
      throw closedFailure(name);
    }
    current = session;
    last = session;
    enter("connected");
    listeners.emit("connected");
    return session;
  }

  function open(): Promise<Session> {
    opening ??= connect().finally(() => (opening = null));
    return opening;
  }

  const waitForState = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const late = new SourceError("source-timeout", `${name} is not connected after ${ms} ms.`, {
        isUnsent: true,
      });
      const end = (finish: () => void): void => {
        clearTimeout(patience);
        leave();
        signal?.removeEventListener("abort", onAbort);
        finish();
      };
      const onAbort = (): void => end(() => reject(signal?.reason));
      const look = (now: ConnectionState): void => {
        if (now === "connected") end(resolve);
        if (now === "closed" || now === "disconnected") end(() => reject(closedFailure(name)));
      };
      const patience = setTimeout(() => end(() => reject(late)), ms);
      const leave = states.on("state", look);
      signal?.addEventListener("abort", onAbort, { once: true });
      if (signal?.aborted === true) onAbort();
      look(state);
    });

  try {
    last = await open();
  } catch (error) {
    state = "closed";
    await transports[Symbol.asyncDispose]();
    throw error;
  }

  return {
    get state() {
      return state;
    },
    listeners,
    get counters() {
      return transports.counters();
    },
    lastSession: () => last,
    session: async (signal) => {
      if (state === "closed") throw closedFailure(name);
      if (current !== null) return current;
      if (state === "reconnecting") {
        await waitForState(options.connectTimeoutMs, signal);
        if (current !== null) return current;
      }
      return open();
    },
    drop: async (session) => {
      if (current !== session) return;
      onLost();
      await session.close().catch(() => {});
    },
    waitForConnection: (ms) => waitForState(ms),
    [Symbol.asyncDispose]: async () => {
      if (state === "closed") return;
      const session = current;
      current = null;
      clearTimeout(timer);
      enter("closed");
      await session?.close().catch(() => {});
      await opening?.catch(() => {});
      await transports[Symbol.asyncDispose]();
    },
  };
}
