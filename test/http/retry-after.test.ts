import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { retryAfterMs } from "../../src/http/http-failures.ts";

const now = Date.UTC(2026, 10, 21, 10, 0, 0);

describe("Retry-After", () => {
  test.for<[string | null, number | null]>([
    ["0", 0],
    ["120", 120_000],
    [" 7 ", 7000],
    ["Sat, 21 Nov 2026 10:00:30 GMT", 30_000],
    ["Sat, 21 Nov 2026 09:00:00 GMT", 0],
    ["Saturday, 21-Nov-26 10:01:00 GMT", 60_000],
    [null, null],
    ["", null],
    ["-5", null],
    ["1.5", null],
    ["soon", null],
    ["2026", 2_026_000],
    ["9".repeat(13), null],
    ["2026-11-21T10:00:30Z", null],
    ["Sat, 99 Nov 2026", null],
  ])("%s", ([header, ms]) => {
    expect(retryAfterMs(header, now)).toBe(ms);
  });

  test("F61: a Retry-After is never negative or NaN, whatever a server sends", () => {
    fc.assert(
      fc.property(fc.string(), (header) => {
        const ms = retryAfterMs(header, now);
        expect(ms === null || (Number.isFinite(ms) && ms >= 0)).toBe(true);
      }),
    );
  });
});
