// What is kept for one key, read and written under the machine lock: when its token is renewed, and how long an issuer is
// left alone that has refused or does not answer. Ages are by the machine's clock.

import { cooldownMs, lifeMs, renewAgeMs } from "../../core/token-times.ts";
import type { SourceError, SourceErrorCode } from "../../core/source-error.ts";
import { elapsed, type MachineClock } from "./machine-clock.ts";
import { fileOf, fingerprint, readRecord, removeRecord, writeRecord } from "./token-record.ts";
import type { KeptToken, TokenRecord } from "./token-record.ts";
import type { AccessToken, GrantedTokens, TokenKey } from "./tokens.ts";

export interface TokenEntryOptions {
  /** An absolute path; made 0700 when something is to be kept. */
  readonly folder: string;
  readonly clock: MachineClock;
  /** Time before the end of a token at which it is renewed. Milliseconds. */
  readonly renewBeforeMs: number;
}

export interface TokenEntry {
  readonly lock: string;
  read(): TokenRecord;
  write(record: TokenRecord): void;
  /** True when there was something. */
  remove(): boolean;
  made(granted: GrantedTokens, before: KeptToken | null, isAfterRefusal: boolean): KeptToken;
  ageOf(token: KeptToken): number;
  isDue(token: KeptToken): boolean;
  given(token: KeptToken): AccessToken;
  /** The token when it may be sent, though it may be due: the server has not refused it, and it has not expired. */
  usable(record: TokenRecord, refused: string | null): KeptToken | null;
  /** What is left of a cooldown. Milliseconds; null when there is none, or it was for other credentials. */
  cooldownLeft(record: TokenRecord, secret: string): number | null;
  /** The record with one failure more; `error`: what the issuer's answer came to, absent for a server's refusals. */
  withFailure(
    record: TokenRecord,
    code: SourceErrorCode,
    secret: string,
    error?: SourceError,
  ): TokenRecord;
}

/** What could not be written, by its file: a full disk must not make us ask for a token with every request. */
const unwritten = new Map<string, TokenRecord>();

export function openTokenEntry(options: TokenEntryOptions, key: TokenKey): TokenEntry {
  const { folder, clock, renewBeforeMs } = options;
  const file = fileOf(folder, key, "json");
  // Unknown after a restart with the wall clock set back: then it counts as over.
  const ageOf = (token: KeptToken): number => elapsed(token.obtainedAt, clock()) ?? token.lifeMs;

  return {
    lock: fileOf(folder, key, "lock"),
    read: () => unwritten.get(file) ?? readRecord(file, key) ?? { token: null, cooldown: null },
    write: (record) => {
      try {
        writeRecord(file, key, record);
        unwritten.delete(file);
      } catch {
        unwritten.set(file, record);
      }
    },
    remove: () => unwritten.delete(file) || removeRecord(file),
    made: (granted, before, isAfterRefusal) => ({
      accessToken: granted.accessToken,
      refreshToken: granted.refreshToken ?? before?.refreshToken ?? null,
      scope: granted.scope,
      lifeMs: lifeMs(granted.expiresInSeconds),
      obtainedAt: clock(),
      isAfterRefusal,
      isRefused: false,
    }),
    ageOf,
    isDue: (token) => ageOf(token) >= renewAgeMs(token.lifeMs, renewBeforeMs),
    given: (token) => ({
      value: token.accessToken,
      expiresAt: Math.round(clock().wallMs + token.lifeMs - ageOf(token)),
    }),
    usable: ({ token }, refused) => {
      if (token === null || token.isRefused || token.accessToken === refused) return null;
      return ageOf(token) < token.lifeMs ? token : null;
    },
    cooldownLeft: ({ cooldown }, secret) => {
      if (cooldown === null || cooldown.credentials !== fingerprint(key, secret)) return null;
      const wholeMs = cooldownMs(cooldown.code === "source-refused", cooldown.failures);
      const left = wholeMs - (elapsed(cooldown.since, clock()) ?? wholeMs);
      return left > 0 ? left : null;
    },
    withFailure: ({ token, cooldown }, code, secret, error) => {
      const credentials = fingerprint(key, secret);
      const isSameKind = (cooldown?.code === "source-refused") === (code === "source-refused");
      const isOneMore = cooldown !== null && isSameKind && cooldown.credentials === credentials;
      const failures = isOneMore ? cooldown.failures + 1 : 1;
      const said = error === undefined ? null : { message: error.message, hint: error.hint ?? "" };
      return { token, cooldown: { code, failures, since: clock(), credentials, said } };
    },
  };
}
