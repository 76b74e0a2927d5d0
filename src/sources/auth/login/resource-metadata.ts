// What a task server says of itself and of who signs people in for it (RFC 9728). Untrusted: believed only where it
// speaks of the server that was asked, at that server's own origin.

import { isPlainAddress } from "../../../core/address.ts";
import { readObject, readString, readStrings } from "../../../core/read.ts";
import { SourceError } from "../../../core/source-error.ts";
import type { IssuerHttp } from "../issuer/issuer-http.ts";
import { readScope } from "./challenge.ts";
import type { Challenge } from "./challenge.ts";

export interface ResourceMetadata {
  /** As the server names itself; sent as `resource` (RFC 8707). */
  readonly resource: string;
  /** Issuers, in the server's order; may be empty. */
  readonly issuers: readonly string[];
  readonly scope: string | null;
}

const mostIssuers = 20;

const untrusted = (name: string, what: string): SourceError =>
  new SourceError("source-invalid-answer", `${name} ${what}.`, {
    hint: "Nothing secret was sent. Ask whoever runs it, or name the issuer: sitrep login NAME --issuer URL",
  });

/** The origin that a person's browser and HTTP would use: MCP over WebSocket is described at the same host. */
export const httpUrlOf = (url: string): URL => new URL(url.replace(/^ws/, "http"));

/** Where the description may be: as the server's answer says, else below `/.well-known`, for its path and then for all. */
function addressesOf(name: string, server: URL, challenge: Challenge | null): string[] {
  const named = challenge?.resourceMetadata ?? null;
  if (named !== null) {
    const url = URL.canParse(named, server.href) ? new URL(named, server) : null;
    if (url?.origin === server.origin) return [url.href];
    throw untrusted(name, "has itself described by another server (resource_metadata)");
  }
  const root = `${server.origin}/.well-known/oauth-protected-resource`;
  const path = server.pathname.replace(/\/+$/, "");
  return path === "" ? [root] : [`${root}${path}`, root];
}

/** A resource covers what lies below it: its own path, or a folder of it. */
function covers(resource: string, server: URL): boolean {
  if (!URL.canParse(resource)) return false;
  const { origin, pathname, hash } = new URL(resource);
  const folder = pathname.endsWith("/") ? pathname : `${pathname}/`;
  return origin === server.origin && hash === "" && `${server.pathname}/`.startsWith(folder);
}

function read(name: string, server: URL, value: unknown): ResourceMetadata {
  const from = readObject(value);
  const resource = readString(from?.["resource"]);
  if (from === null || resource === undefined || !covers(resource, server)) {
    throw untrusted(name, "describes another server than itself");
  }
  const listed = readStrings(from["authorization_servers"]).slice(0, mostIssuers);
  // They are shown to people, and named in commands to copy.
  const issuers = listed.filter(isPlainAddress);
  if (listed.length > 0 && issuers.length === 0) {
    throw untrusted(name, "names an issuer whose address makes no sense");
  }
  const scopes: unknown[] = Array.isArray(from["scopes_supported"]) ? from["scopes_supported"] : [];
  return {
    resource,
    issuers,
    scope: readScope(scopes.filter((one) => typeof one === "string").join(" ")),
  };
}

/** Null when the server does not describe itself. Throws `SourceError`; `source-invalid-answer` for what is not believed. */
export async function readResourceMetadata(
  name: string,
  url: string,
  challenge: Challenge | null,
  line: IssuerHttp,
): Promise<ResourceMetadata | null> {
  const server = httpUrlOf(url);
  for (const address of addressesOf(name, server, challenge)) {
    // oxlint-disable-next-line no-await-in-loop -- the second is asked for only where the first is not there
    const value = await line.getJson(address);
    if (value !== null) return read(name, server, value);
  }
  return null;
}
