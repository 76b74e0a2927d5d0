// What a client of the library is made of: a profile, changes to it, and who counts its requests.

import { createPolicy } from "../http/policy.ts";
import type { Policy, PolicySettings, PolicyPreset } from "../http/policy-settings.ts";
import { presetSettings } from "../http/policy-settings.ts";
import { openSharedLimit, createRateLimiter } from "../http/rate-limit.ts";
import type { SharedLimit, RateLimiter } from "../http/rate-limit.ts";

/** How a client treats a server. */
export interface PolicyOptions {
  /**
   * `basic`: one try within a time limit. `resilient`: also retries, a circuit breaker and the last good answer.
   * `optimized`: also a limit of requests, results kept for a minute and one request for identical calls. Default
   * `optimized`.
   */
  profile?: PolicyPreset;
  /** Single settings that differ from the profile's. */
  policy?: Partial<PolicySettings>;
  /** Counts this client's requests in place of a limit of its own. */
  rateLimiter?: RateLimiter;
  /** An SQLite file that counts the requests of all processes which name it. */
  limitsFile?: string;
}

export interface ClientPolicy extends Disposable {
  policy: Policy;
  settings: PolicySettings;
}

const minuteMs = 60_000;

export function createClientPolicy(
  { profile = "optimized", policy, rateLimiter, limitsFile }: PolicyOptions,
  server: { name: string; origin: string },
  changes: Partial<PolicySettings> = {},
): ClientPolicy {
  const settings: PolicySettings = {
    ...presetSettings[profile],
    ...changes,
    ...(rateLimiter === undefined ? {} : { requestsPerMinute: rateLimiter.maxRequests }),
    ...policy,
  };
  const { requestsPerMinute } = settings;
  const isShared = limitsFile !== undefined && rateLimiter === undefined && requestsPerMinute;
  const shared: SharedLimit | null = isShared ? openSharedLimit(limitsFile) : null;
  const own =
    rateLimiter ??
    (requestsPerMinute === null
      ? null
      : createRateLimiter({ maxRequests: requestsPerMinute, windowMs: minuteMs }));
  return {
    settings,
    policy: createPolicy(settings, {
      ...server,
      now: () => performance.now(),
      random: Math.random,
      takePermit: shared?.takePermit ?? own?.takePermit ?? null,
    }),
    [Symbol.dispose]: () => shared?.[Symbol.dispose](),
  };
}
