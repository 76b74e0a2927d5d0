// A server elsewhere must not make us send requests to this machine or its network (OWASP: SSRF).

import { lookup } from "node:dns";
import { lookup as lookupAll } from "node:dns/promises";
import { BlockList, isIP, type LookupFunction } from "node:net";
import { isLoopback } from "../../../core/address.ts";
import { SourceError } from "../../../core/source-error.ts";

const ranges: readonly [string, number, "ipv4" | "ipv6"][] = [
  ["0.0.0.0", 8, "ipv4"],
  ["10.0.0.0", 8, "ipv4"],
  ["100.64.0.0", 10, "ipv4"],
  ["127.0.0.0", 8, "ipv4"],
  ["169.254.0.0", 16, "ipv4"],
  ["172.16.0.0", 12, "ipv4"],
  ["192.0.0.0", 24, "ipv4"],
  ["192.168.0.0", 16, "ipv4"],
  ["198.18.0.0", 15, "ipv4"],
  ["224.0.0.0", 3, "ipv4"],
  ["::", 127, "ipv6"],
  ["64:ff9b::", 96, "ipv6"],
  ["fc00::", 7, "ipv6"],
  ["fe80::", 10, "ipv6"],
  ["ff00::", 8, "ipv6"],
];

const own = new BlockList();
for (const [network, prefix, family] of ranges) own.addSubnet(network, prefix, family);

/** Takes an IPv4 or IPv6 address, including IPv4 in IPv6 form (`::ffff:10.0.0.1`). */
export const isPrivateAddress = (address: string): boolean =>
  own.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");

const bare = (hostname: string): string => hostname.replace(/^\[(.*)\]$/, "$1");

/** True for a host, as `URL` spells it, that is private without asking the resolver: an address, or `localhost`. */
export function isPrivateLiteral(hostname: string): boolean {
  const host = bare(hostname);
  if (isIP(host) !== 0) return isPrivateAddress(host);
  return isLoopback(host) || host.endsWith(".localhost");
}

export async function isPrivateHost(hostname: string): Promise<boolean> {
  if (isPrivateLiteral(hostname)) return true;
  const found = await lookupAll(bare(hostname), { all: true }).catch(() => []);
  return found.some(({ address }) => isPrivateAddress(address));
}

const refusal = (): SourceError =>
  new SourceError(
    "source-unreachable",
    "A server outside this network pointed to an address inside it.",
    {
      hint: "Nothing was sent. If the identity provider is correct, specify it: sitrep login NAME --issuer URL",
      isUnsent: true,
    },
  );

/** Used when connecting, so that a name cannot resolve differently between the check and the connection. */
export const lookupPublic: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, options, (error, address, family) => {
    const found = Array.isArray(address) ? address.map((one) => one.address) : [address];
    const isOutside = error !== null || !found.some(isPrivateAddress);
    if (isOutside) callback(error, address, family);
    else callback(refusal(), address, family);
  });
};
