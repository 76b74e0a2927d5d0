// Puts the sign-in on requests.

import type { TokenProvider } from "../sources/auth/tokens.ts";
import type { HeaderSource } from "../http/header-source.ts";
import { requireCheckedTls } from "../http/header-source.ts";

/** The headers of every request: `fixed`, and the token where there is one. Throws `tls-off` rather than send any. */
export function headerSource(
  tokens: TokenProvider | null,
  fixed: Readonly<Record<string, string>>,
): HeaderSource {
  return async (moment) => {
    if (tokens !== null || Object.keys(fixed).length > 0) requireCheckedTls();
    if (tokens === null) return { ...fixed };
    const { value } = await tokens.getToken(moment);
    return { ...fixed, authorization: `Bearer ${value}` };
  };
}
