// Finds who signs people in for a server: the issuer that a person named, else the one that the server names (RFC 9728),
// which is pinned at its first use. What the server says of itself is untrusted: believed only where it speaks of the
// server that was asked, at that server's own origin.

import { isPlainAddress } from "../../../core/address.ts";
import { SitrepError } from "../../../core/errors.ts";
import { readObject, readString, readStrings } from "../../../core/read.ts";
import { SourceError } from "../../../core/source-error.ts";
import type { IssuerMetadata } from "../issuer/client.ts";
import { openIssuerHttp, type IssuerHttp } from "../issuer/issuer-http.ts";
import { readIssuerMetadata } from "../issuer/metadata.ts";
import { isPrivateHost } from "../issuer/private-address.ts";
import { personRules, type WhyInsecure } from "../issuer/rules.ts";
import { readScope, type Challenge } from "./challenge.ts";

/** For whom an issuer is asked. */
export interface IssuerReach {
  /** Of the source, for messages. */
  readonly name: string;
  /** The task server's address. */
  readonly url: string;
  readonly whyInsecure: WhyInsecure;
  readonly signal?: AbortSignal | undefined;
}

export interface DiscoverRequest extends IssuerReach {
  /** What the server said when it refused; null where nobody asked it. */
  readonly challenge: Challenge | null;
  /** Named by a person; goes before what the server says. */
  readonly issuer: string | null;
  /** What was found before; a change is refused. */
  readonly pinned: string | null;
}

export interface Discovered {
  readonly metadata: IssuerMetadata;
  /** True where a person named the issuer. */
  readonly isNamed: boolean;
  /** How the server names itself; null where it does not say. */
  readonly resource: string | null;
  /** What the server asks for; null where it does not say. */
  readonly scope: string | null;
  /** For further requests to this issuer. The caller disposes of it. */
  readonly http: IssuerHttp;
}

/**
 * HTTP to an issuer. It may lie in this network where a person named it (`isNamed`), or where the task server lies there
 * too; the word of a server elsewhere leads to no address of this network. The caller disposes of it.
 */
export async function openPersonIssuerHttp(
  { name, url, whyInsecure, signal }: IssuerReach,
  isNamed: boolean,
): Promise<IssuerHttp> {
  const mayBePrivate = isNamed || (await isPrivateHost(httpUrlOf(url).hostname));
  return openIssuerHttp(personRules({ name, whyInsecure, mayBePrivate }), { signal });
}

function chooseIssuer({ name, pinned }: DiscoverRequest, listed: readonly string[]): string {
  const [first] = listed;
  if (pinned === null || first === undefined || listed.includes(pinned)) {
    const chosen = pinned ?? first;
    if (chosen !== undefined) return chosen;
    throw new SitrepError("issuer-unknown", `${name} does not say who signs people in for it.`, {
      hint: `Name the issuer: sitrep login ${name} --issuer URL`,
    });
  }
  throw new SitrepError(
    "issuer-changed",
    `${name} now wants people signed in by ${first}; so far it was ${pinned}. Nothing was sent.`,
    { hint: `If that is right: sitrep login ${name} --issuer ${first}` },
  );
}

/**
 * Asks the server and its issuer; sends no secret. Throws `issuer-changed`, `issuer-unknown` and `SourceError`:
 * `source-invalid-answer` for metadata that is not believed.
 */
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
      // Where a person names the issuer, nothing depends on what the server says of itself.
      if (issuer === null) throw error;
      return null;
    });
    // Servers of before revision 2025-06-18 describe nothing: they are their own issuer.
    const listed = resource?.issuers ?? [server.origin];
    const chosen = issuer ?? chooseIssuer(request, listed);
    return {
      metadata: await readIssuerMetadata(chosen, http),
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

const mostIssuers = 20;

const untrusted = (name: string, what: string): SourceError =>
  new SourceError("source-invalid-answer", `${name} ${what}.`, {
    hint: "Nothing secret was sent. Ask whoever runs it, or name the issuer: sitrep login NAME --issuer URL",
  });

/** The origin that a person's browser and HTTP would use: MCP over WebSocket is described at the same host. */
const httpUrlOf = (url: string): URL => new URL(url.replace(/^ws/, "http"));

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

/** What the server says of itself; `issuers`, which may be empty, are in its order. */
function read(name: string, server: URL, value: unknown) {
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
  return { resource, issuers, scope: readScope(readStrings(from["scopes_supported"]).join(" ")) };
}
