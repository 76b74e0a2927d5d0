// The issuer of a service account is configured: endpoints are at its own origin, or at one more that is named. It may be
// in this network.

import { SourceError } from "../../../core/source-error.ts";
import type { IssuerRules } from "./rules.ts";
import { wellKnownOf } from "./well-known.ts";

export interface IssuerPlace {
  /** As it is configured: it must name itself so, byte for byte. */
  readonly issuer: string;
  /** Another origin at which its endpoints may be; null for none. */
  readonly endpointOrigin: string | null;
  /** Why an address must not be contacted, or null: without TLS only this machine and hosts that a person named. */
  readonly whyInsecure: (url: string) => string | null;
}

/** Of RFC 6749 and RFC 8707. */
const refusals: ReadonlySet<string> = new Set([
  "invalid_client",
  "unauthorized_client",
  "invalid_grant",
  "access_denied",
  "invalid_scope",
  "invalid_target",
  "invalid_request",
  "unsupported_grant_type",
]);

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
    description: {
      // Issuers of OAuth without OpenID describe themselves by RFC 8414 only.
      addressesOf: (url) => {
        const { openIdAppended, oauth } = wellKnownOf(url);
        return [openIdAppended, oauth];
      },
      isAbsent: ({ status }) => status === 404,
      endpoints: ["token_endpoint"],
      hint: `No secret was sent. Configure the issuer exactly as ${issuer.replace(/\/$/, "")}/.well-known/openid-configuration has it.`,
    },
    refusals,
    refused,
    challenged: () => refused("HTTP 401"),
  };
}
