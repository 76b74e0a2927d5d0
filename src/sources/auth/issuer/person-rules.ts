// The issuer of people may be one that a task server named: its endpoints may be at any origin, as those of large providers
// are, but the word of a server out in the world leads nowhere inside.

import { SourceError } from "../../../core/source-error.ts";
import { isPrivateLiteral, lookupPublic } from "./private-address.ts";
import type { IssuerRules } from "./rules.ts";
import { wellKnownOf } from "./well-known.ts";

export interface PersonIssuer {
  /** Of the source, for messages. */
  readonly name: string;
  /** Why an address must not be contacted, or null: without TLS only this machine and hosts that a person named. */
  readonly whyInsecure: (url: string) => string | null;
  /** False: addresses of this machine and its network are refused. */
  readonly mayBePrivate: boolean;
}

/** Of RFC 6749: who asks, or what is shown, is not or no longer good. */
const refusals: ReadonlySet<string> = new Set([
  "invalid_grant",
  "invalid_client",
  "unauthorized_client",
  "access_denied",
]);

/** Of those: nobody mends them by signing in once more in the same way. */
const clientRefusals: ReadonlySet<string> = new Set(["invalid_client", "unauthorized_client"]);

function requireMeant(url: URL, { name, whyInsecure, mayBePrivate }: PersonIssuer): void {
  const why = !/^https?:$/.test(url.protocol)
    ? `${url.protocol} is no protocol of an identity provider`
    : whyInsecure(url.href);
  const words =
    why ??
    (!mayBePrivate && isPrivateLiteral(url.hostname)
      ? `${url.hostname} is an address of this network, named from outside it`
      : null);
  if (words === null) return;
  throw new SourceError("source-failed", `${name}'s identity provider: ${words}.`, {
    // What is in the clear is not made right by whoever names it.
    hint:
      why === null
        ? `Nothing was sent. If it is right, name it: sitrep login ${name} --issuer URL`
        : "Nothing was sent.",
    isUnsent: true,
  });
}

/** A page in its place is what some servers have for any address. */
const hasNoDescription = ({ ok, status, headers }: Response): boolean =>
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
    description: {
      // OAuth before OpenID Connect, as MCP orders them: https://modelcontextprotocol.io, "Authorization".
      addressesOf: (url) => {
        const { oauth, openId, openIdAppended } = wellKnownOf(url);
        return [...new Set([oauth, openId, openIdAppended])];
      },
      isAbsent: hasNoDescription,
      endpoints: [
        "token_endpoint",
        "authorization_endpoint",
        "device_authorization_endpoint",
        "registration_endpoint",
        "revocation_endpoint",
      ],
      hint: "Nothing secret was sent. Name the issuer exactly as it names itself: sitrep login NAME --issuer URL",
    },
    refusals,
    refused: (code) =>
      clientRefusals.has(code)
        ? refusedClient(code)
        : new SourceError("source-refused", `${name}: sign-in needed (${code}).`, {
            hint: `sitrep login ${name}`,
          }),
    challenged: () => refusedClient("HTTP 401", 401),
  };
}
