// The records of tokens: a file of mode 0600 for each key, in a folder of mode 0700, with a lock beside it.

import { createHash } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { parseObject } from "../../core/read.ts";
import type { SourceErrorCode } from "../../core/source-error.ts";
import { readOwnFile } from "../../state/files/read-small-file.ts";
import { replaceFile } from "../../state/files/replace-file.ts";
import type { Instant } from "./machine-clock.ts";
import type { TokenKey } from "./tokens.ts";

const failureCodes: readonly SourceErrorCode[] = [
  "source-refused",
  "source-unreachable",
  "source-timeout",
  "source-rate-limited",
  "source-failed",
  "source-invalid-response",
];

const Moment: z.ZodType<Instant> = z.object({
  upMs: z.number(),
  wallMs: z.number(),
  boot: z.string().catch(""),
});

const KeptToken = z.object({
  accessToken: z.string(),
  refreshToken: z.string().nullable().catch(null),
  scope: z.string().nullable().catch(null),
  lifetimeMs: z.number(),
  obtainedAt: Moment,
  /** It was requested because the server had refused the one before. */
  isAfterRefusal: z.boolean().catch(false),
  isRefused: z.boolean().catch(false),
});
export type KeptToken = Readonly<z.infer<typeof KeptToken>>;

const Cooldown = z.object({
  /** `source-refused`: the issuer or the server refuses the sign-in. */
  code: z.enum(failureCodes),
  failures: z.number(),
  since: Moment,
  credentials: z.string().catch(""),
  /** The failure's words, repeated during the cooldown. */
  said: z.object({ message: z.string(), hint: z.string() }).nullable().catch(null),
});

const TokenRecord = z.object({
  token: KeptToken.nullable().catch(null),
  cooldown: Cooldown.nullable().catch(null),
});
export type TokenRecord = Readonly<z.infer<typeof TokenRecord>>;

const partsOf = ({ issuer, clientId, subject, audience, origin }: TokenKey): string =>
  JSON.stringify([issuer, clientId, subject, audience, origin]);

const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex");

export const tokenFile = (folder: string, key: TokenKey, ending: "json" | "lock"): string =>
  join(folder, `${hashOf(partsOf(key)).slice(0, 32)}.${ending}`);

/** Tells only whether credentials for this key are the same as before. */
export const fingerprint = (key: TokenKey, credentials: string): string =>
  hashOf(`${partsOf(key)}\n${credentials}`).slice(0, 16);

/** Null when nothing is kept for exactly this key. Throws `secret-unsafe` for a record that others can read. */
export function readTokenRecord(file: string, key: TokenKey): TokenRecord | null {
  const from = parseObject(readOwnFile(file));
  return from?.["key"] === partsOf(key) ? TokenRecord.parse(from) : null;
}

export const writeTokenRecord = (file: string, key: TokenKey, record: TokenRecord): void =>
  void replaceFile(file, JSON.stringify({ key: partsOf(key), ...record }), { mode: 0o600 });

/** False when there was none. Also removes what others can read. The lock stays: another process may hold it. */
export function removeTokenRecord(file: string): boolean {
  const exists = existsSync(file);
  rmSync(file, { force: true });
  return exists;
}
