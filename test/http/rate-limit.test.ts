// The limit of requests within a process.

import { expect, test } from "vitest";
import { createRateLimiter } from "../../src/http/rate-limit.ts";

test("lets so many pass in a window, and then says how long to wait", async () => {
  const limiter = createRateLimiter({ maxRequests: 2, windowMs: 300 });
  expect(await limiter.waitMs()).toBe(0);
  expect([await limiter.allowRequest(), await limiter.allowRequest()]).toEqual([true, true]);
  expect(await limiter.allowRequest()).toBe(false);
  const wait = await limiter.waitMs();
  expect(wait).toBeGreaterThan(0);
  expect(wait).toBeLessThanOrEqual(300);
  await expect.poll(() => limiter.waitMs()).toBe(0);
  expect(await limiter.allowRequest()).toBe(true);
});
