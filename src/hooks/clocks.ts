// The real clock, calendar and source of randomness.

import { closeSync, openSync, readSync } from "node:fs";
import { fenceKey } from "../core/fence.ts";

/** From the kernel directly: loading Node's crypto costs a sixth of Node's start. */
function randomBytes(): Uint8Array {
  const bytes = new Uint8Array(4);
  try {
    const fd = openSync("/dev/urandom", "r");
    try {
      readSync(fd, bytes, 0, bytes.length, 0);
    } finally {
      closeSync(fd);
    }
    return bytes;
  } catch {
    return globalThis.crypto.getRandomValues(bytes);
  }
}

/** A fence key that nobody can know beforehand. */
export const newFenceKey = (): string => fenceKey(randomBytes());

/** Milliseconds since this process's start, monotonic. `performance` says the same and costs a twentieth of the start. */
export const sinceStart = (): number => process.uptime() * 1000;

export const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));
