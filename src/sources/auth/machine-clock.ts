// Time that is valid across processes, and that setting the wall clock does not distort.

import { uptime } from "node:os";
import { bootId } from "../../config/process-identity.ts";

export interface Instant {
  readonly upMs: number;
  /** The id of this boot; empty if the system has none (outside Linux). */
  readonly boot: string;
  readonly wallMs: number;
}

export type MachineClock = () => Instant;

let boot: string | null = null;

export const machineClock: MachineClock = () => {
  boot ??= bootId() ?? "";
  return { upMs: uptime() * 1000, boot, wallMs: Date.now() };
};

/** Milliseconds; null when unknown: the machine restarted and its wall clock was set back. */
export function elapsed(then: Instant, now: Instant): number | null {
  const byWall = now.wallMs - then.wallMs;
  const byUptime = now.upMs - then.upMs;
  const isSameStart = then.boot === now.boot && byUptime >= 0;
  if (isSameStart && now.boot !== "") return byUptime;
  // Without a boot id, uses the longer time, so that a token is renewed too early rather than too late.
  if (isSameStart) return Math.max(byUptime, byWall);
  return byWall >= 0 ? byWall : null;
}
