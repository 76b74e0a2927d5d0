// The contract of a token store: one record for each key, in files of mode 0600, renewed by one process at a time. A grant
// obtains the tokens: by client credentials, by a refresh token and so on.

import { parseObject, type JsonObject } from "../../core/read.ts";

/** Whose token it is, who issued it, and the only origin that it may be sent to. */
export interface TokenKey {
  /** The issuer's identifier, compared byte for byte. */
  readonly issuer: string;
  readonly clientId: string;
  /** The person; empty for a service account, and for a person whose subject is unknown. */
  readonly subject: string;
  /** The requested `audience` or `resource`; empty for none. */
  readonly audience: string;
  /** The task server's, such as `https://tasks.example`. */
  readonly origin: string;
}

/** The token endpoint's response. */
export interface GrantedTokens {
  readonly accessToken: string;
  /** Seconds from now; null when not stated. */
  readonly expiresInSeconds: number | null;
  /** Null when there is none, or the one before stays valid. */
  readonly refreshToken: string | null;
  readonly scope: string | null;
}

/**
 * Asks the issuer; `refreshToken` is the last one kept. Throws `source-refused` when the issuer refuses the credentials (a
 * person must act), else another `SourceError`.
 */
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
  /** The server has just answered 401 to the token before. */
  readonly isAfterRefusal: boolean;
  /** That token. Default: the last one given. */
  readonly refused?: string;
}

export interface TokenProvider {
  /** The owner of the tokens, such as a service account's id, which keeps responses to others apart. Default: unknown. */
  readonly subject?: string;
  /**
   * A token to send now. Throws `source-refused` (sign-in needed), also for a second token refused in a row, which starts a
   * cooldown; else another `SourceError`.
   */
  getToken(moment?: TokenMoment): Promise<AccessToken>;
}

export interface KeptTokens extends GrantedTokens {
  /** Epoch milliseconds; null when unknown. */
  readonly expiresAt: number | null;
  /** True while the issuer or the server refuses them. */
  readonly isRefused: boolean;
}

export interface TokenStore {
  /**
   * Renews by `grant` when the token is due or refused; at most one request at a time on the whole machine. `credentials`:
   * what the grant signs in with, such as the client's secret. Other credentials end a cooldown.
   */
  provider(key: TokenKey, grant: Grant, credentials?: string): TokenProvider;
  /** Keeps what an interactive sign-in gave. */
  put(key: TokenKey, granted: GrantedTokens): Promise<void>;
  /** Null when nothing is kept. Throws `secret-unsafe` for a record that others can read. */
  get(key: TokenKey): Promise<KeptTokens | null>;
  /** False when nothing was kept. */
  forget(key: TokenKey): Promise<boolean>;
}

/** The claims of a JWT, unverified: the server decides whether the token is valid. Null for any other token. */
export function parseClaims(token: string): JsonObject | null {
  const [, claims = ""] = token.split(".");
  return parseObject(Buffer.from(claims, "base64url").toString("utf8"));
}
