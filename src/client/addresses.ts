// The addresses that a program names, and whether they may be contacted.

import { isBadPort } from "../core/address.ts";
import { insecureBecause } from "../config/source-address.ts";
import { SitrepError } from "../core/errors.ts";

/** How a program names hosts without TLS. */
export const ownOption = "give the option";

/** Throws `config-invalid` for what is no address, and for one that would send everything in the clear. */
export function requireAddress(
  what: string,
  url = "",
  allowInsecureHosts: readonly string[] = [],
): URL {
  if (!URL.canParse(url) || !/^(https?|wss?):/.test(url)) {
    const found = `${what}: not an http:, https:, ws: or wss: address: ${url}`;
    throw new SitrepError("config-invalid", found);
  }
  const { port } = new URL(url);
  const why = isBadPort(new URL(url))
    ? `fetch refuses the port ${port}`
    : insecureBecause(url, allowInsecureHosts, ownOption);
  if (why !== null) throw new SitrepError("config-invalid", `${what}: ${why}.`);
  return new URL(url);
}
