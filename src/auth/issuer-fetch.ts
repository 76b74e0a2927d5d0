// HTTP to a configured issuer: its own origin only, no redirect, small answers, nothing in the clear. What would be sent
// elsewhere is not sent.

import { SourceError } from "../core/source-error.ts";
import { capBody } from "../resilience/capped-body.ts";
import { createConnections } from "../resilience/connections.ts";
import { requireCheckedTls } from "../resilience/tls.ts";

export interface IssuerPlace {
  /** As it is configured: it must name itself so, byte for byte. */
  readonly issuer: string;
  /** Another origin at which its endpoints may be; null for none. */
  readonly endpointOrigin: string | null;
  /** Why an address must not be contacted, or null: without TLS only this machine and hosts that a person named. */
  readonly whyInsecure: (url: string) => string | null;
}

export interface IssuerFetch extends AsyncDisposable {
  /** Throws `SourceError`, and `tls-off`. */
  fetch(
    url: string,
    init: {
      method?: string;
      headers?: Record<string, string>;
      body?: unknown;
      signal?: AbortSignal;
    },
  ): Promise<Response>;
}

const largestAnswer = 256 * 1024;

/** Throws `source-failed` before anything is sent. */
function requireItsOwn(url: URL, { issuer, endpointOrigin, whyInsecure }: IssuerPlace): void {
  const why = whyInsecure(url.href);
  if (why !== null) {
    throw new SourceError("source-failed", `${issuer}: ${why}.`, { isUnsent: true });
  }
  if (url.origin === new URL(issuer).origin || url.origin === endpointOrigin) return;
  throw new SourceError("source-failed", `${issuer} has an endpoint at ${url.origin}.`, {
    hint: `Nothing was sent there. If it is right: "endpointOrigin": "${url.origin}" in the source's "auth".`,
    isUnsent: true,
  });
}

/** `signal`: for everything that is asked through it. */
export function openIssuerFetch(place: IssuerPlace, signal: AbortSignal): IssuerFetch {
  const connections = createConnections({ perOrigin: 2, idleMs: 1000 });
  return {
    fetch: async (address, init) => {
      requireCheckedTls();
      const url = new URL(address);
      requireItsOwn(url, place);
      const { body } = init;
      const answer = await connections.fetch(url, {
        method: init.method ?? "GET",
        headers: init.headers ?? {},
        signal: init.signal === undefined ? signal : AbortSignal.any([signal, init.signal]),
        ...(body === undefined || body === null ? {} : { body: String(body) }),
      });
      if (answer.status < 300 || answer.status > 399) {
        // Read here, so that the deadline and the cap hold for the body too.
        const text = await capBody(place.issuer, answer, largestAnswer).text();
        const { status, headers } = answer;
        return new Response(text === "" ? null : text, { status, headers });
      }
      await answer.body?.cancel();
      throw new SourceError("source-failed", `${place.issuer} redirects elsewhere.`, {
        hint: "Redirects of an issuer are not followed: nothing was sent there. Configure the address that it names.",
        status: answer.status,
      });
    },
    [Symbol.asyncDispose]: () => connections[Symbol.asyncDispose](),
  };
}
