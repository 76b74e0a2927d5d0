// The server's metadata (RFC 9728) are untrusted: they must describe it, and be at its own origin.

import { isPlainAddress } from "../../../core/address.ts";
import { SitrepError } from "../../../core/errors.ts";
import { readObject, readString, readStrings } from "../../../core/read.ts";
import { SourceError } from "../../../core/source-error.ts";
import type { IssuerMetadata } from "../issuer/client.ts";
import { openIssuerHttp, type IssuerHttp } from "../issuer/issuer-http.ts";
import { readIssuerMetadata } from "../issuer/metadata.ts";
import { isPrivateHost } from "../issuer/private-address.ts";
import { personRules, type InsecureReason } from "../issuer/rules.ts";
import { readScope, type Challenge } from "./challenge.ts";

export interface IssuerAccess {
  readonly name: string;
  readonly url: string;
  readonly whyInsecure: InsecureReason;
  readonly signal?: AbortSignal | undefined;
}

export interface DiscoverRequest extends IssuerAccess {
  readonly challenge: Challenge | null;
  /** Named by a person; overrides what the server says. */
  readonly issuer: string | null;
  /** The issuer found before; another one is refused. */
  readonly pinned: string | null;
}

export interface Discovered {
  readonly metadata: IssuerMetadata;
  readonly isNamed: boolean;
  readonly resource: string | null;
  readonly scope: string | null;
  readonly http: IssuerHttp;
}

/** The HTTP address: MCP over WebSocket has its metadata at the same host. */
const httpUrlOf = (url: string): URL => new URL(url.replace(/^ws/, "http"));

/** A server elsewhere cannot name an address in this network. The caller disposes of it. */
export async function openPersonIssuerHttp(
  { name, url, whyInsecure, signal }: IssuerAccess,
  isNamed: boolean,
): Promise<IssuerHttp> {
  const mayBePrivate = isNamed || (await isPrivateHost(httpUrlOf(url).hostname));
  return openIssuerHttp(personRules({ name, whyInsecure, mayBePrivate }), { signal });
}

function chooseIssuer({ name, pinned }: DiscoverRequest, listed: readonly string[]): string {
  const [first] = listed;
  if (pinned !== null && first !== undefined && !listed.includes(pinned)) {
    throw new SitrepError(
      "issuer-changed",
      `${name} now names the issuer ${first}; previously it was ${pinned}. Nothing was sent.`,
      { hint: `If that is correct: sitrep login ${name} --issuer ${first}` },
    );
  }
  const chosen = pinned ?? first;
  if (chosen !== undefined) return chosen;
  throw new SitrepError("issuer-unknown", `${name} does not name its identity provider.`, {
    hint: `Specify the issuer: sitrep login ${name} --issuer URL`,
  });
}

/** Sends no secret. Throws `issuer-changed`, `issuer-unknown`, `source-invalid-response`. */
export async function discoverIssuer(request: DiscoverRequest): Promise<Discovered> {
  const http = await openPersonIssuerHttp(request, request.issuer !== null);
  try {
    const { name, url, challenge, issuer } = request;
    const server = httpUrlOf(url);
    const readResource = async () => {
      const value = await http.findJson(addressesOf(name, server, challenge));
      return value === null ? null : read(name, server, value);
    };
    const resource = await readResource().catch((error: unknown) => {
      // If a person named the issuer, the server's metadata are not needed.
      if (issuer === null) throw error;
      return null;
    });
    // Before MCP's revision 2025-06-18 servers had no metadata and were their own issuers.
    const listed = resource?.issuers ?? [server.origin];
    return {
      metadata: await readIssuerMetadata(issuer ?? chooseIssuer(request, listed), http),
      isNamed: issuer !== null,
      resource: resource?.resource ?? null,
      scope: challenge?.scope ?? resource?.scope ?? null,
      http,
    };
  } catch (error) {
    await http[Symbol.asyncDispose]();
    throw error;
  }
}

const maxIssuers = 20;

const untrusted = (name: string, what: string): SourceError =>
  new SourceError("source-invalid-response", `${name} ${what}.`, {
    hint: "No secret was sent. Ask the server's operator, or specify the issuer: sitrep login NAME --issuer URL",
  });

/** Possible addresses of the metadata: the challenge's, else below `/.well-known`, first for the path, then for the origin. */
function addressesOf(name: string, server: URL, challenge: Challenge | null): string[] {
  const named = challenge?.resourceMetadata ?? null;
  if (named !== null) {
    const url = URL.parse(named, server.href);
    if (url?.origin === server.origin) return [url.href];
    throw untrusted(name, "points to metadata on another server (resource_metadata)");
  }
  const root = `${server.origin}/.well-known/oauth-protected-resource`;
  const path = server.pathname.replace(/\/+$/, "");
  return path === "" ? [root] : [`${root}${path}`, root];
}

/** True for the server's own path or a folder above it. */
function covers(resource: string, server: URL): boolean {
  const url = URL.parse(resource);
  if (url === null) return false;
  const folder = url.pathname.endsWith("/") ? url.pathname : `${url.pathname}/`;
  return (
    url.origin === server.origin && url.hash === "" && `${server.pathname}/`.startsWith(folder)
  );
}

/** The server's metadata; `issuers`, which may be empty, are in its order. */
function read(name: string, server: URL, value: unknown) {
  const from = readObject(value);
  const resource = readString(from?.["resource"]);
  if (from === null || resource === undefined || !covers(resource, server)) {
    throw untrusted(name, "has metadata that describes another server");
  }
  const listed = readStrings(from["authorization_servers"]).slice(0, maxIssuers);
  // Issuers are shown to people, and appear in commands to copy.
  const issuers = listed.filter(isPlainAddress);
  if (listed.length > 0 && issuers.length === 0) {
    throw untrusted(name, "names an issuer with an invalid address");
  }
  return { resource, issuers, scope: readScope(readStrings(from["scopes_supported"]).join(" ")) };
}
