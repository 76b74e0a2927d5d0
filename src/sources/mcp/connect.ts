// A connection that is made with the first call, shared by all calls, and closed after its idle time.

import { SourceError } from "../../core/source-error.ts";
import { startDeadline } from "../../http/deadline.ts";
import { createEventEmitter } from "../../http/event-emitter.ts";
import { duringCall } from "../../http/restricted-fetch.ts";
import type {
  CallOptions,
  ConnectionEvents,
  ConnectOptions,
  McpConnection,
  McpTarget,
} from "./mcp-connection.ts";
import { ConnectionStates } from "./connection-states.ts";
import type { Session } from "./mcp-session.ts";

/** The factor by which progress reports may extend a call's timeout. */
const progressFactor = 10;

const brokenCodes = ["source-unreachable", "source-timeout", "source-not-started"];
const isBroken = (error: unknown): boolean =>
  error instanceof SourceError && brokenCodes.includes(error.code);

function countUse(states: ConnectionStates, idleMs: number | null) {
  const counts = { opened: 0, reused: 0 };
  let users = 0;
  let timer: NodeJS.Timeout | undefined;
  const isOpen = (): boolean => !["disconnected", "closed"].includes(states.state);
  return {
    read: () => ({ ...counts, isOpen: isOpen() }),
    release: async (): Promise<void> => {
      if (users === 0) await states.end("disconnected");
    },
    during: async <T>(call: () => Promise<T>): Promise<T> => {
      clearTimeout(timer);
      users += 1;
      counts[isOpen() ? "reused" : "opened"] += 1;
      try {
        return await call();
      } finally {
        users -= 1;
        if (users === 0 && idleMs !== null && isOpen()) {
          timer = setTimeout(() => void states.end("disconnected"), idleMs).unref();
        }
      }
    },
  };
}

type Call<T> = (session: Session, options: CallOptions) => Promise<T>;
type MakeCall = <T>(options: CallOptions | undefined, call: Call<T>) => Promise<T>;

function createCalls(
  states: ConnectionStates,
  { name, requestTimeoutMs, idleMs = null }: ConnectOptions,
): MakeCall {
  async function attempt<T>(session: Session, call: Call<T>, options: CallOptions): Promise<T> {
    try {
      return await call(session, options);
    } catch (error) {
      if (!session.isLostBy(error)) throw error;
      await states.drop(session);
      return call(await states.session(options.signal), options);
    }
  }

  return async ({ onProgress, timeoutMs = requestTimeoutMs, signal } = {}, call) => {
    const factor = onProgress === undefined ? 1 : progressFactor;
    const deadline = startDeadline(name, timeoutMs * factor, signal);
    const options = { timeoutMs, signal: deadline.signal, ...(onProgress && { onProgress }) };
    let session: Session | null = null;
    try {
      signal?.throwIfAborted();
      const used = (session = await states.session(deadline.signal));
      return await duringCall(deadline.signal, () => attempt(used, call, options));
    } catch (error) {
      const failure = deadline.failure() ?? session?.failureOf(error) ?? error;
      if (session !== null && idleMs !== null && isBroken(failure)) states.closeBroken(session);
      throw failure;
    }
  };
}

/** A promise's result, or its error without the secrets that were sent. */
const errorCleaner =
  ({ cleanError = (error) => error }: ConnectOptions) =>
  <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      throw cleanError(error);
    });

/** `target` gives the address and the sign-in of each session. Nothing is contacted before a call. */
export function createConnection(
  target: () => Promise<McpTarget>,
  options: ConnectOptions,
): McpConnection {
  const { idleMs = null } = options;
  const cleaned = errorCleaner(options);
  const listeners = createEventEmitter<ConnectionEvents>();
  const states = new ConnectionStates(
    async (signal, onLost) => {
      const found = await target();
      // The SDK is most of a command's start, and few servers speak MCP.
      const { openSession } = await import("./mcp-session.ts");
      return openSession(found, options, { listeners, onLost, signal });
    },
    options,
    listeners,
  );
  const use = countUse(states, idleMs);
  const calls = createCalls(states, options);
  const make: MakeCall = (call, work) => cleaned(use.during(() => calls(call, work)));
  return {
    connect: async (signal) => void (await cleaned(states.session(signal))),
    release: use.release,
    get use() {
      return use.read();
    },
    get serverName() {
      return states.last?.server.name ?? "";
    },
    get serverVersion() {
      return states.last?.server.version ?? "";
    },
    get protocolVersion() {
      return states.last?.protocolVersion ?? "";
    },
    get state() {
      return states.state;
    },
    get counters() {
      return states.last?.counters() ?? null;
    },
    listTools: (call) => make(call, (session, how) => session.listTools(how)),
    callTool: (tool, args, call) => make(call, (session, how) => session.callTool(tool, args, how)),
    listResources: (call) => make(call, (session, how) => session.listResources(how)),
    readResource: (uri, call) => make(call, (session, how) => session.readResource(uri, how)),
    listPrompts: (call) => make(call, (session, how) => session.listPrompts(how)),
    getPrompt: (prompt, args, call) =>
      make(call, (session, how) => session.getPrompt(prompt, args, how)),
    ping: async (call) => {
      const started = performance.now();
      await make(call, (session, how) => session.ping(how));
      return performance.now() - started;
    },
    on: listeners.on,
    waitForConnection: (ms = 10_000) => states.wait(ms),
    [Symbol.asyncDispose]: () => states.end("closed"),
  };
}
