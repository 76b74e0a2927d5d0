// What happened on each of the last days: how long hooks took, what sessions were given, how often sources were asked.

import type { Delivery } from "../news/delivery.ts";
import { estimateTokens } from "../brief/estimate-tokens.ts";
import { dayKey, type Calendar } from "../time.ts";

export const shownDays = 14;

/** A source on one day. */
export interface RefreshCount {
  source: string;
  /** `2026-11-21`, local. */
  day: string;
  answered: number;
  failed: number;
}

export interface ReportDay {
  /** `2026-11-21`, local. */
  day: string;
  /** Texts that sessions were given, and their tokens. */
  texts: number;
  tokens: number;
  /** Of the hooks that gave a text, in milliseconds; null on a day without a measurement. */
  hooks: { count: number; p50: number; p95: number } | null;
  refreshes: readonly Omit<RefreshCount, "day">[];
}

/** The `share` percentile of the sorted values (nearest rank). */
export const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;

const rounded = (ms: number): number => Math.round(ms * 10) / 10;

function hookTimes(deliveries: readonly Delivery[]): ReportDay["hooks"] {
  const times = deliveries.flatMap(({ data }) => data.tookMs ?? []).toSorted((a, b) => a - b);
  if (times.length === 0) return null;
  const [p50, p95] = [0.5, 0.95].map((share) => rounded(percentile(times, share)));
  return { count: times.length, p50: p50 ?? 0, p95: p95 ?? 0 };
}

/** The last `shownDays` days, the oldest first. From noon, so that a daylight-saving shift stays in the day. */
function lastDays(now: number, calendar: Calendar): string[] {
  const { hour, minute } = calendar(now);
  const noon = now - ((hour - 12) * 60 + minute) * 60_000;
  return Array.from({ length: shownDays }, (_, at) =>
    dayKey(calendar(noon - (shownDays - 1 - at) * 86_400_000)),
  );
}

export function reportDays(
  deliveries: readonly Delivery[],
  refreshes: readonly RefreshCount[],
  { now, calendar }: { now: number; calendar: Calendar },
): ReportDay[] {
  const byDay = Map.groupBy(deliveries, ({ at }) => dayKey(calendar(at)));
  return lastDays(now, calendar).map((day) => {
    const given = byDay.get(day) ?? [];
    return {
      day,
      texts: given.length,
      tokens: given.reduce((sum, { text }) => sum + estimateTokens(text), 0),
      hooks: hookTimes(given),
      refreshes: refreshes.filter((one) => one.day === day).map(({ day: _day, ...count }) => count),
    };
  });
}
