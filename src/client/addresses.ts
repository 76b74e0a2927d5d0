// The addresses that a program names, and whether they may be contacted.

import { insecureBecause } from "../config/source-address.ts";
import { SitrepError } from "../core/errors.ts";

/** Ports that `fetch` never contacts (WHATWG Fetch, "bad port"). */
const badPorts = new Set(
  (
    "1 7 9 11 13 15 17 19 20 21 22 23 25 37 42 43 53 69 77 79 87 95 101 102 103 104 109 110 111 113 115 117 119 123 " +
    "135 137 139 143 161 179 389 427 465 512 513 514 515 526 530 531 532 540 548 554 556 563 587 601 636 989 990 993 " +
    "995 1719 1720 1723 2049 3659 4045 4190 5060 5061 6000 6566 6665 6666 6667 6668 6669 6679 6697 10080"
  ).split(" "),
);

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
  const { protocol, port } = new URL(url);
  const isBadPort = protocol.startsWith("http") && badPorts.has(port);
  const why = isBadPort
    ? `fetch refuses the port ${port}`
    : insecureBecause(url, allowInsecureHosts, ownOption);
  if (why !== null) throw new SitrepError("config-invalid", `${what}: ${why}.`);
  return new URL(url);
}
