// Finds who signs people in for a server: the issuer that a person named, else the one that the server names, which is
// pinned at its first use.

import { SitrepError } from "../../../core/errors.ts";
import type { IssuerMetadata } from "../issuer/client.ts";
import { openIssuerLine } from "../issuer/issuer-http.ts";
import type { IssuerHttp } from "../issuer/issuer-http.ts";
import { readIssuerMetadata } from "../issuer/metadata.ts";
import { personRules } from "../issuer/person-rules.ts";
import { isPrivateHost } from "../issuer/private-address.ts";
import type { Challenge } from "./challenge.ts";
import { httpUrlOf, readResourceMetadata } from "./resource-metadata.ts";

export interface DiscoverRequest {
  /** Of the source, for messages. */
  readonly name: string;
  /** The task server's address. */
  readonly url: string;
  /** What it said when it refused; null where nobody asked it. */
  readonly challenge: Challenge | null;
  /** Named by a person; goes before what the server says. */
  readonly issuer: string | null;
  /** What was found before; a change is refused. */
  readonly pinned: string | null;
  readonly whyInsecure: (url: string) => string | null;
  readonly signal?: AbortSignal | undefined;
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
  readonly line: IssuerHttp;
}

export interface IssuerReach {
  readonly name: string;
  /** The task server's address. */
  readonly url: string;
  /** True where a person named the issuer. */
  readonly isNamed: boolean;
  readonly whyInsecure: (url: string) => string | null;
  readonly signal?: AbortSignal | undefined;
}

/**
 * HTTP to an issuer. It may lie in this network where a person named it, or where the task server lies there too; the word
 * of a server out in the world leads nowhere inside. The caller disposes of it.
 */
export async function openPersonLine(reach: IssuerReach): Promise<IssuerHttp> {
  const { name, url, whyInsecure, signal, isNamed } = reach;
  const mayBePrivate = isNamed || (await isPrivateHost(httpUrlOf(url).hostname));
  return openIssuerLine(personRules({ name, whyInsecure, mayBePrivate }), { signal });
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
  const line = await openPersonLine({ ...request, isNamed: request.issuer !== null });
  try {
    const { name, url, challenge, issuer } = request;
    const resource = await readResourceMetadata(name, url, challenge, line).catch(
      (error: unknown) => {
        // Where a person names the issuer, nothing depends on what the server says of itself.
        if (issuer === null) throw error;
        return null;
      },
    );
    // Servers of before revision 2025-06-18 describe nothing: they are their own issuer.
    const listed = resource === null ? [httpUrlOf(url).origin] : resource.issuers;
    const chosen = issuer ?? chooseIssuer(request, listed);
    return {
      metadata: await readIssuerMetadata(chosen, line),
      isNamed: issuer !== null,
      resource: resource?.resource ?? null,
      scope: challenge?.scope ?? resource?.scope ?? null,
      line,
    };
  } catch (error) {
    await line[Symbol.asyncDispose]();
    throw error;
  }
}
