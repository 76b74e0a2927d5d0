// A `fetch` for the SDK. Its errors keep details that the SDK's transports would drop (`Retry-After`, the system's code).

import { AsyncLocalStorage } from "node:async_hooks";
import { setImmediate, setTimeout } from "node:timers/promises";
import { createSizeBudget } from "../core/mapping/response-bounds.ts";
import { SourceError } from "../core/source-error.ts";
import { capBody } from "./capped-body.ts";
import { withinOrigin, type Fetch } from "./connections.ts";
import { networkFailure, statusFailure } from "./http-failures.ts";
import { sendWithAuth, type HeaderSource, type AuthHeaders } from "./header-source.ts";

/** The signal of the current call. Before revision 2026-07-28 the SDK lets a request go on when its call is over. */
const currentCall = new AsyncLocalStorage<AbortSignal>();

export const duringCall = <T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> =>
  currentCall.run(signal, call);

/** Statuses that the SDK must see: they show which revision or transport the server speaks, or that the session is gone. */
const isForSdk = (status: number): boolean => status < 400 || [400, 404, 405, 406].includes(status);

/** A stream of events: by GET, or since 2026-07-28 by a POST of its own. It outlives the call that opens it. */
const opensStream = (init: RequestInit): boolean =>
  init.method !== "POST" || new Headers(init.headers).get("mcp-method") === "subscriptions/listen";

function withCallSignal(init: RequestInit): RequestInit {
  const signal = currentCall.getStore();
  // With an aborted signal this request tells the server that the call is cancelled.
  if (signal === undefined || signal.aborted || opensStream(init)) return init;
  return { ...init, signal: init.signal ? AbortSignal.any([init.signal, signal]) : signal };
}

export interface RestrictedFetchOptions {
  readonly name: string;
  readonly url: string;
  readonly headers: HeaderSource | undefined;
  readonly largestResponse: number;
  /** Called when a body was refused. Its reader may wait forever, so the connection must be closed. */
  readonly onRefused?: () => void;
}

const otherOrigin = (name: string): SourceError =>
  new SourceError("source-failed", `${name} points to a URL on another origin.`, {
    hint: "Nothing was sent there: the sign-in is for this server only.",
    isUnsent: true,
  });

export function restrictFetch(options: RestrictedFetchOptions, plainFetch: Fetch) {
  const { name, headers: source = async () => ({}), largestResponse: limit } = options;
  const allowance = createSizeBudget(limit, () => performance.now());
  const { origin } = new URL(options.url);
  const sameOrigin = withinOrigin(name, plainFetch);
  let last: SourceError | null = null;
  let stream: Promise<unknown> = Promise.resolve();

  const onRefused = (failure: SourceError): void => {
    last = failure;
    options.onRefused?.();
  };

  async function send(
    url: string | URL,
    init: RequestInit,
    signIn: AuthHeaders,
  ): Promise<Response> {
    if (new URL(url).origin !== origin) throw otherOrigin(name);
    const headers = new Headers(init.headers);
    for (const [key, value] of Object.entries(signIn)) headers.set(key, value);
    const response = await sameOrigin(url, { ...init, headers });
    if (isForSdk(response.status)) return capBody(name, response, { limit, allowance, onRefused });
    await response.body?.cancel();
    throw statusFailure(name, response.status, response.headers, Date.now());
  }

  async function sendWithin(url: string | URL, init: RequestInit): Promise<Response> {
    try {
      const within = withCallSignal(init);
      const response = await sendWithAuth(source, (signIn) => send(url, within, signIn));
      last = null;
      return response;
    } catch (error) {
      if (error instanceof DOMException) throw error;
      last = networkFailure(name, error);
      throw last;
    }
  }

  return {
    fetch: (url: string | URL, init: RequestInit = {}): Promise<Response> => {
      const response = sendWithin(url, init);
      if (init.method === "GET") stream = response.catch(() => {});
      return response;
    },
    lastFailure: () => last,
    /** Call this before each request: it allows one more response on the stream of events. */
    ask: allowance.ask,
    /**
     * Resolves when the server has answered the request for its stream of events, or after `ms`. A call before that may be
     * answered on a stream that is not open yet.
     */
    streamAnswered: async (ms: number): Promise<void> => {
      // The SDK asks for the stream a few turns of the event loop later.
      await setImmediate();
      await Promise.race([stream, setTimeout(ms, undefined, { ref: false })]);
    },
  };
}
