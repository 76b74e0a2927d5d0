// What is agreed on with an issuer before a person signs in: the grant, the scope, and as which client: one that a person
// names, a metadata document at a URL where the issuer reads such documents, one that the issuer has registered for us
// before, or one that it registers now (RFC 7591).

import { SitrepError } from "../../../core/errors.ts";
import { readObject, readString, readStrings } from "../../../core/read.ts";
import { createIssuerClient, deviceGrant } from "../issuer/client.ts";
import type { ClientProof, IssuerClient, IssuerMetadata } from "../issuer/client.ts";
import type { IssuerHttp } from "../issuer/issuer-http.ts";
import { joinScopes } from "./challenge.ts";
import type { Discovered } from "./discover.ts";
import { clientAuthMethods, type ClientAuthMethod, type ClientIdentity } from "./sign-in-record.ts";

export interface ClientRequest {
  readonly name: string;
  readonly metadata: IssuerMetadata;
  /** Named by a person: an id, or the `https:` address of a metadata document. */
  readonly clientId: string | null;
  readonly clientSecret: string | null;
  /** What this issuer gave us before. */
  readonly registered: ClientIdentity | null;
  /** For the code grant; null for the device grant. */
  readonly redirect: { readonly uri: string; readonly port: number } | null;
  readonly scope: string | null;
  readonly http: IssuerHttp;
}

const listOf = (value: unknown): readonly unknown[] | null => (Array.isArray(value) ? value : null);

/** How the token endpoint wants a client to show itself; the default of RFC 8414 is `client_secret_basic`. */
function methodFor(metadata: IssuerMetadata, hasSecret: boolean): ClientAuthMethod {
  if (!hasSecret) return "none";
  const offered = listOf(metadata.token_endpoint_auth_methods_supported);
  const isPostOnly =
    offered?.includes("client_secret_basic") === false && offered.includes("client_secret_post");
  return isPostOnly ? "client_secret_post" : "client_secret_basic";
}

const isDocument = (clientId: string): boolean =>
  URL.canParse(clientId) &&
  new URL(clientId).protocol === "https:" &&
  new URL(clientId).pathname !== "/";

/** One that needs no secret where the issuer takes such. */
function methodToRegister(metadata: IssuerMetadata): ClientAuthMethod {
  const offered = listOf(metadata.token_endpoint_auth_methods_supported);
  if (offered === null) return "client_secret_basic";
  return clientAuthMethods.find((method) => offered.includes(method)) ?? "client_secret_basic";
}

async function register(request: ClientRequest, endpoint: string): Promise<ClientIdentity> {
  const { metadata, redirect, scope, name, http } = request;
  const method = methodToRegister(metadata);
  const grant = redirect === null ? deviceGrant : "authorization_code";
  const answer = readObject(
    await http.postJson(endpoint, {
      client_name: "Sitrep",
      application_type: "native",
      token_endpoint_auth_method: method,
      grant_types: [grant, "refresh_token"],
      response_types: redirect === null ? [] : ["code"],
      redirect_uris: redirect === null ? [] : [redirect.uri],
      ...(scope === null ? {} : { scope }),
    }),
  );
  const clientId = readString(answer?.["client_id"]);
  if (clientId === undefined) {
    throw new SitrepError("sign-in-failed", `${name}'s identity provider registered no client.`, {
      hint: `Have one registered, and name it: sitrep login ${name} --client-id ID`,
    });
  }
  const clientSecret = readString(answer?.["client_secret"]) ?? null;
  const given = clientAuthMethods.find((one) => one === answer?.["token_endpoint_auth_method"]);
  const usual = clientSecret !== null && method === "none" ? methodFor(metadata, true) : method;
  return {
    clientId,
    clientSecret,
    method: clientSecret === null ? "none" : (given ?? usual),
    from: "registered",
    redirectPort: redirect?.port ?? null,
  };
}

/** Throws `client-unknown` where there is none and the issuer registers none, else what `http` throws. */
export async function findClient(request: ClientRequest): Promise<ClientIdentity> {
  const { name, metadata, clientId, clientSecret, registered } = request;
  const readsDocuments = metadata["client_id_metadata_document_supported"] === true;
  const endpoint = metadata.registration_endpoint;
  const isUsable = clientId !== null && (!isDocument(clientId) || readsDocuments || !endpoint);
  if (isUsable) {
    const isOurs = isDocument(clientId) && readsDocuments;
    const method = methodFor(metadata, clientSecret !== null);
    const from = isOurs ? "document" : "configured";
    return { clientId, clientSecret, method, from, redirectPort: null };
  }
  const port = request.redirect?.port ?? null;
  if (registered !== null && registered.redirectPort === port) return registered;
  if (endpoint !== undefined) return register(request, endpoint);
  throw new SitrepError(
    "client-unknown",
    `${name}'s identity provider registers no clients itself.`,
    {
      hint: `Have one registered there (public, with a redirect to http://127.0.0.1), and name it: sitrep login ${name} --client-id ID`,
    },
  );
}

function proofOf({ clientSecret, method }: ClientIdentity): ClientProof {
  return clientSecret === null || method === "none"
    ? { method: "none" }
    : { method, secret: clientSecret };
}

/** For questions to this issuer as this client. */
export const clientAt = (
  metadata: IssuerMetadata,
  client: ClientIdentity,
  http: IssuerHttp,
): IssuerClient => createIssuerClient(metadata, client.clientId, proofOf(client), http);

export type PersonGrant = "device" | "browser";

/** On any device where a person named the issuer, in the browser where the server did. Throws `sign-in-failed`. */
export function chooseGrant(
  name: string,
  wish: PersonGrant | null,
  { metadata, isNamed }: Discovered,
): PersonGrant {
  const hasDevice = metadata.device_authorization_endpoint !== undefined;
  const hasBrowser = metadata.authorization_endpoint !== undefined;
  const wished = wish ?? (hasDevice && (isNamed || !hasBrowser) ? "device" : "browser");
  if (wished === "device" ? hasDevice : hasBrowser) return wished;
  throw new SitrepError(
    "sign-in-failed",
    `${name}'s identity provider offers no sign-in by ${wished}.`,
    { hint: hasBrowser || hasDevice ? "Leave the choice to it." : "It signs in no people." },
  );
}

/** MCP's rule for issuers that a server named; those that a person named may leave it out of their description. */
export function requirePkce(name: string, { metadata, isNamed }: Discovered): void {
  const methods = metadata.code_challenge_methods_supported;
  if (methods === undefined ? isNamed : methods.includes("S256")) return;
  throw new SitrepError(
    "sign-in-failed",
    `${name}'s identity provider does not offer PKCE (S256).`,
    { hint: "A code could be caught on its way; nothing was sent." },
  );
}

/** What the server asks for; with `openid` and `offline_access` where the issuer knows them: who it is, and for long. */
export function scopeFor(
  wished: string | null,
  asked: string | null,
  metadata: IssuerMetadata,
): string | null {
  if (wished !== null) return wished;
  const known = readStrings(metadata.scopes_supported);
  const added = ["openid", "offline_access"].filter((one) => known.includes(one));
  return joinScopes(asked, added.length === 0 ? null : added.join(" "));
}
