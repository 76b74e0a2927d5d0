// Chooses the client: named by a person, a metadata document at a URL, registered earlier, or registered now (RFC 7591).

import { SitrepError } from "../../../core/errors.ts";
import { readObject, readOneOf, readString, readStrings } from "../../../core/read.ts";
import { createIssuerClient, deviceGrant } from "../issuer/client.ts";
import type { ClientProof, IssuerClient, IssuerMetadata } from "../issuer/client.ts";
import type { IssuerHttp } from "../issuer/issuer-http.ts";
import { joinScopes } from "./challenge.ts";
import type { Discovered } from "./discover-issuer.ts";
import { recordAuthMethods, type RecordAuthMethod, type ClientIdentity } from "./sign-in-record.ts";

export interface ClientRequest {
  readonly name: string;
  readonly metadata: IssuerMetadata;
  /** Named by a person: an id, or the `https:` address of a metadata document. */
  readonly clientId: string | null;
  readonly clientSecret: string | null;
  readonly registered: ClientIdentity | null;
  readonly redirect: { readonly uri: string; readonly port: number } | null;
  readonly scope: string | null;
  readonly http: IssuerHttp;
}

const failed = (what: string, hint: string): SitrepError =>
  new SitrepError("sign-in-failed", what, { hint });

const listOf = (value: unknown): readonly unknown[] | null => (Array.isArray(value) ? value : null);

/** How a client with or without a secret authenticates; the default of RFC 8414 is `client_secret_basic`. */
function methodFor(metadata: IssuerMetadata, hasSecret: boolean): RecordAuthMethod {
  if (!hasSecret) return "none";
  const offered = listOf(metadata.token_endpoint_auth_methods_supported);
  const isPostOnly =
    offered?.includes("client_secret_basic") === false && offered.includes("client_secret_post");
  return isPostOnly ? "client_secret_post" : "client_secret_basic";
}

/** Preferably `none`: it needs no secret. */
function methodToRegister(metadata: IssuerMetadata): RecordAuthMethod {
  const offered = listOf(metadata.token_endpoint_auth_methods_supported);
  return recordAuthMethods.find((method) => offered?.includes(method)) ?? "client_secret_basic";
}

async function register(request: ClientRequest, endpoint: string): Promise<ClientIdentity> {
  const { metadata, redirect, scope, name, http } = request;
  const method = methodToRegister(metadata);
  const grant = redirect === null ? deviceGrant : "authorization_code";
  const response = readObject(
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
  const clientId = readString(response?.["client_id"]);
  if (clientId === undefined) {
    throw failed(
      `${name}'s identity provider did not register a client.`,
      `Register one there and specify it: sitrep login ${name} --client-id ID`,
    );
  }
  const clientSecret = readString(response?.["client_secret"]) ?? null;
  const given = readOneOf(response?.["token_endpoint_auth_method"], recordAuthMethods);
  const usual = clientSecret !== null && method === "none" ? methodFor(metadata, true) : method;
  return {
    clientId,
    clientSecret,
    method: clientSecret === null ? "none" : (given ?? usual),
    from: "registered",
    redirectPort: redirect?.port ?? null,
  };
}

function isDocument(clientId: string): boolean {
  const url = URL.parse(clientId);
  return url?.protocol === "https:" && url.pathname !== "/";
}

/** Throws `client-unknown` when there is none and the issuer registers none, else what `http` throws. */
export async function findClient(request: ClientRequest): Promise<ClientIdentity> {
  const { name, metadata, clientId, clientSecret, registered } = request;
  const readsDocuments = metadata["client_id_metadata_document_supported"] === true;
  const endpoint = metadata.registration_endpoint;
  if (clientId !== null && (!isDocument(clientId) || readsDocuments || !endpoint)) {
    const method = methodFor(metadata, clientSecret !== null);
    const from = isDocument(clientId) && readsDocuments ? "document" : "configured";
    return { clientId, clientSecret, method, from, redirectPort: null };
  }
  const port = request.redirect?.port ?? null;
  if (registered !== null && registered.redirectPort === port) return registered;
  if (endpoint !== undefined) return register(request, endpoint);
  throw new SitrepError(
    "client-unknown",
    `${name}'s identity provider does not register clients automatically.`,
    {
      hint: `Register one there (public, with a redirect to http://127.0.0.1) and specify it: sitrep login ${name} --client-id ID`,
    },
  );
}

function proofOf({ clientSecret, method }: ClientIdentity): ClientProof {
  return clientSecret === null || method === "none"
    ? { method: "none" }
    : { method, secret: clientSecret };
}

export const openClient = (
  metadata: IssuerMetadata,
  client: ClientIdentity,
  http: IssuerHttp,
): IssuerClient => createIssuerClient(metadata, client.clientId, proofOf(client), http);

export type PersonGrant = "device" | "browser";

/** By default a device code if a person named the issuer, the browser if the server did. Throws `sign-in-failed`. */
export function chooseGrant(
  name: string,
  wish: PersonGrant | null,
  { metadata, isNamed }: Discovered,
): PersonGrant {
  const hasDevice = metadata.device_authorization_endpoint !== undefined;
  const hasBrowser = metadata.authorization_endpoint !== undefined;
  const wished = wish ?? (hasDevice && (isNamed || !hasBrowser) ? "device" : "browser");
  if (wished === "device" ? hasDevice : hasBrowser) return wished;
  throw failed(
    `${name}'s identity provider does not offer sign-in by ${wished}.`,
    hasBrowser || hasDevice
      ? "Run the command without --device."
      : "It does not support user sign-in.",
  );
}

/** MCP requires PKCE of issuers that a server named. Those that a person named may leave it out of their metadata. */
export function requirePkce(name: string, { metadata, isNamed }: Discovered): void {
  const methods = metadata.code_challenge_methods_supported;
  if (methods === undefined ? isNamed : methods.includes("S256")) return;
  throw failed(
    `${name}'s identity provider does not offer PKCE (S256).`,
    "Without it, someone could intercept the code. Nothing was sent.",
  );
}

/** The server's scopes, with `openid` (the user's identity) and `offline_access` (a refresh token) if the issuer supports them. */
export function chooseScope(
  wished: string | null,
  asked: string | null,
  metadata: IssuerMetadata,
): string | null {
  if (wished !== null) return wished;
  const known = readStrings(metadata.scopes_supported);
  const added = ["openid", "offline_access"].filter((one) => known.includes(one));
  return joinScopes(asked, added.length === 0 ? null : added.join(" "));
}
