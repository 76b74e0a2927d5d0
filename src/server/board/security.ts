// The security headers of the board, and which requests may change data.

import type { Context } from "hono";
import type { ServerEnv } from "../http/app.ts";
import type { RequestHead } from "../http/request-guard.ts";

export type BoardContext = Context<ServerEnv>;

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types board",
].join("; ");

const securityHeaders: Readonly<Record<string, string>> = {
  "content-security-policy": policy,
  "x-content-type-options": "nosniff",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  // Not "no-referrer": a browser then sends "Origin: null" with our own forms.
  "referrer-policy": "same-origin",
  "cache-control": "no-store",
};

export function secure(context: BoardContext): void {
  for (const [name, value] of Object.entries(securityHeaders)) {
    if (name !== "cache-control" || !context.res.headers.has(name)) {
      context.res.headers.set(name, value);
    }
  }
}

export const headOf = (context: BoardContext): RequestHead => ({
  headers: context.env.incoming.headers,
  peer: context.env.incoming.socket.remoteAddress ?? "",
  url: context.req.url,
});

const ownNames = ["authorization", "x-api-key", "x-user-id", "x-organization-id"];

/** The request with this key or token (null: none) instead of its own credentials, which must not count for a session. */
export function headWith(head: RequestHead, secret: string | null): RequestHead {
  const kept = Object.entries(head.headers).filter(([name]) => !ownNames.includes(name));
  const given = secret === null ? {} : { authorization: `Bearer ${secret}` };
  return { ...head, headers: { ...Object.fromEntries(kept), ...given } };
}

/**
 * True if a page of this server sent it. Browsers name a form's origin in `Sec-Fetch-Site` or at least in `Origin`; a request
 * with neither is refused.
 */
export function isSameOrigin({ headers }: RequestHead): boolean {
  const site = headers["sec-fetch-site"];
  if (site !== undefined) return site === "same-origin";
  return URL.parse(headers.origin ?? "")?.host === headers.host?.toLowerCase();
}

const pages = ["/", "/board", "/board/task", "/board/people", "/board/changes"];

/** The path and query of one of the board's pages; "/" for any other address. */
export function ownPage(address: string | undefined): string {
  const base = "http://127.0.0.1";
  const url = URL.parse(address ?? "/", base);
  const isOwn = url?.origin === base && url.username === "" && pages.includes(url.pathname);
  return isOwn ? url.pathname + url.search : "/";
}
