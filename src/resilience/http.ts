// JSON over HTTP, guarded: one deadline for the whole exchange, a cap on the answer, no secret to another origin.

export interface JsonRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** For everything from connecting to the last byte. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

export interface JsonAnswer {
  readonly status: number;
  /** Parsed; undefined for an empty body (204). */
  readonly body: unknown;
  readonly headers: Headers;
}

export interface HttpCounters {
  /** Requests on a connection that was there already, and on a new one. */
  readonly reused: number;
  readonly opened: number;
}

export interface HttpClient extends AsyncDisposable {
  /**
   * Status 2xx, else `SourceError`: `source-refused` (401, 403), `source-rate-limited` (429, `retryAfterMs`),
   * `source-failed` (other statuses, in `status`), `source-unreachable`, `source-timeout`, `source-invalid-answer` (not
   * JSON, cut off, larger than the cap), `cancelled`.
   */
  requestJson(request: JsonRequest): Promise<JsonAnswer>;
  counters(): HttpCounters;
}

export interface HttpOptions {
  /** The server's name, for messages. */
  readonly name: string;
  /** Bytes after decompression. Default 10 MiB. */
  readonly largestAnswer?: number;
  /** To one origin. Default 10. */
  readonly connectionsPerOrigin?: number;
  /** Default 300,000. */
  readonly idleMs?: number;
}
