// Puts the sign-in on requests, and renews it once when the server refuses it.

import { SourceError } from "../core/source-error.ts";
import type { HeaderSource } from "../mcp/connection.ts";
import type { HttpClient } from "../resilience/http.ts";
import type { TokenProvider } from "./tokens.ts";

/** The headers of every request: `fixed`, and the token where there is one. */
export function headerSource(
  tokens: TokenProvider | null,
  fixed: Readonly<Record<string, string>>,
): HeaderSource {
  return async (moment) => {
    if (tokens === null) return { ...fixed };
    const { value } = await tokens.getToken(moment);
    return { ...fixed, authorization: `Bearer ${value}` };
  };
}

/** Sends a request that was answered with 401 once more, where the sign-in changes by asking for it again. */
export function renewingSignIn(http: HttpClient, headers: HeaderSource): HttpClient {
  return {
    requestJson: async (request) => {
      try {
        return await http.requestJson(request);
      } catch (error) {
        if (!(error instanceof SourceError) || error.status !== 401) throw error;
        const fresh = await headers({ isAfterRefusal: true });
        if (fresh["authorization"] === request.headers?.["authorization"]) throw error;
        // A request that was refused was not carried out, so that also a write may be sent again.
        return http.requestJson({ ...request, headers: { ...request.headers, ...fresh } });
      }
    },
    counters: () => http.counters(),
    [Symbol.asyncDispose]: () => http[Symbol.asyncDispose](),
  };
}
