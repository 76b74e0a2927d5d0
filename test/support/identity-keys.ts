// Key pairs for the tests' OpenID provider and for clients that sign. Made once in each process, because RSA is slow.

import { generateKeyPairSync } from "node:crypto";
import type { JsonWebKey } from "node:crypto";

export interface KeyPair {
  readonly publicJwk: JsonWebKey & { kid: string; alg: string; use: string };
  readonly privateJwk: JsonWebKey & { kid: string; alg: string; use: string };
  /** The private key in PKCS #8. */
  readonly privatePem: string;
}

const made = new Map<string, KeyPair>();

/** Returns an RSA pair for RS256, the same pair for the same name. */
export function keyPair(kid: string): KeyPair {
  const before = made.get(kid);
  if (before !== undefined) return before;
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const details = { kid, alg: "RS256", use: "sig" };
  const pair: KeyPair = {
    publicJwk: { ...publicKey.export({ format: "jwk" }), ...details },
    privateJwk: { ...privateKey.export({ format: "jwk" }), ...details },
    privatePem: privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
  };
  made.set(kid, pair);
  return pair;
}
