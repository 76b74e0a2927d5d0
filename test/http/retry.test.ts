import * as fc from "fast-check";
import { expect, test } from "vitest";
import { errorCodes } from "../../src/core/errors.ts";
import { SourceError } from "../../src/core/source-error.ts";
import type { SourceErrorCode } from "../../src/core/source-error.ts";
import { mayRetry, waitBefore } from "../../src/http/retry.ts";
import { presetSettings } from "../../src/http/policy-settings.ts";

const codes = errorCodes.filter(
  (code): code is SourceErrorCode => code.startsWith("source-") || code === "cancelled",
);

const failure = fc
  .record({
    code: fc.constantFrom(...codes),
    status: fc.option(fc.integer({ min: 300, max: 599 }), { nil: undefined }),
    retryAfterMs: fc.option(fc.nat(10_000_000), { nil: undefined }),
    isUnsent: fc.boolean(),
  })
  .map(
    ({ code, status, retryAfterMs, isUnsent }) =>
      new SourceError(code, "failed", {
        isUnsent,
        ...(status === undefined ? {} : { status }),
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      }),
  );

const { resilient } = presetSettings;
const attempt = (): Promise<null> => Promise.resolve(null);

test("a write is retried only if it certainly did not happen", () => {
  fc.assert(
    fc.property(failure, (error) => {
      const isRepeated = mayRetry(resilient, { key: "k", kind: "write", attempt }, error, 1e9);
      expect(!isRepeated || error.isUnsent || error.code === "source-rate-limited").toBe(true);
    }),
  );
});

test("a wait that would be longer than the call is not started", () => {
  fc.assert(
    fc.property(failure, fc.nat(30_000), (error, leftMs) => {
      const isRepeated = mayRetry(resilient, { key: "k", kind: "read", attempt }, error, leftMs);
      expect(!isRepeated || Math.min(error.retryAfterMs ?? 0, 900_000) < leftMs).toBe(true);
    }),
  );
});

test("the wait is 0.5 to 1.5 times the setting, or the server's longer Retry-After", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 3 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      failure,
      (nth, random, error) => {
        const wait = waitBefore(resilient, nth, error, random);
        const base = resilient.retryDelaysMs[nth - 1] ?? 0;
        const wish = Math.min(error.retryAfterMs ?? 0, 900_000);
        expect(wait).toBeGreaterThanOrEqual(Math.max(base / 2, wish));
        expect(wait).toBeLessThanOrEqual(Math.max(base * 1.5, wish));
      },
    ),
  );
});
