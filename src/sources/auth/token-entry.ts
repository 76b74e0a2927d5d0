// What is kept for one key, read and written by whoever's turn it is, with ages by the machine's clock.

import type { SourceErrorCode } from "../../core/source-error.ts";
import { elapsed } from "./machine-clock.ts";
import type { MachineClock } from "./machine-clock.ts";
import {
  fingerprint,
  lockFile,
  readRecord,
  recordFile,
  removeRecord,
  writeRecord,
} from "./token-files.ts";
import type { KeptToken, TokenRecord } from "./token-files.ts";
import type { AccessToken, GrantedTokens, TokenKey } from "./tokens.ts";
import { cooldownMs, lifeMs, renewAgeMs } from "./token-life.ts";

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
  /** What is left of a rest. Milliseconds; null when there is none, or it was for other credentials. */
  cooldownLeft(record: TokenRecord, secret: string): number | null;
  /** The record with one failure more. */
  rested(record: TokenRecord, code: SourceErrorCode, secret: string): TokenRecord;
}

/** What could not be written, by its file: a full disk must not make us ask for a token with every request. */
const unwritten = new Map<string, TokenRecord>();

const nothing: TokenRecord = { token: null, rest: null };

export function openTokenEntry(options: TokenEntryOptions, key: TokenKey): TokenEntry {
  const { folder, clock, renewBeforeMs } = options;
  const file = recordFile(folder, key);
  // Unknown after a restart with the wall clock set back: then it counts as over.
  const ageOf = (token: KeptToken): number => elapsed(token.obtainedAt, clock()) ?? token.lifeMs;

  return {
    lock: lockFile(folder, key),
    read: () => unwritten.get(file) ?? readRecord(folder, key) ?? nothing,
    write: (record) => {
      try {
        writeRecord(folder, key, record);
        unwritten.delete(file);
      } catch {
        unwritten.set(file, record);
      }
    },
    remove: () => unwritten.delete(file) || removeRecord(folder, key),
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
    cooldownLeft: ({ rest }, secret) => {
      if (rest === null || rest.credentials !== fingerprint(key, secret)) return null;
      const wholeMs = cooldownMs(rest.code === "source-refused", rest.failures);
      const left = wholeMs - (elapsed(rest.since, clock()) ?? wholeMs);
      return left > 0 ? left : null;
    },
    rested: ({ token, rest }, code, secret) => {
      const credentials = fingerprint(key, secret);
      const isSameKind = (rest?.code === "source-refused") === (code === "source-refused");
      const before = rest !== null && isSameKind && rest.credentials === credentials;
      const failures = before ? rest.failures + 1 : 1;
      return { token, rest: { code, failures, since: clock(), credentials } };
    },
  };
}
