// What differs between the issuer of a service account and that of a person: which addresses may be asked, where its
// metadata are, and what its refusals mean. All else is done in one way for both.

import type { LookupFunction } from "node:net";
import { SourceError } from "../../../core/source-error.ts";
import { isPrivateLiteral, lookupPublic } from "./private-address.ts";

export interface IssuerRules {
  /** For messages: its address, or `team's identity provider`. */
  readonly who: string;
  /** Throws `source-failed` for an address that nothing may be sent to. */
  readonly requireReachable: (url: URL) => void;
  /** In place of the system's resolver, at the moment of connecting; null for that one. */
  readonly lookup: LookupFunction | null;
  readonly metadata: {
    /** Where to ask, in this order, until there are some. */
    readonly addressesOf: (issuer: URL) => readonly string[];
    /** True for an answer that means: none here. */
    readonly isAbsent: (answer: Response) => boolean;
    /** What must be an address if it is there at all. */
    readonly endpoints: readonly string[];
    /** How to go on where they are not believed. */
    readonly hint: string;
  };
  /** Error codes of OAuth that only a person can mend. */
  readonly refusals: readonly string[];
  /** `source-refused`, for one of `refusals`. */
  readonly refused: (code: string) => SourceError;
  /** `source-refused`, for HTTP 401 with a challenge. */
  readonly challenged: () => SourceError;
}

/** Why an address must not be contacted, or null: without TLS only this machine and hosts that a person named. */
export type WhyInsecure = (url: string) => string | null;

/** The addresses at which an issuer may describe itself. */
export function wellKnownOf(issuer: URL): {
  /** RFC 8414: the path comes after the well-known part. */
  readonly oauth: string;
  /** OpenID Connect, spelt as RFC 8414 does. */
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

/** The issuer of a service account is configured, and may be in this network. */
export interface IssuerPlace {
  /** As it is configured: it must name itself so, byte for byte. */
  readonly issuer: string;
  /** Another origin at which its endpoints may be; null for none. */
  readonly endpointOrigin: string | null;
  readonly whyInsecure: WhyInsecure;
}

/** Of RFC 6749. Nobody mends them by signing in once more in the same way. */
const clientRefusals = ["invalid_client", "unauthorized_client"];

/** Who asks, or what is shown, is not or no longer good. */
const personRefusals = [...clientRefusals, "invalid_grant", "access_denied"];

/** With what a configuration asks for in vain (RFC 8707 too). */
const serviceRefusals = [
  ...personRefusals,
  "invalid_scope",
  "invalid_target",
  "invalid_request",
  "unsupported_grant_type",
];

/** Endpoints are at the issuer's own origin, or at one more that is named. */
function requireItsOwn(url: URL, { issuer, endpointOrigin, whyInsecure }: IssuerPlace): void {
  const why = whyInsecure(url.href);
  if (why !== null) {
    throw new SourceError("source-failed", `${issuer}: ${why}.`, { isUnsent: true });
  }
  if (url.origin === new URL(issuer).origin || url.origin === endpointOrigin) return;
  throw new SourceError("source-failed", `${issuer} has an endpoint at ${url.origin}.`, {
    hint: `Nothing was sent there. If it is right: "endpointOrigin": "${url.origin}" in the source's "auth".`,
    isUnsent: true,
  });
}

/** `clientId`: for messages. */
export function serviceRules(place: IssuerPlace, clientId: string): IssuerRules {
  const { issuer } = place;
  const refused = (code: string): SourceError =>
    new SourceError(
      "source-refused",
      `${issuer} refuses the service account ${clientId} (${code}).`,
      { hint: "Check the client's id, secret and grants there; then: sitrep source test" },
    );
  return {
    who: issuer,
    requireReachable: (url) => requireItsOwn(url, place),
    lookup: null,
    metadata: {
      // Issuers of OAuth without OpenID describe themselves by RFC 8414 only.
      addressesOf: (url) => {
        const { openIdAppended, oauth } = wellKnownOf(url);
        return [openIdAppended, oauth];
      },
      isAbsent: ({ status }) => status === 404,
      endpoints: ["token_endpoint"],
      hint: `No secret was sent. Configure the issuer exactly as ${issuer.replace(/\/$/, "")}/.well-known/openid-configuration has it.`,
    },
    refusals: serviceRefusals,
    refused,
    challenged: () => refused("HTTP 401"),
  };
}

/**
 * The issuer of people may be one that a task server named: its endpoints may be at any origin, as those of large providers
 * are, but the word of a server elsewhere leads to no address of this network.
 */
export interface PersonIssuer {
  /** Of the source, for messages. */
  readonly name: string;
  readonly whyInsecure: WhyInsecure;
  /** False: addresses of this machine and its network are refused. */
  readonly mayBePrivate: boolean;
}

function requireMeant(url: URL, { name, whyInsecure, mayBePrivate }: PersonIssuer): void {
  const unsafe = /^https?:$/.test(url.protocol)
    ? whyInsecure(url.href)
    : `${url.protocol} is no protocol of an identity provider`;
  const isForeign = !mayBePrivate && isPrivateLiteral(url.hostname);
  if (unsafe === null && !isForeign) return;
  const why = unsafe ?? `${url.hostname} is an address of this network, named from outside it`;
  throw new SourceError("source-failed", `${name}'s identity provider: ${why}.`, {
    // What is in the clear is not made right by whoever names it.
    hint:
      unsafe === null
        ? `Nothing was sent. If it is right, name it: sitrep login ${name} --issuer URL`
        : "Nothing was sent.",
    isUnsent: true,
  });
}

/** A page in its place is what some servers have for any address. */
const hasNoMetadata = ({ ok, status, headers }: Response): boolean =>
  ok ? !/[/+]json\b/.test(headers.get("content-type") ?? "") : status < 500 && status !== 429;

export function personRules(issuer: PersonIssuer): IssuerRules {
  const { name, mayBePrivate } = issuer;
  const who = `${name}'s identity provider`;
  const refusedClient = (why: string, status?: number): SourceError =>
    new SourceError("source-refused", `${who} refuses this client (${why}).`, {
      hint: `Check the client: sitrep login ${name} --client-id ID`,
      ...(status === undefined ? {} : { status }),
    });
  return {
    who,
    requireReachable: (url) => requireMeant(url, issuer),
    lookup: mayBePrivate ? null : lookupPublic,
    metadata: {
      // OAuth before OpenID Connect, as MCP orders them: https://modelcontextprotocol.io, "Authorization".
      addressesOf: (url) => {
        const { oauth, openId, openIdAppended } = wellKnownOf(url);
        return [...new Set([oauth, openId, openIdAppended])];
      },
      isAbsent: hasNoMetadata,
      endpoints: [
        "token_endpoint",
        "authorization_endpoint",
        "device_authorization_endpoint",
        "registration_endpoint",
        "revocation_endpoint",
      ],
      hint: "Nothing secret was sent. Name the issuer exactly as it names itself: sitrep login NAME --issuer URL",
    },
    refusals: personRefusals,
    refused: (code) =>
      clientRefusals.includes(code)
        ? refusedClient(code)
        : new SourceError("source-refused", `${name}: sign-in needed (${code}).`, {
            hint: `sitrep login ${name}`,
          }),
    challenged: () => refusedClient("HTTP 401", 401),
  };
}
