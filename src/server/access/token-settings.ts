// Which JSON Web Tokens the server believes.

export interface TokenSettings {
  /** The issuer's identifier; null where there is no identity provider. */
  readonly issuer: string | null;
  /** Who a token must be meant for: any of these. */
  readonly audiences: readonly string[];
  /** Where the issuer's keys are; null to ask its metadata. */
  readonly jwksUrl: string | null;
  /** For tokens that `sitrep serve token create` signs: 32 bytes or more; null where there are none. */
  readonly secret: Uint8Array | null;
  /** The claims that may name the organisation, the first that is there counts. */
  readonly organizationClaims: readonly string[];
  /** The organisation of a token that names none; null refuses such a token. */
  readonly organization: string | null;
}

/** The issuer of the tokens that this server signs itself. */
export const ownIssuer = "sitrep";

/** Whom they are meant for: the first audience that is set. */
export const ownAudience = ({ audiences }: Pick<TokenSettings, "audiences">): string =>
  audiences[0] ?? ownIssuer;

/** RFC 7518, 3.2: a key for HS256 has at least the size of the hash. */
export const smallestSecretBytes = 32;
