// The addresses at which an issuer may describe itself. Pure.

export interface WellKnown {
  /** RFC 8414: the path comes after the well-known part. */
  readonly oauth: string;
  /** OpenID Connect, spelt as RFC 8414 does. */
  readonly openId: string;
  /** OpenID Connect Discovery: the path comes first. */
  readonly openIdAppended: string;
}

export function wellKnownOf(issuer: URL): WellKnown {
  const path = issuer.pathname.replace(/\/+$/, "");
  const known = `${issuer.origin}/.well-known`;
  return {
    oauth: `${known}/oauth-authorization-server${path}`,
    openId: `${known}/openid-configuration${path}`,
    openIdAppended: `${issuer.origin}${path}/.well-known/openid-configuration`,
  };
}
