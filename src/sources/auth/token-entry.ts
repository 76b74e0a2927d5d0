// Read and written under the machine lock. Ages are by the machine's clock.

import type { SourceError, SourceErrorCode } from "../../core/source-error.ts";
import { cooldownMs, lifetimeMs, renewAgeMs } from "../../core/token-times.ts";
import { elapsed, type MachineClock } from "./machine-clock.ts";
import {
  tokenFile,
  fingerprint,
  readTokenRecord,
  removeTokenRecord,
  writeTokenRecord,
} from "./token-record.ts";
import type { KeptToken, TokenRecord } from "./token-record.ts";
import type { AccessToken, GrantedTokens, TokenKey } from "./tokens.ts";

export interface TokenEntryOptions {
  readonly folder: string;
  readonly clock: MachineClock;
  readonly renewBeforeMs: number;
}

/** Records that could not be written, by file, so that on a full disk not every request asks for a token. */
const unwritten = new Map<string, TokenRecord>();

const keptToken = (
  granted: GrantedTokens,
  before: KeptToken | null,
  how: Pick<KeptToken, "obtainedAt" | "isAfterRefusal">,
): KeptToken => ({
  accessToken: granted.accessToken,
  refreshToken: granted.refreshToken ?? before?.refreshToken ?? null,
  scope: granted.scope,
  lifetimeMs: lifetimeMs(granted.expiresInSeconds),
  isRefused: false,
  ...how,
});

const isSameFailure = (
  cooldown: TokenRecord["cooldown"],
  code: SourceErrorCode,
  credentials: string,
): cooldown is NonNullable<TokenRecord["cooldown"]> =>
  cooldown?.credentials === credentials &&
  (cooldown.code === "source-refused") === (code === "source-refused");

export type TokenEntry = ReturnType<typeof openTokenEntry>;

export function openTokenEntry(options: TokenEntryOptions, key: TokenKey) {
  const { folder, clock, renewBeforeMs } = options;
  const file = tokenFile(folder, key, "json");
  // An unknown age counts as expired.
  const ageOf = (token: KeptToken): number =>
    elapsed(token.obtainedAt, clock()) ?? token.lifetimeMs;

  return {
    ageOf,
    lock: tokenFile(folder, key, "lock"),
    read: (): TokenRecord =>
      unwritten.get(file) ?? readTokenRecord(file, key) ?? { token: null, cooldown: null },
    write: (record: TokenRecord): void => {
      try {
        writeTokenRecord(file, key, record);
        unwritten.delete(file);
      } catch {
        unwritten.set(file, record);
      }
    },
    remove: (): boolean => unwritten.delete(file) || removeTokenRecord(file),
    made: (granted: GrantedTokens, before: KeptToken | null, isAfterRefusal: boolean): KeptToken =>
      keptToken(granted, before, { obtainedAt: clock(), isAfterRefusal }),
    isDue: (token: KeptToken): boolean =>
      ageOf(token) >= renewAgeMs(token.lifetimeMs, renewBeforeMs),
    given: (token: KeptToken): AccessToken => ({
      value: token.accessToken,
      expiresAt: Math.round(clock().wallMs + token.lifetimeMs - ageOf(token)),
    }),
    /** The token if it may be sent, even if it is due: it is neither refused nor expired. */
    usable: ({ token }: TokenRecord, refused: string | null): KeptToken | null => {
      if (token === null || token.isRefused || token.accessToken === refused) return null;
      return ageOf(token) < token.lifetimeMs ? token : null;
    },
    /** The rest of a cooldown, milliseconds; null when there is none, or it was for other credentials. */
    cooldownLeft: ({ cooldown }: TokenRecord, secret: string): number | null => {
      if (cooldown === null || cooldown.credentials !== fingerprint(key, secret)) return null;
      const wholeMs = cooldownMs(cooldown.code === "source-refused", cooldown.failures);
      const left = wholeMs - (elapsed(cooldown.since, clock()) ?? wholeMs);
      return left > 0 ? left : null;
    },
    withFailure: (
      { token, cooldown }: TokenRecord,
      code: SourceErrorCode,
      secret: string,
      error?: SourceError,
    ): TokenRecord => {
      const credentials = fingerprint(key, secret);
      const failures = isSameFailure(cooldown, code, credentials) ? cooldown.failures + 1 : 1;
      const said = error === undefined ? null : { message: error.message, hint: error.hint ?? "" };
      return { token, cooldown: { code, failures, since: clock(), credentials, said } };
    },
  };
}
