// Time that lasts across processes and is fooled by nobody who sets the wall clock: seconds since the machine started,
// together with which start that was.

import { uptime } from "node:os";
import { readSmallFile } from "../../state/files/read-small-file.ts";

export interface Instant {
  /** Since the machine started, its sleep included. Milliseconds. */
  readonly upMs: number;
  /** Which start it was; empty where the system does not say. */
  readonly boot: string;
  /** Epoch milliseconds. */
  readonly wallMs: number;
}

export type MachineClock = () => Instant;

let boot: string | null = null;

/** Linux names each start of the machine. Elsewhere the wall clock has to help. */
export const machineClock: MachineClock = () => {
  boot ??= (readSmallFile("/proc/sys/kernel/random/boot_id", 64) ?? "").trim();
  return { upMs: uptime() * 1000, boot, wallMs: Date.now() };
};

/**
 * Milliseconds from `then` to `now`; null where it cannot be known: the machine was started anew and its wall clock was
 * set back.
 */
export function elapsed(then: Instant, now: Instant): number | null {
  const byWall = now.wallMs - then.wallMs;
  const byUptime = now.upMs - then.upMs;
  const isSameStart = then.boot === now.boot && byUptime >= 0;
  if (isSameStart && now.boot !== "") return byUptime;
  // Without a name for the start, the later of the two: a token is renewed too early rather than too late.
  if (isSameStart) return Math.max(byUptime, byWall);
  return byWall >= 0 ? byWall : null;
}
