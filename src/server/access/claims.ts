// From the claims of a token that is proved to the principal that it stands for.

import { SitrepError } from "../../core/errors.ts";
import type { Permission, Principal } from "../principal.ts";

type Claims = Readonly<Record<string, unknown>>;

/** OAuth scopes and what they permit; any other scope permits nothing here. */
export const scopes: Readonly<Record<string, Permission>> = {
  "mcp.tools": "tools",
  "mcp.resources": "resources",
  "mcp.admin": "admin",
};

/** A list, or a text with blanks between (RFC 6749, 3.3). */
function words(claim: unknown): string[] {
  if (typeof claim === "string") return claim.split(" ").filter((word) => word !== "");
  return Array.isArray(claim) ? claim.filter((word) => typeof word === "string") : [];
}

export function permissionsOf(claims: Claims): Permission[] {
  const scoped = [...words(claims["scope"]), ...words(claims["scp"])].flatMap(
    (scope) => scopes[scope] ?? [],
  );
  return [...new Set([...scoped, ...words(claims["permissions"])])];
}

/** Throws `sign-in-refused` for a token that names no user, or no organisation where none is set. */
export function principalOf(
  claims: Claims,
  names: { readonly organizationClaims: readonly string[]; readonly organization: string | null },
): Principal {
  const named = names.organizationClaims
    .map((claim) => claims[claim])
    .find((value) => typeof value === "string" && value !== "");
  const organization = typeof named === "string" ? named : names.organization;
  if (organization === null) {
    throw new SitrepError("sign-in-refused", "The token names no organisation.", {
      hint: `Have the issuer add ${names.organizationClaims.join(" or ")}, or set SITREP_ORGANIZATION.`,
    });
  }
  const user = claims["sub"];
  if (typeof user !== "string" || user === "") {
    throw new SitrepError("sign-in-refused", "The token names no user.");
  }
  return {
    organization,
    user,
    permissions: permissionsOf(claims),
    by: "token",
  };
}
