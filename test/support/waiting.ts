// Waits for an expected event, however busy the machine is.

import { vi } from "vitest";

/** Retries a check every `interval` ms, for at most 30 s, until it does not throw. Returns the check's result. */
export function eventually<T>(check: () => T | Promise<T>, interval = 20): Promise<T> {
  return vi.waitFor(check, { timeout: 30_000, interval });
}
