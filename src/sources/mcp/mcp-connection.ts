// A connection to an MCP server, over any transport: what the rest of the program may ask of it.

import type { ToolResponse } from "../../core/mapping/tool-response.ts";
import type { ConnectionCounters } from "../../http/connections.ts";
import type { HeaderSource } from "../../http/header-source.ts";

/** The address or program of a server, and its transport. */
export type McpTarget =
  | {
      readonly transport: "http" | "sse" | "websocket";
      readonly url: string;
      readonly headers?: HeaderSource;
    }
  | ({ readonly transport: "stdio" } & StdioProgram);

export interface StdioProgram {
  readonly command: string;
  readonly args: readonly string[];
  /** Besides the few variables that a program needs to run (PATH, HOME, locale). */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Values of `env` that are secrets, whatever their names. */
  readonly secrets?: readonly string[];
}

export interface McpTool {
  readonly name: string;
  readonly title: string | null;
  readonly description: string | null;
  /** JSON Schema of the arguments. */
  readonly inputSchema: Readonly<Record<string, unknown>>;
  /** The server's own statement, which is not verified; null if it makes none. */
  readonly isReadOnly: boolean | null;
  readonly isDestructive: boolean | null;
}

export interface McpResource {
  readonly uri: string;
  readonly name: string;
  readonly description: string | null;
  readonly mimeType: string | null;
}

export interface ResourceContent {
  readonly uri: string;
  readonly mimeType: string | null;
  /** Null for binary content. */
  readonly text: string | null;
  /** Base64; null for text content. */
  readonly blob: string | null;
}

/** A server's additional data about a block; null for none. */
export interface ResultExtras {
  /** Audience, priority, last change. */
  readonly annotations: Readonly<Record<string, unknown>> | null;
  /** `_meta`, in the server's own words. */
  readonly meta: Readonly<Record<string, unknown>> | null;
}

/** A block of a tool's response. `data` is Base64. A link is never followed. */
export type ToolContent = ResultExtras &
  (
    | { readonly type: "text"; readonly text: string }
    | { readonly type: "image" | "audio"; readonly data: string; readonly mimeType: string }
    | ({
        readonly type: "resource_link";
        readonly title: string | null;
        /** Bytes. */
        readonly size: number | null;
      } & McpResource)
    | { readonly type: "resource"; readonly resource: ResourceContent }
  );

export interface ToolResult extends ToolResponse, Pick<ResultExtras, "meta"> {
  readonly content: readonly ToolContent[];
}

export interface McpPrompt {
  readonly name: string;
  readonly description: string | null;
  readonly arguments: readonly { name: string; description: string | null; isRequired: boolean }[];
}

export interface PromptMessage {
  readonly role: "user" | "assistant";
  /** Null if the content is not text. */
  readonly text: string | null;
}

export interface CallProgress {
  readonly progress: number;
  readonly total: number | null;
  readonly message: string | null;
}

export interface CallOptions {
  signal?: AbortSignal;
  /** For this call. Default: `requestTimeoutMs` of the connection. */
  timeoutMs?: number;
  /** Progress also extends the timeout, at most to ten times its length. */
  onProgress?: (progress: CallProgress) => void;
}

export type ListKind = "tools" | "resources" | "prompts";

export type ConnectionState =
  | "connecting"
  | "connected"
  | "reconnecting"
  | "disconnected"
  | "closed";

export interface ConnectionEvents {
  connected: () => void;
  disconnected: () => void;
  error: (error: Error) => void;
  maxReconnectAttemptsReached: () => void;
  /** The server's list of this kind changed; the cached one is gone. */
  listChanged: (kind: ListKind) => void;
}

export interface ConnectionUse {
  /** Calls that opened a connection. */
  readonly opened: number;
  /** Calls that found an open connection. */
  readonly reused: number;
  readonly isOpen: boolean;
}

/**
 * Connects with the first call, and again after a loss. Every method throws `SourceError`: `source-unreachable`,
 * `source-timeout`, `source-refused`, `source-rate-limited`, `source-failed`, `source-invalid-response`, `cancelled`, and
 * for a program `source-not-started`; a sign-in has its own codes. Disposing of it ends a server that it started.
 */
export interface McpConnection extends AsyncDisposable {
  /** Connects now, unless it is connected. */
  connect(signal?: AbortSignal): Promise<void>;
  /** Closes the connection, or ends the program, unless a call uses it; the next call connects again. */
  release(): Promise<void>;
  readonly use: ConnectionUse;
  /** Empty before the first connection, as are the next two. */
  readonly serverName: string;
  readonly serverVersion: string;
  /** The revision agreed on, such as `2025-11-25`. */
  readonly protocolVersion: string;
  readonly state: ConnectionState;
  /** How often an HTTP request found an open connection; null over stdio and WebSocket. */
  readonly counters: ConnectionCounters | null;
  /** All pages; kept until the server says that the list changed, if it announces changes. */
  listTools(options?: CallOptions): Promise<readonly McpTool[]>;
  callTool(
    name: string,
    args: Readonly<Record<string, unknown>>,
    options?: CallOptions,
  ): Promise<ToolResult>;
  listResources(options?: CallOptions): Promise<readonly McpResource[]>;
  readResource(uri: string, options?: CallOptions): Promise<readonly ResourceContent[]>;
  listPrompts(options?: CallOptions): Promise<readonly McpPrompt[]>;
  getPrompt(
    name: string,
    args: Readonly<Record<string, string>>,
    options?: CallOptions,
  ): Promise<readonly PromptMessage[]>;
  ping(options?: CallOptions): Promise<number>;
  /** Returns a function that removes the listener. One that throws harms no other. */
  on<E extends keyof ConnectionEvents>(event: E, listener: ConnectionEvents[E]): () => void;
  /** Resolves when it is connected. Throws `source-timeout` after `ms` (10,000), `source-unreachable` if it is not being connected. */
  waitForConnection(ms?: number): Promise<void>;
}

export interface ConnectOptions {
  readonly name: string;
  /** For connecting and agreeing on a revision. */
  readonly connectTimeoutMs: number;
  /** For one request, all pages of a list together. */
  readonly requestTimeoutMs: number;
  readonly signal?: AbortSignal;
  /** Milliseconds until an unused connection is closed. Null, the default: it stays open. A broken one is closed if this is set. */
  readonly idleMs?: number | null;
  /** Removes sent secrets from an error, because a program may repeat them when it ends. */
  readonly cleanError?: (error: unknown) => unknown;
  /** Bytes of one message or response. Default 1 MiB. */
  readonly largestMessage?: number;
  /** After the loss of a WebSocket: the first wait, doubled each time (2,000), and the tries in a row (5). */
  readonly reconnect?: { readonly firstDelayMs: number; readonly attempts: number };
  /** How often a WebSocket is tested (30,000) and how soon it must respond (20,000). Milliseconds. */
  readonly heartbeat?: { readonly everyMs: number; readonly withinMs: number };
}
