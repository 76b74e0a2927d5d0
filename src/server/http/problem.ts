// Refusals of the server itself, as problem details (RFC 9457) with our code.

import { codeOf } from "../../core/errors.ts";

export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function problemResponse({ status, code, title, detail, headers = {} }: Problem): Response {
  const body = {
    type: "about:blank",
    title,
    status,
    code,
    ...(detail === undefined ? {} : { detail }),
  };
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      ...headers,
    },
  });
}

/** `Retry-After` in whole seconds, at least one. */
export const retryAfter = (ms: number): Record<string, string> => ({
  "retry-after": String(Math.max(1, Math.ceil(ms / 1000))),
});

/** While the store cannot be used: it may come back. */
export const withoutStore = (code: string): Response =>
  problemResponse({
    status: 503,
    code,
    title: "The task store cannot be used",
    headers: { "retry-after": "5" },
  });

/** For what went wrong inside; nothing of it is told but its code. */
export function faultResponse(error: unknown): Response {
  const code = codeOf(error);
  return code.startsWith("store-")
    ? withoutStore(code)
    : problemResponse({ status: 500, code: "unexpected", title: "Internal Server Error" });
}
