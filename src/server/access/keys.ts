// A key is 256 random bits: no search reverses its SHA-256, so a slow hash would gain nothing.

import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { keyId, type ApiKey, type ApiKeys } from "../../store/api-keys.ts";

const prefix = "sitrep_";

/** A shorter key could be guessed from a stolen database. */
export const shortestSafeKey = 32;
const maxKeyLength = 1024;

/** `sitrep_` and 43 characters. The prefix lets scanners for leaked secrets find it. */
export const createKey = (): string => prefix + randomBytes(32).toString("base64url");

export const hashKey = (key: string): string => createHash("sha256").update(key).digest("hex");

/** True if it fits into a header: at most 1024 visible ASCII characters, no spaces. */
export const isSendable = (key: string): boolean =>
  /^[\x21-\x7e]+$/.test(key) && key.length <= maxKeyLength;

/** The key in force, found by a part of its hash and compared in constant time; null for none. */
export async function findKey(keys: ApiKeys, secret: string): Promise<ApiKey | null> {
  if (!isSendable(secret)) return null;
  const hash = hashKey(secret);
  const found = await keys.find(keyId(hash));
  if (found === null) return null;
  const isSame = timingSafeEqual(Buffer.from(found.hash, "hex"), Buffer.from(hash, "hex"));
  return isSame ? found.key : null;
}
