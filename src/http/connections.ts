// A redirect elsewhere is refused: `fetch` strips few secrets (nodejs/undici/issues/4917).

import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { LookupFunction } from "node:net";
import { isBadPort } from "../core/address.ts";
import { SourceError } from "../core/source-error.ts";
import { exchange } from "./exchange.ts";

export interface ConnectionCounters {
  readonly reused: number;
  readonly opened: number;
}

export interface ConnectionLimits {
  /** Connections to one origin; further requests wait. Default 10. */
  readonly perOrigin?: number;
  /** How long an idle connection is kept, unless the server announces less. Milliseconds. Default 300,000. */
  readonly idleMs?: number;
  readonly lookup?: LookupFunction;
}

/** Used instead of the global `fetch`. Bodies are text; redirects are not followed. */
export type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

const closed = (): Error =>
  Object.assign(new Error("the connections were closed"), { code: "ECONNABORTED" });

export interface Connections extends AsyncDisposable {
  readonly fetch: Fetch;
  counters(): ConnectionCounters;
}

/** Sets no time limit: callers pass a `signal`. */
export function createConnections({
  perOrigin = 10,
  idleMs = 300_000,
  lookup,
}: ConnectionLimits = {}): Connections {
  const settings = { keepAlive: true, maxSockets: perOrigin, timeout: idleMs, lookup };
  const agents = { "http:": new HttpAgent(settings), "https:": new HttpsAgent(settings) };
  let requests = 0;
  let opened = 0;
  let isClosed = false;
  return {
    fetch: (url, init = {}) => {
      const address = new URL(url);
      if (isClosed) return Promise.reject(closed());
      if (isBadPort(address)) return Promise.reject(new TypeError(`bad port ${address.port}`));
      requests += 1;
      return exchange(address, init, agents, () => (opened += 1));
    },
    counters: () => ({ reused: Math.max(0, requests - opened), opened }),
    [Symbol.asyncDispose]: async () => {
      isClosed = true;
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

const maxRedirects = 5;

function targetOf(response: Response, from: URL): URL | null {
  const location = response.headers.get("location");
  if (response.status < 300 || response.status > 399 || location === null) return null;
  return URL.canParse(location, from.href) ? new URL(location, from) : null;
}

/** 307 and 308 keep the method and the body; other statuses turn a POST into a GET, which is another request. */
const keepsMethod = (status: number, method: string): boolean =>
  status === 307 || status === 308 || method === "GET" || method === "HEAD";

/** Sets the URL, which a `Response` made by its constructor lacks. */
const withUrl = (response: Response, { href }: URL): Response =>
  Object.defineProperty(response, "url", { value: href });

/** A `fetch` that follows redirects within the origin; the response has the last URL. Throws `source-failed` for other redirects. */
export function withinOrigin(name: string, fetch: Fetch): Fetch {
  return async (url, init = {}) => {
    let from = new URL(url);
    for (let hop = 0; hop <= maxRedirects; hop += 1) {
      const response = await fetch(from, init);
      const target = targetOf(response, from);
      if (target === null) return hop === 0 ? response : withUrl(response, from);
      await response.body?.cancel();
      if (target.origin !== from.origin) {
        throw new SourceError("source-failed", `${name} redirects to ${target.origin}.`, {
          hint: "Nothing was sent there. If it is the right server, configure its URL.",
          status: response.status,
        });
      }
      if (!keepsMethod(response.status, init.method ?? "GET")) {
        throw new SourceError(
          "source-failed",
          `${name} answered with a redirect (${response.status}).`,
          {
            hint: "Configure the URL that it redirects to; perhaps only a trailing slash is missing.",
            status: response.status,
          },
        );
      }
      from = target;
    }
    throw new SourceError("source-failed", `${name} redirects more than ${maxRedirects} times.`);
  };
}
