// The limit of requests within a process.

import { expect, test } from "vitest";
import { createRateLimiter } from "../../src/http/rate-limit.ts";

test("a limiter lets its number of requests pass in a window, then says how long to wait", async () => {
  const limiter = createRateLimiter({ maxRequests: 2, windowMs: 60_000 });
  expect(await limiter.waitMs()).toBe(0);
  expect([await limiter.allowRequest(), await limiter.allowRequest()]).toEqual([true, true]);
  expect(await limiter.allowRequest()).toBe(false);
  const wait = await limiter.waitMs();
  expect(wait).toBeGreaterThan(0);
  expect(wait).toBeLessThanOrEqual(60_000);
});

test("a limiter lets requests pass again after the window", async () => {
  const limiter = createRateLimiter({ maxRequests: 1, windowMs: 50 });
  for (let window = 0; window < 3; window += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await expect.poll(() => limiter.waitMs()).toBe(0);
    // oxlint-disable-next-line no-await-in-loop -- as above
    expect(await limiter.allowRequest()).toBe(true);
  }
});
