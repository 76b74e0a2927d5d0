// JSON over HTTP: one deadline for the whole exchange, a limit for the response, no redirect to another origin.

import { SourceError } from "../core/source-error.ts";
import {
  capBody,
  largestResponse as defaultLargest,
  requireParsable,
  startOfBody,
} from "./capped-body.ts";
import { createConnections, withinOrigin } from "./connections.ts";
import type { ConnectionCounters, ConnectionLimits } from "./connections.ts";
import { startDeadline } from "./deadline.ts";
import { networkFailure, statusFailure } from "./http-failures.ts";

export interface JsonRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** From connecting to the last byte. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

export interface JsonResponse {
  readonly status: number;
  /** Parsed; undefined for an empty body (204). */
  readonly body: unknown;
  readonly headers: Headers;
  /** The URL that a redirect led to; null without a redirect. */
  readonly movedTo: string | null;
}

export interface HttpClient extends AsyncDisposable {
  /**
   * Throws `SourceError` for a status other than 2xx: `source-refused` (401, 403), `source-rate-limited` (429, and 403 for
   * a limit; `retryAfterMs`), `source-failed` (others, in `status`). 304 is a response to `If-None-Match`. Also `source-unreachable`, `source-timeout`,
   * `source-invalid-response` (not JSON, too large, too complex), `cancelled`.
   */
  requestJson(request: JsonRequest): Promise<JsonResponse>;
  counters(): ConnectionCounters;
}

export interface HttpOptions extends ConnectionLimits {
  readonly name: string;
  /** Bytes after decompression. Default 1 MiB. */
  readonly largestResponse?: number;
  /** Errors have the start of the response's body. Default: only those of 404. */
  readonly keepsErrorBody?: boolean;
}

/** Bytes: enough for a problem document. */
const maxStartLength = 4096;

function parseJson(name: string, type: string, text: string): unknown {
  if (text === "") return undefined;
  requireParsable(name, text);
  try {
    return JSON.parse(text);
  } catch (cause) {
    const essence = /^[\w.+-]+\/[\w.+-]+/.exec(type)?.[0].toLowerCase() ?? "application/json";
    const isJson = /[/+]json$/.test(essence);
    throw new SourceError(
      "source-invalid-response",
      `${name} answered with ${isJson ? "broken JSON" : `${essence}, not JSON`}.`,
      isJson
        ? { cause }
        : { hint: "Check its URL: a proxy or a sign-in page may have answered instead.", cause },
    );
  }
}

const isConditional = ({ headers = {} }: JsonRequest): boolean =>
  (headers["if-none-match"] ?? headers["if-modified-since"]) !== undefined;

export function createHttpClient(options: HttpOptions): HttpClient {
  const { name, largestResponse = defaultLargest, keepsErrorBody = false } = options;
  const connections = createConnections(options);
  const fetch = withinOrigin(name, connections.fetch);

  async function exchange(request: JsonRequest, signal: AbortSignal): Promise<JsonResponse> {
    const hasBody = request.body !== undefined;
    const response = await fetch(request.url, {
      method: request.method,
      headers: {
        accept: "application/json",
        ...(hasBody ? { "content-type": "application/json" } : {}),
        ...request.headers,
      },
      ...(hasBody ? { body: JSON.stringify(request.body) } : {}),
      signal,
    });
    const movedTo = response.url === "" ? null : response.url;
    const { headers, status } = response;
    if (status === 304 && isConditional(request)) {
      return { status, body: undefined, headers, movedTo };
    }
    if (!response.ok) {
      const start = await startOfBody(
        response,
        keepsErrorBody || response.status === 404 ? maxStartLength : 0,
      );
      throw statusFailure(name, response.status, response.headers, Date.now(), start);
    }
    const text = await capBody(name, response, { limit: largestResponse }).text();
    const type = response.headers.get("content-type") ?? "";
    return { status, body: parseJson(name, type, text), headers, movedTo };
  }

  return {
    requestJson: async (request) => {
      const deadline = startDeadline(name, request.timeoutMs, request.signal);
      try {
        return await exchange(request, deadline.signal);
      } catch (error) {
        throw deadline.failure() ?? networkFailure(name, error);
      }
    },
    counters: () => connections.counters(),
    [Symbol.asyncDispose]: () => connections[Symbol.asyncDispose](),
  };
}
