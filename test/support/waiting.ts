// Waiting for what must happen, however busy the machine is.

import { vi } from "vitest";

/** Tries a check until it throws no more, every `interval` ms and 30 s at most, and gives what it gave. */
export function eventually<T>(check: () => T | Promise<T>, interval = 20): Promise<T> {
  return vi.waitFor(check, { timeout: 30_000, interval });
}
