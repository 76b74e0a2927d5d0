// Texts that say who is signed in. The names come from the issuer, so they are cleaned.

import { cleanText } from "../../core/quote.ts";
import { ageText } from "../../core/time.ts";
import type { SignInStatus } from "../../sources/auth/person.ts";

type Who = Pick<SignInStatus, "label" | "subject">;

/** Returns ` as ana`, or "" when the issuer names nobody. */
export function asWhom({ label, subject }: Who): string {
  const who = cleanText(label === "" ? subject : label, 80);
  return who === "" ? "" : ` as ${who}`;
}

/** Returns `renewed automatically`, or how long the sign-in lasts. `now`: epoch milliseconds. */
export function forHowLong({ isRenewed, isRefused, expiresAt }: SignInStatus, now: number): string {
  if (isRefused) return "refused: sign in again";
  if (isRenewed) return "renewed automatically";
  if (expiresAt === null) return "until the server ends it";
  const left = expiresAt - now;
  return left > 0 ? `for ${ageText(left)}, then sign in again` : "expired: sign in again";
}

/** Example: `signed in as ana (https://id.example), renewed automatically, token expires in 3 min`. */
export function signInText(signIn: SignInStatus, now: number): string {
  const { issuer, expiresAt, isRefused } = signIn;
  const token =
    isRefused || expiresAt === null || expiresAt <= now
      ? ""
      : `, token expires in ${ageText(expiresAt - now)}`;
  return `signed in${asWhom(signIn)} (${issuer}), ${forHowLong(signIn, now)}${token}`;
}
