// One session with a server: the SDK's client on one transport, with a revision agreed on.

import { setTimeout } from "node:timers/promises";
import { Client, ProtocolErrorCode, SseError } from "@modelcontextprotocol/client";
import type { ClientOptions, JsonSchemaValidator } from "@modelcontextprotocol/client";
import { version } from "../../config/version.ts";
import { SourceError } from "../../core/source-error.ts";
import { abortable, startDeadline } from "../../http/deadline.ts";
import type { ConnectionEvents, ConnectOptions, McpTarget } from "./connection.ts";
import { callFailure, rpcCodeOf, statusOf } from "./failures.ts";
import { duringCall } from "../../http/guarded-fetch.ts";
import type { Listeners } from "../../http/listeners.ts";
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

function createClient(mode: Negotiation, listeners: Listeners<ConnectionEvents>): Client {
  const watch = (kind: "tools" | "resources" | "prompts") => ({
    autoRefresh: false,
    // At once: what is kept of the list is wrong from now on.
    debounceMs: 0,
    onChanged: () => listeners.emit("listChanged", kind),
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

/** What opening a session needs, whichever way it is tried. */
interface Opening {
  readonly options: ConnectOptions;
  readonly listeners: Listeners<ConnectionEvents>;
  readonly onClose: () => void;
  /** Ends with the time for all of it. */
  readonly signal: AbortSignal;
}

async function connectClient(
  made: MadeTransport,
  mode: Negotiation,
  { options, listeners, onClose, signal }: Opening,
): Promise<Session> {
  const client = createClient(mode, listeners);
  const { transport } = made;
  let isOpen = false;
  // The SDK's client is no EventTarget; it has one place for each callback.
  // oxlint-disable-next-line unicorn/prefer-add-event-listener
  client.onerror = (error) => {
    listeners.emit("error", error);
    // The SDK opens a lost stream of events anew, but without the handshake that the new session needs.
    if (isOpen && error instanceof SseError) void transport.close();
  };
  try {
    const limits = { timeout: options.connectTimeoutMs, signal };
    await duringCall(signal, () => abortable(signal, () => client.connect(transport, limits)));
  } catch (error) {
    await transport.close().catch(() => {});
    throw error;
  }
  await made.settle?.();
  isOpen = true;
  // oxlint-disable-next-line unicorn/prefer-add-event-listener
  client.onclose = onClose;
  return {
    client,
    isModern: client.getProtocolEra() === "modern",
    isStateful: transport.sessionId !== undefined,
    protocolVersion: client.getNegotiatedProtocolVersion() ?? "unknown",
    failureOf: (error) => callFailure(options.name, error, made.lastFailure()),
    close: async () => {
      delete client.onclose;
      const patience = setTimeout(endSessionMs, undefined, { ref: false });
      await Promise.race([made.endSession?.().catch(() => {}), patience]);
      await client.close();
    },
  };
}

/** Answers to `initialize` by which a server says that it does not know it. */
const handshakeRefusals: readonly (number | null)[] = [
  ProtocolErrorCode.MethodNotFound,
  ProtocolErrorCode.InvalidRequest,
  ProtocolErrorCode.UnsupportedProtocolVersion,
];

/** Answers to a POST by which a server of before 2025 says that it speaks SSE (the specification's own rule). */
const mayBeOldServer = (error: unknown): boolean => [400, 404, 405].includes(statusOf(error) ?? 0);

async function openWithFallback(
  target: McpTarget,
  transports: Transports,
  opening: Opening,
): Promise<Session> {
  const connect = (made: MadeTransport, mode: Negotiation): Promise<Session> =>
    connectClient(made, mode, opening).catch((error: unknown) => {
      // Once the transport is gone its own words are; they are kept here.
      throw Object.assign(new Error("not connected", { cause: error }), {
        failure: callFailure(opening.options.name, error, made.lastFailure()),
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
    if (target.transport === "sse" || !handshakeRefusals.includes(rpcCodeOf(error))) throw error;
    return connect(transports.make(), { pin: modernRevision });
  }
}

/** Nothing there, at an address without a path: most servers are at `/mcp`. */
function withoutPath(target: McpTarget, name: string, failure: SourceError): SourceError {
  const { status } = failure;
  if (target.transport === "stdio" || (status !== 404 && status !== 405)) return failure;
  const url = new URL(target.url);
  if (url.pathname !== "/") return failure;
  const what = `${name} answered with HTTP ${status} at an address without a path.`;
  const hint = `MCP servers are usually at ${url.origin}/mcp`;
  return new SourceError("source-failed", what, { status, hint, cause: failure });
}

/** Connects within `connectTimeoutMs`. `onClose`: when the session is lost. Throws `SourceError`. */
export async function openSession(
  target: McpTarget,
  transports: Transports,
  options: ConnectOptions,
  listeners: Listeners<ConnectionEvents>,
  onClose: () => void,
): Promise<Session> {
  const deadline = startDeadline(options.name, options.connectTimeoutMs, options.signal);
  try {
    const opening = { options, listeners, onClose, signal: deadline.signal };
    return await openWithFallback(target, transports, opening);
  } catch (error) {
    const own = error instanceof Error && "failure" in error ? error.failure : null;
    // What the server answered says more than that the next try was too slow.
    if (own instanceof SourceError && own.status !== null) {
      throw withoutPath(target, options.name, own);
    }
    throw deadline.failure() ?? own ?? callFailure(options.name, error, null);
  }
}
