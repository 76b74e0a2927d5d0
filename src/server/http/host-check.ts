// A web page can make a browser send requests to this machine by DNS rebinding or across origins.

import { isIP } from "node:net";
import { isLoopback } from "../../core/address.ts";

export interface HostSettings {
  readonly host: string;
  /** More names, without ports. */
  readonly allowed: readonly string[];
  readonly publicUrl: string | null;
  readonly machine: string;
}

/** Null when `Host` and `Origin` (null for none) are allowed, else what is wrong. */
export type HostCheck = (host: string | null, origin: string | null) => string | null;

const loopbackNames = ["localhost", "127.0.0.1", "[::1]"];

/** True for https, and for http on this machine: nobody on the way can read or change it. */
export function isSafeAddress(address: string): boolean {
  const url = URL.parse(address);
  if (url?.protocol !== "http:") return url?.protocol === "https:";
  return isLoopback(url.hostname);
}

function parse(authority: string): { name: string; port: string } | null {
  if (!/^[\w.[\]:-]+$/.test(authority)) return null;
  const url = URL.parse(`http://${authority}`);
  return url === null ? null : { name: url.hostname, port: url.port };
}

const bracketed = (host: string): string => (isIP(host) === 6 ? `[${host}]` : host.toLowerCase());

/** An IP address needs no lookup, so it cannot be rebound. */
const isAddress = (name: string): boolean => isIP(name.replace(/^\[|\]$/g, "")) !== 0;

export function createHostCheck(settings: HostSettings): HostCheck {
  const { host, allowed, publicUrl, machine } = settings;
  const named = [...allowed, ...(publicUrl === null ? [] : [new URL(publicUrl).hostname])].map(
    bracketed,
  );
  const isLocal = isLoopback(host);
  const names = new Set([...loopbackNames, ...named, bracketed(host)]);
  if (!isLocal) names.add(machine.toLowerCase());
  const hasName = (name: string): boolean => names.has(name) || (!isLocal && isAddress(name));
  return (hostHeader, origin) => {
    const at = hostHeader === null ? null : parse(hostHeader);
    if (at === null || !hasName(at.name)) return "This server does not accept this Host header.";
    if (origin === null) return null;
    const from = URL.parse(origin);
    const isSame = from !== null && from.hostname === at.name && from.port === at.port;
    const isNamed = from !== null && named.includes(from.hostname);
    return isSame || isNamed ? null : "Requests from this Origin are not allowed.";
  };
}
