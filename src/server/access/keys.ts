// API keys: how one is made, and how one is known again. A key of ours is 256 random bits, so a plain SHA-256 of it
// cannot be searched backwards and a slow password hash would only cost every request its time.

import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { keyIdOf, type ApiKey, type ApiKeys } from "../../store/api-keys.ts";

const prefix = "sitrep_";

/** A given key that is shorter than this can be guessed from a stolen database. */
export const shortestSafeKey = 32;
const longestKey = 1024;

/** A new key: `sitrep_` and 43 characters. The prefix lets scanners for leaked secrets find it. */
export const createKey = (): string => prefix + randomBytes(32).toString("base64url");

/** SHA-256 in hexadecimal digits. */
export const hashKey = (key: string): string => createHash("sha256").update(key).digest("hex");

/** True for what can be sent in a header: visible ASCII without blanks, at most 1024 characters. */
export const isSendable = (key: string): boolean =>
  /^[\x21-\x7e]+$/.test(key) && key.length <= longestKey;

/** The key in force that `secret` is, found by a part of the hash and compared in constant time; null when it is none. */
export async function findKey(keys: ApiKeys, secret: string): Promise<ApiKey | null> {
  if (!isSendable(secret)) return null;
  const hash = hashKey(secret);
  const found = await keys.find(keyIdOf(hash));
  if (found === null) return null;
  const isSame = timingSafeEqual(Buffer.from(found.hash, "hex"), Buffer.from(hash, "hex"));
  return isSame ? found.key : null;
}
