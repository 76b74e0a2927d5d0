// Refusals of the server itself, as problem details (RFC 9457) with our code.

export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function problemResponse({ status, code, title, detail, headers = {} }: Problem): Response {
  const body = { type: "about:blank", title, status, code, ...(detail === undefined ? {} : { detail }) };
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/problem+json", "cache-control": "no-store", ...headers },
  });
}

/** `Retry-After` in whole seconds, at least one. */
export const retryAfter = (ms: number): Record<string, string> => ({
  "retry-after": String(Math.max(1, Math.ceil(ms / 1000))),
});
