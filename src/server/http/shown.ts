// What a request shows of who sent it.

import type { IncomingHttpHeaders } from "node:http";
import type { Shown } from "../access/sign-in.ts";

const one = (value: string | string[] | undefined): string | null =>
  (Array.isArray(value) ? value[0] : value) ?? null;

function secretOf(headers: IncomingHttpHeaders): string | null {
  const [, bearer] = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? "") ?? [];
  if (bearer !== undefined) return bearer;
  // Shown, but not in a way that is known: it is no sign-in, and no request without one either.
  if (headers.authorization !== undefined) return headers.authorization;
  return one(headers["x-api-key"]);
}

/** The last hop is the one that our own proxy wrote; what stands before it anybody may have made up. */
function addressOf(headers: IncomingHttpHeaders, peer: string, isBehindProxy: boolean): string {
  const hops = isBehindProxy ? one(headers["x-forwarded-for"])?.split(",") : undefined;
  return hops?.at(-1)?.trim() ?? peer;
}

export const shownBy = (
  headers: IncomingHttpHeaders,
  peer: string,
  isBehindProxy: boolean,
): Shown => ({
  secret: secretOf(headers),
  user: one(headers["x-user-id"]),
  organization: one(headers["x-organization-id"]),
  address: addressOf(headers, peer, isBehindProxy),
});

/** True when a proxy has passed it on: then the other end is not this machine, whatever its address says. */
export const isForwarded = (headers: IncomingHttpHeaders): boolean =>
  ["x-forwarded-for", "forwarded", "x-real-ip", "via"].some((name) => headers[name] !== undefined);
