// A grant obtains tokens, and one process at a time renews them: by credentials or a refresh token.

import { parseObject, type JsonObject } from "../../core/read.ts";

/** Whose token it is, who issued it, and the only origin that it may be sent to. */
export interface TokenKey {
  /** The issuer's identifier, compared byte for byte. */
  readonly issuer: string;
  readonly clientId: string;
  /** The person; empty for a service account, and for a person whose subject is unknown. */
  readonly subject: string;
  readonly audience: string;
  readonly origin: string;
}

export interface GrantedTokens {
  readonly accessToken: string;
  /** Seconds from now; null when not stated. */
  readonly expiresInSeconds: number | null;
  /** Null when there is none, or the one before stays valid. */
  readonly refreshToken: string | null;
  readonly scope: string | null;
}

/** Throws `source-refused` when the issuer refuses the credentials, else another `SourceError`. */
export type Grant = (
  kept: { readonly refreshToken: string | null },
  signal: AbortSignal,
) => Promise<GrantedTokens>;

export interface AccessToken {
  /** Sent as `Authorization: Bearer …`. */
  readonly value: string;
  /** Epoch milliseconds; null when unknown. */
  readonly expiresAt: number | null;
}

export interface TokenMoment {
  readonly isAfterRefusal: boolean;
  /** That token. Default: the last one given. */
  readonly refused?: string;
}

export interface TokenProvider {
  /** Whose the tokens are, such as a service account's id: it keeps answers to others apart. Default: unknown. */
  readonly subject?: string;
  /** Throws `source-refused`: a second one in a row starts a cooldown; else `SourceError`. */
  getToken(moment?: TokenMoment): Promise<AccessToken>;
}

export interface KeptTokens extends GrantedTokens {
  /** Epoch milliseconds; null when unknown. */
  readonly expiresAt: number | null;
  /** True while the issuer or the server refuses them. */
  readonly isRefused: boolean;
}

export interface TokenStore {
  /** At most one request at a time on the machine. Other `credentials` end a cooldown. */
  provider(key: TokenKey, grant: Grant, credentials?: string): TokenProvider;
  /** Keeps what an interactive sign-in gave. */
  put(key: TokenKey, granted: GrantedTokens): Promise<void>;
  /** Null when nothing is kept. Throws `secret-unsafe` for a record that others can read. */
  get(key: TokenKey): Promise<KeptTokens | null>;
  /** False when nothing was kept. */
  forget(key: TokenKey): Promise<boolean>;
}

/** The claims of a JWT, unverified: the server decides whether the token is valid. Null for any other token. */
export function claimsIn(token: string): JsonObject | null {
  const [, claims = ""] = token.split(".");
  return parseObject(Buffer.from(claims, "base64url").toString("utf8"));
}
