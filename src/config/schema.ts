// config.json: what can be set, and in which units. Unknown keys are mistakes.

import { validate as isCronExpression } from "node-cron";
import * as z from "zod";
import { longestBrief, shortestBrief } from "../core/brief/brief.ts";
import { SourceList, insecureBecause } from "./source-config.ts";
import type { SourceConfig } from "./source-config.ts";

export const logLevels = ["trace", "debug", "info", "warn", "error", "silent"] as const;

/** What is shown of a source whose live answer fails; `cache_then_error` also fails commands and the library. */
export const fallbackStrategies = ["cache_then_skip", "cache_then_error", "skip"] as const;
export type FallbackStrategy = (typeof fallbackStrategies)[number];

export interface Config {
  brief: {
    /** UTF-16 units. */
    maxCharacters: number;
    /** Tasks listed beside the next one. */
    maxTasks: number;
  };
  tasks: {
    /** How long tasks count as current. */
    freshSeconds: number;
    /** How long they are worth listing when no newer answer comes. */
    expireSeconds: number;
    fallback: FallbackStrategy;
  };
  /** Where tasks come from, in their order; the embedded store is the last unless it is listed. */
  sources: SourceConfig[];
  /** For each server, over all processes. */
  requestsPerMinute: number;
  /** Hosts that may be contacted without TLS, beside this machine. */
  allowInsecureHosts: string[];
  git: { freshSeconds: number };
  /** The time to live of a cache key that names none. */
  cache: { entrySeconds: number };
  refresh: {
    /** A cron expression of five or six fields, in local time. */
    schedule: string;
    /** The monitor leaves when no session has shown itself for so long. */
    idleMinutes: number;
    /** The monitor's turn: how soon it notices, and half of how soon its death is noticed. */
    heartbeatSeconds: number;
  };
  logLevel: (typeof logLevels)[number];
}

const seconds = z.number().int().min(0).max(31_536_000);

const Settings: z.ZodType<Config> = z.strictObject({
  brief: z
    .strictObject({
      maxCharacters: z.number().int().min(shortestBrief).max(longestBrief).default(2000),
      maxTasks: z.number().int().min(0).max(50).default(5),
    })
    .prefault({}),
  tasks: z
    .strictObject({
      freshSeconds: seconds.default(900),
      expireSeconds: seconds.default(7 * 86_400),
      fallback: z.enum(fallbackStrategies).default("cache_then_skip"),
    })
    .prefault({}),
  sources: SourceList.default([]),
  requestsPerMinute: z.number().int().min(1).max(100_000).default(100),
  allowInsecureHosts: z.array(z.string().min(1)).default([]),
  git: z.strictObject({ freshSeconds: seconds.default(300) }).prefault({}),
  cache: z.strictObject({ entrySeconds: seconds.default(3600) }).prefault({}),
  refresh: z
    .strictObject({
      schedule: z
        .string()
        .refine(isCronExpression, { error: "is not a cron expression" })
        .default("*/5 * * * *"),
      idleMinutes: z.number().min(0.01).max(1440).default(30),
      heartbeatSeconds: z.number().min(0.2).max(60).default(5),
    })
    .prefault({}),
  logLevel: z.enum(logLevels).default("info"),
});

export const Config: z.ZodType<Config> = Settings.superRefine((config, context) => {
  for (const [at, { url }] of config.sources.entries()) {
    const why = url === undefined ? null : insecureBecause(url, config.allowInsecureHosts);
    if (why === null) continue;
    context.addIssue({ code: "custom", path: ["sources", at, "url"], message: why });
  }
});
