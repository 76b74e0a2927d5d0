// The header `Retry-After` (RFC 9110, 10.2.3): seconds, or a date.

/** Milliseconds to wait from `now` (epoch milliseconds); null when the header is absent or not understood. */
export function retryAfterMs(header: string | null, now: number): number | null {
  const text = header?.trim() ?? "";
  if (/^\d{1,12}$/.test(text)) return Number(text) * 1000;
  // A date begins with its weekday; anything else that Date.parse takes is a guess.
  if (!/^[A-Z][a-z]{2,8},? /.test(text)) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}
