// One session with a server: the SDK's client on one transport, with a revision agreed on.

import { Client, ProtocolErrorCode, SseError } from "@modelcontextprotocol/client";
import type { ClientOptions, JsonSchemaValidator } from "@modelcontextprotocol/client";
import { version } from "../../config/version.ts";
import { SourceError } from "../../core/source-error.ts";
import { abortable, startDeadline } from "../../http/deadline.ts";
import type { ConnectionEvents, ConnectOptions, McpTarget } from "./connection.ts";
import { callFailure, rpcCodeOf, statusOf } from "./failures.ts";
import { duringCall } from "../../http/guarded-fetch.ts";
import type { MadeTransport, Transports } from "./transports.ts";

export interface Session {
  readonly client: Client;
  /** True since revision 2026-07-28, which has neither sessions nor `ping`. */
  readonly isModern: boolean;
  /** True where the server keeps something between calls that it may also lose. */
  readonly isStateful: boolean;
  readonly protocolVersion: string;
  failureOf(error: unknown): SourceError;
  close(): Promise<void>;
}

export interface SessionEvents {
  onClose(): void;
  onError(error: Error): void;
  onListChanged: ConnectionEvents["listChanged"];
}

/** Of all revisions that the SDK knows the newest. */
const modernRevision = "2026-07-28";
const mostPages = 64;
const endSessionMs = 1000;

/** We read answers loosely: a server whose answer differs from its own schema is still read as far as it can be. */
const anythingGoes: NonNullable<ClientOptions["jsonSchemaValidator"]> = {
  getValidator: <T>(): JsonSchemaValidator<T> => {
    return (input) => ({ valid: true, data: input as T, errorMessage: undefined });
  },
};

type Negotiation = NonNullable<ClientOptions["versionNegotiation"]>["mode"];

function createClient(mode: Negotiation, events: SessionEvents): Client {
  const watch = (kind: "tools" | "resources" | "prompts") => ({
    autoRefresh: false,
    // At once: what is kept of the list is wrong from now on.
    debounceMs: 0,
    onChanged: () => events.onListChanged(kind),
  });
  return new Client(
    { name: "sitrep", version },
    {
      // No sampling, elicitation or roots: a task server has nothing to ask of us.
      capabilities: {},
      versionNegotiation: mode === undefined ? {} : { mode },
      jsonSchemaValidator: anythingGoes,
      listMaxPages: mostPages,
      listChanged: {
        tools: watch("tools"),
        resources: watch("resources"),
        prompts: watch("prompts"),
      },
    },
  );
}

/** The time that opening may still take. */
interface Opening {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

async function connectClient(
  made: MadeTransport,
  options: ConnectOptions,
  mode: Negotiation,
  events: SessionEvents,
  opening: Opening,
): Promise<Session> {
  const client = createClient(mode, events);
  const { transport } = made;
  const failureOf = (error: unknown): SourceError =>
    callFailure(options.name, error, made.lastFailure());
  let isOpen = false;
  // The SDK's client is no EventTarget; it has one place for each callback.
  // oxlint-disable-next-line unicorn/prefer-add-event-listener
  client.onerror = (error) => {
    events.onError(error);
    // The SDK opens a lost stream of events anew, but without the handshake that the new session needs.
    if (isOpen && error instanceof SseError) void transport.close();
  };
  try {
    await duringCall(opening.signal, () =>
      abortable(opening.signal, () =>
        client.connect(transport, { timeout: opening.timeoutMs, signal: opening.signal }),
      ),
    );
  } catch (error) {
    await transport.close().catch(() => {});
    throw error;
  }
  await made.settle();
  isOpen = true;
  // oxlint-disable-next-line unicorn/prefer-add-event-listener
  client.onclose = events.onClose;
  const protocolVersion = client.getNegotiatedProtocolVersion() ?? "unknown";
  return {
    client,
    isModern: client.getProtocolEra() === "modern",
    isStateful: transport.sessionId !== undefined,
    protocolVersion,
    failureOf,
    close: async () => {
      delete client.onclose;
      const patience = new Promise((resolve) => setTimeout(resolve, endSessionMs).unref());
      await Promise.race([made.endSession().catch(() => {}), patience]);
      await client.close();
    },
  };
}

/** Answers to `initialize` by which a server says that it does not know it. */
const refusesHandshake = (error: unknown): boolean => {
  const code = rpcCodeOf(error);
  return (
    code === ProtocolErrorCode.MethodNotFound ||
    code === ProtocolErrorCode.InvalidRequest ||
    code === ProtocolErrorCode.UnsupportedProtocolVersion
  );
};

/** Answers to a POST by which a server of before 2025 says that it speaks SSE (the specification's own rule). */
const mayBeOldServer = (error: unknown): boolean => [400, 404, 405].includes(statusOf(error) ?? 0);

async function openWithFallback(
  target: McpTarget,
  transports: Transports,
  options: ConnectOptions,
  events: SessionEvents,
  opening: Opening,
): Promise<Session> {
  const connect = (made: MadeTransport, mode: Negotiation): Promise<Session> =>
    connectClient(made, options, mode, events, opening).catch((error: unknown) => {
      // Once the transport is gone its own words are; they are kept here.
      throw Object.assign(new Error("not connected", { cause: error }), {
        failure: callFailure(options.name, error, made.lastFailure()),
      });
    });
  if (target.transport === "http") {
    try {
      return await connect(transports.make(), "auto");
    } catch (error) {
      if (!mayBeOldServer(error)) throw error;
      return await connect(transports.make("sse"), "legacy").catch(() => {
        throw error;
      });
    }
  }
  // Elsewhere asking first for the newest revision costs a second process, or a stall with a server that keeps silent.
  try {
    return await connect(transports.make(), "legacy");
  } catch (error) {
    if (target.transport === "sse" || !refusesHandshake(error)) throw error;
    return connect(transports.make(), { pin: modernRevision });
  }
}

/** Connects within `connectTimeoutMs`. Throws `SourceError`. */
export async function openSession(
  target: McpTarget,
  transports: Transports,
  options: ConnectOptions,
  events: SessionEvents,
): Promise<Session> {
  const deadline = startDeadline(options.name, options.connectTimeoutMs, options.signal);
  try {
    return await openWithFallback(target, transports, options, events, {
      signal: deadline.signal,
      timeoutMs: options.connectTimeoutMs,
    });
  } catch (error) {
    const own = error instanceof Error && "failure" in error ? error.failure : null;
    // What the server answered says more than that the next try was too slow.
    if (own instanceof SourceError && own.status !== null) throw own;
    throw deadline.failure() ?? own ?? callFailure(options.name, error, null);
  }
}
