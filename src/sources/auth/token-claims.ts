// What a token says of itself. Unverified: whether it is good is for the server to say.

import { parseObject, type JsonObject } from "../../core/read.ts";

/** The claims of a JWT; null for any other token. */
export function claimsIn(token: string): JsonObject | null {
  const [, claims = ""] = token.split(".");
  return parseObject(Buffer.from(claims, "base64url").toString("utf8"));
}
