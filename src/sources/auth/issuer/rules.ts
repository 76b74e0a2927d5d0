// How a service account's issuer differs from a person's. Everything else is the same for both.

import type { LookupFunction } from "node:net";
import { SourceError } from "../../../core/source-error.ts";
import { isPrivateLiteral, lookupPublic } from "./private-address.ts";

export interface IssuerRules {
  readonly who: string;
  /** Throws `source-failed` for an address that nothing may be sent to. */
  readonly requireReachable: (url: URL) => void;
  readonly lookup: LookupFunction | null;
  readonly metadata: {
    /** The addresses that may have metadata, in the order of requests. */
    readonly addressesOf: (issuer: URL) => readonly string[];
    readonly isAbsent: (response: Response) => boolean;
    readonly endpoints: readonly string[];
    readonly hint: string;
  };
  /** OAuth error codes that only a person can resolve. */
  readonly refusals: readonly string[];
  readonly refused: (code: string) => SourceError;
  readonly challenged: () => SourceError;
}

/** Why an address must not be contacted, or null. Without TLS only this machine and hosts that a person named may be. */
export type InsecureReason = (url: string) => string | null;

export function wellKnownUrls(issuer: URL): {
  /** RFC 8414: the path comes after the well-known part. */
  readonly oauth: string;
  /** OpenID Connect, in the form of RFC 8414. */
  readonly openId: string;
  /** OpenID Connect Discovery: the path comes first. */
  readonly openIdAppended: string;
} {
  const path = issuer.pathname.replace(/\/+$/, "");
  const known = `${issuer.origin}/.well-known`;
  return {
    oauth: `${known}/oauth-authorization-server${path}`,
    openId: `${known}/openid-configuration${path}`,
    openIdAppended: `${issuer.origin}${path}/.well-known/openid-configuration`,
  };
}

/** A service account's issuer is configured, and may be in this network. */
export interface IssuerAddress {
  /** It must name itself exactly like this, byte for byte. */
  readonly issuer: string;
  /** Another origin that its endpoints may have, or null. */
  readonly endpointOrigin: string | null;
  readonly whyInsecure: InsecureReason;
}

/** Error codes of RFC 6749 that signing in again in the same way does not resolve. */
const clientRefusals = ["invalid_client", "unauthorized_client"];

/** The client, or the code or token that it presents, is not or no longer valid. */
const personRefusals = [...clientRefusals, "invalid_grant", "access_denied"];

/** The configuration requests what the issuer does not grant (also RFC 8707). */
const serviceRefusals = [
  ...personRefusals,
  "invalid_scope",
  "invalid_target",
  "invalid_request",
  "unsupported_grant_type",
];

/** Endpoints must have the issuer's own origin, or the configured other one. */
function requireOwnOrigin(url: URL, { issuer, endpointOrigin, whyInsecure }: IssuerAddress): void {
  const why = whyInsecure(url.href);
  if (why !== null) {
    throw new SourceError("source-failed", `${issuer}: ${why}.`, { isUnsent: true });
  }
  if (url.origin === new URL(issuer).origin || url.origin === endpointOrigin) return;
  throw new SourceError(
    "source-failed",
    `${issuer} has an endpoint on another origin: ${url.origin}.`,
    {
      hint: `Nothing was sent there. If it is correct, add "endpointOrigin": "${url.origin}" to the source's "auth".`,
      isUnsent: true,
    },
  );
}

export function serviceRules(place: IssuerAddress, clientId: string): IssuerRules {
  const { issuer } = place;
  const refused = (code: string): SourceError =>
    new SourceError(
      "source-refused",
      `${issuer} refused the service account ${clientId} (${code}).`,
      { hint: "Check the client's id, secret and grants there, then: sitrep source test" },
    );
  return {
    who: issuer,
    requireReachable: (url) => requireOwnOrigin(url, place),
    lookup: null,
    metadata: {
      // Issuers with OAuth but not OpenID Connect publish only by RFC 8414.
      addressesOf: (url) => {
        const { openIdAppended, oauth } = wellKnownUrls(url);
        return [openIdAppended, oauth];
      },
      isAbsent: ({ status }) => status === 404,
      endpoints: ["token_endpoint"],
      hint: `No secret was sent. Configure the issuer exactly as ${issuer.replace(/\/$/, "")}/.well-known/openid-configuration states it.`,
    },
    refusals: serviceRefusals,
    refused,
    challenged: () => refused("HTTP 401"),
  };
}

/** A server may name it: any origin will do, but a server elsewhere cannot name this network. */
export interface PersonIssuer {
  readonly name: string;
  readonly whyInsecure: InsecureReason;
  readonly mayBePrivate: boolean;
}

function requireIntended(url: URL, { name, whyInsecure, mayBePrivate }: PersonIssuer): void {
  const isHttp = /^https?:$/.test(url.protocol);
  const unsafe = isHttp ? whyInsecure(url.href) : `${url.protocol} is not HTTP`;
  if (unsafe === null && (mayBePrivate || !isPrivateLiteral(url.hostname))) return;
  const why =
    unsafe ?? `a server outside this network pointed to ${url.hostname}, which is inside it`;
  // An unsafe address stays unsafe if a person names it.
  const remedy =
    unsafe === null ? ` If it is correct, specify it: sitrep login ${name} --issuer URL` : "";
  throw new SourceError("source-failed", `${name}'s identity provider: ${why}.`, {
    hint: `Nothing was sent.${remedy}`,
    isUnsent: true,
  });
}

/** Some servers answer any address with a web page. */
const hasNoMetadata = ({ ok, status, headers }: Response): boolean =>
  ok ? !/[/+]json\b/.test(headers.get("content-type") ?? "") : status < 500 && status !== 429;

export function personRules(issuer: PersonIssuer): IssuerRules {
  const { name, mayBePrivate } = issuer;
  const who = `${name}'s identity provider`;
  const refusedClient = (why: string, details: { status?: number } = {}): SourceError =>
    new SourceError("source-refused", `${who} refused this client (${why}).`, {
      hint: `Check the client: sitrep login ${name} --client-id ID`,
      ...details,
    });
  return {
    who,
    requireReachable: (url) => requireIntended(url, issuer),
    lookup: mayBePrivate ? null : lookupPublic,
    metadata: {
      // MCP looks for OAuth metadata before OpenID Connect's: https://modelcontextprotocol.io, "Authorization".
      addressesOf: (url) => [...new Set(Object.values(wellKnownUrls(url)))],
      isAbsent: hasNoMetadata,
      endpoints: [
        "token_endpoint",
        "authorization_endpoint",
        "device_authorization_endpoint",
        "registration_endpoint",
        "revocation_endpoint",
      ],
      hint: "No secret was sent. Specify the issuer exactly as it identifies itself: sitrep login NAME --issuer URL",
    },
    refusals: personRefusals,
    refused: (code) =>
      clientRefusals.includes(code)
        ? refusedClient(code)
        : new SourceError("source-refused", `${name}: sign-in needed (${code}).`, {
            hint: `sitrep login ${name}`,
          }),
    challenged: () => refusedClient("HTTP 401", { status: 401 }),
  };
}
