// Addresses of sources: what their answers and secrets are bound to, and which may be contacted.

import { isLoopback } from "../core/address.ts";
import type { SourceConfig } from "./source-config.ts";

/** What a source's answers and secrets are bound to: the server's origin, or the program. */
export function originOf(source: {
  readonly url?: string | undefined;
  readonly command?: string | undefined;
  readonly args: readonly string[];
}): string {
  if (source.url !== undefined) return new URL(source.url).origin;
  if (source.command !== undefined) {
    return `stdio:${JSON.stringify([source.command, ...source.args])}`;
  }
  return "embedded:";
}

/**
 * Why an address must not be contacted, or null. Without TLS only this machine, and hosts that the user names; `where` says
 * how they are named.
 */
export function insecureBecause(
  url: string,
  allowInsecureHosts: readonly string[],
  where = "add to config.json:",
): string | null {
  const { protocol, hostname, username, password } = new URL(url);
  if (username !== "" || password !== "") return "an address must not hold a user or a password";
  if (protocol === "https:" || protocol === "wss:") return null;
  if (isLoopback(hostname) || allowInsecureHosts.includes(hostname)) return null;
  const setting = JSON.stringify({ allowInsecureHosts: [...allowInsecureHosts, hostname] });
  const text = setting.slice(1, -1);
  return `${protocol}// sends everything in the clear; use TLS, or ${where} ${text}`;
}

/** As `insecureBecause`, for each address that a source is reached or signed in by: what it is, and why not. */
export function insecureAddress(
  { url, auth }: SourceConfig,
  allowInsecureHosts: readonly string[],
): { path: readonly string[]; why: string } | null {
  const addresses = [
    { path: ["url"], address: url },
    {
      path: ["auth", "issuer"],
      address: auth !== undefined && "issuer" in auth ? auth.issuer : undefined,
    },
    {
      path: ["auth", "endpointOrigin"],
      address: auth?.type === "oidc" ? auth.endpointOrigin : undefined,
    },
  ];
  for (const { path, address } of addresses) {
    const why = address === undefined ? null : insecureBecause(address, allowInsecureHosts);
    if (why !== null) return { path, why };
  }
  return null;
}

/** Where alone the secret of a source's sign-in may be sent: a service account's to its issuer, others to the server. */
export const secretOriginOf = (source: SourceConfig): string =>
  source.auth !== undefined && "issuer" in source.auth && source.auth.issuer !== undefined
    ? new URL(source.auth.issuer).origin
    : originOf(source);

/** True where a person can sign in: for an address, and by nothing else. */
export const isForPeople = ({ url, auth }: SourceConfig): boolean =>
  url !== undefined && (auth === undefined || auth.type === "login");
