// Addresses of sources, to which their responses and secrets are bound, and whether they may be contacted.

import { isLoopback } from "../core/address.ts";
import type { SourceConfig } from "./source-config.ts";

/** The server's origin, the program, or a file list's path: a source's responses and secrets are bound to it. */
export function sourceOrigin(source: {
  readonly url?: string | undefined;
  readonly command?: string | undefined;
  readonly path?: string | undefined;
  readonly args: readonly string[];
}): string {
  if (source.path !== undefined && source.command === undefined) return source.path;
  if (source.url !== undefined) return new URL(source.url).origin;
  if (source.command !== undefined) {
    return `stdio:${JSON.stringify([source.command, ...source.args])}`;
  }
  return "embedded:";
}

/** Null: it may be contacted. Without TLS only this machine and named hosts may be. */
export function insecureBecause(
  url: string,
  allowInsecureHosts: readonly string[],
  where = "add to config.json:",
): string | null {
  const { protocol, hostname, username, password } = new URL(url);
  if (username !== "" || password !== "")
    return "an address must not contain a username or password";
  if (protocol === "https:" || protocol === "wss:") return null;
  if (isLoopback(hostname) || allowInsecureHosts.includes(hostname)) return null;
  const setting = JSON.stringify({ allowInsecureHosts: [...allowInsecureHosts, hostname] });
  return `${protocol}// sends everything in the clear; use TLS, or ${where} ${setting.slice(1, -1)}`;
}

/** The first address of a source, its server's or its sign-in's, that must not be contacted; `path` is its setting. */
export function insecureAddress(
  { url, auth }: SourceConfig,
  allowInsecureHosts: readonly string[],
): { path: readonly string[]; why: string } | null {
  const addresses: readonly [path: readonly string[], address: string | undefined][] = [
    [["url"], url],
    [["auth", "issuer"], auth !== undefined && "issuer" in auth ? auth.issuer : undefined],
    [["auth", "endpointOrigin"], auth?.type === "oidc" ? auth.endpointOrigin : undefined],
  ];
  for (const [path, address] of addresses) {
    const why = address === undefined ? null : insecureBecause(address, allowInsecureHosts);
    if (why !== null) return { path, why };
  }
  return null;
}

/** The only origin that a sign-in's secret may be sent to: the issuer's if one is configured, else the server's. */
export const secretOrigin = (source: SourceConfig): string =>
  source.auth !== undefined && "issuer" in source.auth && source.auth.issuer !== undefined
    ? new URL(source.auth.issuer).origin
    : sourceOrigin(source);

/** True when a person can sign in: the source has an address and no other way to sign in. */
export const canPersonSignIn = ({ url, auth }: SourceConfig): boolean =>
  url !== undefined && (auth === undefined || auth.type === "login");
