// The records of tokens: one file of mode 0600 for each key, below a folder of mode 0700, each with a lock beside it.

import { createHash } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import {
  parseObject,
  readBoolean,
  readNumber,
  readObject,
  readOneOf,
  readString,
} from "../../core/read.ts";
import type { SourceErrorCode } from "../../core/source-error.ts";
import { readOwnFile } from "../../state/files/read-small-file.ts";
import { replaceFile } from "../../state/files/replace-file.ts";
import type { Instant } from "./machine-clock.ts";
import type { TokenKey } from "./tokens.ts";

export interface KeptToken {
  readonly accessToken: string;
  readonly refreshToken: string | null;
  readonly scope: string | null;
  readonly lifeMs: number;
  readonly obtainedAt: Instant;
  /** It was asked for because the server had refused the one before. */
  readonly isAfterRefusal: boolean;
  /** The server refuses it. */
  readonly isRefused: boolean;
}

/** The issuer is left alone for a time that grows with the failures. */
export interface Cooldown {
  /** What it failed with; `source-refused`: the issuer, or the server, refuses the sign-in. */
  readonly code: SourceErrorCode;
  /** Failures in a row. */
  readonly failures: number;
  readonly since: Instant;
  /** A fingerprint of the credentials that were refused. */
  readonly credentials: string;
}

export interface TokenRecord {
  readonly token: KeptToken | null;
  readonly cooldown: Cooldown | null;
}

const partsOf = ({ issuer, clientId, subject, audience, origin }: TokenKey): string =>
  JSON.stringify([issuer, clientId, subject, audience, origin]);

const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex");

export const recordFile = (folder: string, key: TokenKey): string =>
  join(folder, `${hashOf(partsOf(key)).slice(0, 32)}.json`);

export const lockFile = (folder: string, key: TokenKey): string =>
  join(folder, `${hashOf(partsOf(key)).slice(0, 32)}.lock`);

/** Says only whether credentials are the same as before, and that only together with the key. */
export const fingerprint = (key: TokenKey, credentials: string): string =>
  hashOf(`${partsOf(key)}\n${credentials}`).slice(0, 16);

const failureCodes: readonly SourceErrorCode[] = [
  "source-refused",
  "source-unreachable",
  "source-timeout",
  "source-rate-limited",
  "source-failed",
  "source-invalid-answer",
];

function readInstant(value: unknown): Instant | null {
  const from = readObject(value);
  const upMs = readNumber(from?.["upMs"]);
  const wallMs = readNumber(from?.["wallMs"]);
  if (upMs === undefined || wallMs === undefined) return null;
  return { upMs, wallMs, boot: readString(from?.["boot"]) ?? "" };
}

function readToken(value: unknown): KeptToken | null {
  const from = readObject(value);
  const accessToken = readString(from?.["accessToken"]);
  const lifeMs = readNumber(from?.["lifeMs"]);
  const obtainedAt = readInstant(from?.["obtainedAt"]);
  if (accessToken === undefined || lifeMs === undefined || obtainedAt === null) return null;
  return {
    accessToken,
    refreshToken: readString(from?.["refreshToken"]) ?? null,
    scope: readString(from?.["scope"]) ?? null,
    lifeMs,
    obtainedAt,
    isAfterRefusal: readBoolean(from?.["isAfterRefusal"]) ?? false,
    isRefused: readBoolean(from?.["isRefused"]) ?? false,
  };
}

function readCooldown(value: unknown): Cooldown | null {
  const from = readObject(value);
  const code = readOneOf(from?.["code"], failureCodes);
  const failures = readNumber(from?.["failures"]);
  const since = readInstant(from?.["since"]);
  if (code === undefined || failures === undefined || since === null) return null;
  return { code, failures, since, credentials: readString(from?.["credentials"]) ?? "" };
}

/** Null when nothing is kept for this very key. Throws `secret-unsafe` for a record that others can read. */
export function readRecord(folder: string, key: TokenKey): TokenRecord | null {
  const from = parseObject(readOwnFile(recordFile(folder, key)) ?? "");
  if (from === null || readString(from["key"]) !== partsOf(key)) return null;
  return { token: readToken(from["token"]), cooldown: readCooldown(from["cooldown"]) };
}

export function writeRecord(folder: string, key: TokenKey, record: TokenRecord): void {
  const text = JSON.stringify({ key: partsOf(key), ...record });
  replaceFile(recordFile(folder, key), text, { mode: 0o600 });
}

/** True when there was something to remove, also what others can read. The lock stays: somebody may hold it. */
export function removeRecord(folder: string, key: TokenKey): boolean {
  const isThere = existsSync(recordFile(folder, key));
  rmSync(recordFile(folder, key), { force: true });
  return isThere;
}
