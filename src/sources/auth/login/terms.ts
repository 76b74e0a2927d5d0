// What is agreed on with an issuer before a person signs in: the grant, and what is asked for. Pure.

import { SitrepError } from "../../../core/errors.ts";
import { readStrings } from "../../../core/read.ts";
import type { IssuerMetadata } from "../issuer/client.ts";
import type { Discovered } from "./discover.ts";

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
    {
      hint: "A code could be caught on its way; nothing was sent.",
    },
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
  const scopes = new Set([...(asked?.split(" ") ?? []), ...added]);
  return scopes.size === 0 ? null : [...scopes].join(" ");
}

/** Parameters that are there; `resource` is what the server calls itself, `audience` what a person set. */
export function parametersOf(
  scope: string | null,
  resource: string | null,
  audience: string | null,
): Record<string, string> {
  return {
    ...(scope === null ? {} : { scope }),
    ...(resource === null ? {} : { resource }),
    ...(audience === null ? {} : { audience }),
  };
}
