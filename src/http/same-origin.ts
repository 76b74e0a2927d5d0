// Redirects within an origin are followed, others are refused: headers and bodies may hold secrets, and `fetch` strips
// only some of them (https://github.com/nodejs/undici/issues/4917).

import { SourceError } from "../core/source-error.ts";
import type { Fetch } from "./connections.ts";

const mostRedirects = 5;

function targetOf(answer: Response, from: URL): URL | null {
  const location = answer.headers.get("location");
  if (answer.status < 300 || answer.status > 399 || location === null) return null;
  return URL.canParse(location, from.href) ? new URL(location, from) : null;
}

/** 307 and 308 keep the method and the body; the others would turn a POST into a GET, which is no longer the request. */
const keepsMethod = (status: number, method: string): boolean =>
  status === 307 || status === 308 || method === "GET" || method === "HEAD";

/** `fetch` that follows redirects of its own origin. Throws `source-failed` for any other. */
export function withinOrigin(name: string, fetch: Fetch): Fetch {
  return async (url, init = {}) => {
    let from = new URL(url);
    for (let hop = 0; hop <= mostRedirects; hop += 1) {
      const answer = await fetch(from, init);
      const target = targetOf(answer, from);
      if (target === null) return answer;
      await answer.body?.cancel();
      if (target.origin !== from.origin) {
        throw new SourceError("source-failed", `${name} redirects to ${target.origin}.`, {
          hint: "Nothing was sent there. If that is the right server, configure its URL.",
          status: answer.status,
        });
      }
      if (!keepsMethod(answer.status, init.method ?? "GET")) {
        throw new SourceError("source-failed", `${name} redirects with ${answer.status}.`, {
          hint: "Configure the URL that it redirects to; a trailing slash may be all.",
          status: answer.status,
        });
      }
      from = target;
    }
    throw new SourceError("source-failed", `${name} redirects in a circle.`);
  };
}
