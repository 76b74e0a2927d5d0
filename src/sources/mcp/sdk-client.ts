import { Client, SseError } from "@modelcontextprotocol/client";
import type { ClientOptions, JsonSchemaValidator } from "@modelcontextprotocol/client";
import { version } from "../../config/version.ts";
import { abortable } from "../../http/deadline.ts";
import { duringCall } from "../../http/restricted-fetch.ts";
import type { ConnectOptions, ListKind } from "./mcp-connection.ts";
import type { CreatedTransport } from "./transports.ts";

export const modernRevision = "2026-07-28";
const maxPages = 64;

/** Responses are read loosely, also where they differ from the server's own schema. */
const anythingGoes: NonNullable<ClientOptions["jsonSchemaValidator"]> = {
  getValidator: <T>(): JsonSchemaValidator<T> => {
    return (input) => ({ valid: true, data: input as T, errorMessage: undefined });
  },
};

export type Negotiation = NonNullable<ClientOptions["versionNegotiation"]>["mode"];

function createClient(mode: Negotiation, onChanged: (kind: ListKind) => void): Client {
  const watch = (kind: ListKind) => ({
    autoRefresh: false,
    // Without a delay, because the cached list is outdated from now on.
    debounceMs: 0,
    onChanged: () => onChanged(kind),
  });
  return new Client(
    { name: "sitrep", version },
    {
      // No sampling, elicitation or roots: a task server has nothing to ask of us.
      capabilities: {},
      versionNegotiation: mode === undefined ? {} : { mode },
      jsonSchemaValidator: anythingGoes,
      listMaxPages: maxPages,
      listChanged: {
        tools: watch("tools"),
        resources: watch("resources"),
        prompts: watch("prompts"),
      },
    },
  );
}

export interface ClientDeps {
  readonly options: ConnectOptions;
  readonly onListChanged: (kind: ListKind) => void;
  readonly onError: (error: Error) => void;
  readonly signal: AbortSignal;
}

/** Connects a client and agrees on a revision. Throws what the SDK throws, with the transport closed. */
export async function connectClient(
  { transport, settle }: CreatedTransport,
  mode: Negotiation,
  { options, onListChanged, onError, signal }: ClientDeps,
): Promise<Client> {
  const client = createClient(mode, onListChanged);
  let isOpen = false;
  // The SDK's client is not an EventTarget: it has one property for each callback.
  // oxlint-disable-next-line unicorn/prefer-add-event-listener
  client.onerror = (error) => {
    if (!isOpen) return;
    onError(error);
    // The SDK opens a lost stream of events again, but without the handshake that the new session needs.
    if (error instanceof SseError) void transport.close();
  };
  try {
    const limits = { timeout: options.connectTimeoutMs, signal };
    await duringCall(signal, () => abortable(signal, () => client.connect(transport, limits)));
  } catch (error) {
    await transport.close().catch(() => {});
    throw error;
  }
  await settle?.();
  isOpen = true;
  return client;
}
