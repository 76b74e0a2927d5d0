// What a token store promises: one record for each key, in files of mode 0600, renewed by one process at a time. How a
// token is had (client credentials, a refresh token, …) is the grant's affair.

/** Whose token it is, who gave it out, and the only origin that it may be sent to. */
export interface TokenKey {
  /** The issuer's identifier, compared byte for byte. */
  readonly issuer: string;
  readonly clientId: string;
  /** The person; empty for a service account, and for a person who is not known before the sign-in. */
  readonly subject: string;
  /** `audience` or `resource` that was asked for; empty for none. */
  readonly audience: string;
  /** The origin of the task server, such as `https://tasks.example`. */
  readonly origin: string;
}

/** What the token endpoint gave. */
export interface GrantedTokens {
  readonly accessToken: string;
  /** Seconds from now; null where it was not said. */
  readonly expiresInSeconds: number | null;
  /** Null where there is none, or where the one before stays in force. */
  readonly refreshToken: string | null;
  readonly scope: string | null;
}

/**
 * Asks the issuer. Throws `source-refused` when it refuses the credentials (a person must act), any other `SourceError`
 * when it cannot be reached. `refreshToken` is the one that was kept last.
 */
export type Grant = (
  kept: { readonly refreshToken: string | null },
  signal: AbortSignal,
) => Promise<GrantedTokens>;

export interface AccessToken {
  /** Sent as `Authorization: Bearer …`. */
  readonly value: string;
  /** Epoch milliseconds; null where it is not known to expire. */
  readonly expiresAt: number | null;
}

/** When a token is asked for. */
export interface TokenMoment {
  /** The server has just answered 401 to the token before. */
  readonly isAfterRefusal: boolean;
  /** That token; without it the one that was given last is meant. */
  readonly refused?: string;
}

export interface TokenProvider {
  /** Whose the tokens are, such as the id of a service account: answers to others are kept apart. Default: not known. */
  readonly subject?: string;
  /**
   * A token to send now. Throws `source-refused` (sign-in needed) or the `SourceError` that kept it from being had. A
   * second token that is refused in a row is reported in the same way, and puts an end to asking for a while.
   */
  getToken(moment?: TokenMoment): Promise<AccessToken>;
}

export interface KeptTokens extends GrantedTokens {
  /** Epoch milliseconds; null where it is not known to expire. */
  readonly expiresAt: number | null;
  /** True while the issuer, or the server, refuses them and what they would be renewed with. */
  readonly isRefused: boolean;
}

export interface TokenStore {
  /**
   * Renews by `grant` when it is due or refused; one request in flight on the whole machine. `credentials`: what the
   * grant signs in with, such as the client's secret. When it is another, a refusal of the one before counts no longer.
   */
  provider(key: TokenKey, grant: Grant, credentials?: string): TokenProvider;
  /** Keeps what an interactive sign-in gave. */
  put(key: TokenKey, granted: GrantedTokens): Promise<void>;
  /** Null when nothing is kept. Throws `secret-unsafe` for a record that others can read. */
  get(key: TokenKey): Promise<KeptTokens | null>;
  /** True when there was something to forget. */
  forget(key: TokenKey): Promise<boolean>;
}
