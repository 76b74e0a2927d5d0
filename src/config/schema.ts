// config.json: what can be set, and in which units. Unknown keys are mistakes.

import { validate as isCronExpression } from "node-cron";
import * as z from "zod";
import {
  briefSections,
  briefStyles,
  defaultBriefOptions,
  longestBrief,
  mostListedTasks,
  shortestBrief,
} from "../core/brief/options.ts";
import { guardsWith, noGuards } from "../core/guards.ts";
import { allNews, switchedBy } from "../core/hook-settings.ts";
import { insecureAddress } from "./source-address.ts";
import { SourceList } from "./source-config.ts";

export const logLevels = ["trace", "debug", "info", "warn", "error", "silent"] as const;

/** What is shown of a source whose live answer fails; `cache_then_error` also fails commands and the library. */
export const fallbackStrategies = ["cache_then_skip", "cache_then_error", "skip"] as const;
export type FallbackStrategy = (typeof fallbackStrategies)[number];

const briefShape = {
  maxCharacters: z.number().int().min(shortestBrief).max(longestBrief),
  maxTasks: z.number().int().min(0).max(mostListedTasks),
  sections: z.array(z.enum(briefSections)),
  style: z.enum(briefStyles),
};

const newsShape = {
  task: z.boolean(),
  branch: z.boolean(),
  conflict: z.boolean(),
  source: z.boolean(),
  session: z.boolean(),
  upstream: z.boolean(),
  file: z.boolean(),
};

const guardsShape = {
  commit: z.boolean(),
  forcePush: z.boolean(),
  movedUpstream: z.boolean(),
  edit: z.boolean(),
  protectedBranches: z.array(z.string().min(1)),
};

/** What of the configuration can differ from project to project. */
const ProjectConfig = z.strictObject({
  /** True: no hook says anything there. */
  off: z.boolean().optional(),
  brief: z.strictObject(briefShape).partial().optional(),
  news: z.strictObject(newsShape).partial().optional(),
  guards: z.strictObject(guardsShape).partial().optional(),
});

const seconds = z.number().int().min(0).max(31_536_000);

const fields = z.strictObject({
  brief: z
    .strictObject({
      maxCharacters: briefShape.maxCharacters.default(defaultBriefOptions.maxCharacters),
      maxTasks: briefShape.maxTasks.default(defaultBriefOptions.maxTasks),
      sections: briefShape.sections.default([...defaultBriefOptions.sections]),
      style: briefShape.style.default(defaultBriefOptions.style),
    })
    .prefault({}),
  /** Which kinds of news a session is given while it runs. */
  news: z
    .strictObject(newsShape)
    .partial()
    .transform((given) => switchedBy(allNews, given))
    .prefault({}),
  /** Questions asked before a call; all off unless a person switches one on. */
  guards: z
    .strictObject(guardsShape)
    .partial()
    .transform((given) => guardsWith(noGuards, given))
    .prefault({}),
  /** What differs in single projects, by the real path of the project's main worktree. */
  projects: z.record(z.string(), ProjectConfig).default({}),
  tasks: z
    .strictObject({
      /** How long tasks count as current. */
      freshSeconds: seconds.default(900),
      /** How long they are worth listing when no newer answer comes. */
      expireSeconds: seconds.default(7 * 86_400),
      fallback: z.enum(fallbackStrategies).default("cache_then_skip"),
    })
    .prefault({}),
  /** Where tasks come from, in their order; the embedded store is the last unless it is listed. */
  sources: SourceList.default([]),
  /** For each server, over all processes. */
  requestsPerMinute: z.number().int().min(1).max(100_000).default(100),
  /** Hosts that may be contacted without TLS, beside this machine. */
  allowInsecureHosts: z.array(z.string().min(1)).default([]),
  /** How long before its end a token is renewed; not before 80 % of its life. */
  tokens: z.strictObject({ renewBeforeSeconds: seconds.default(60) }).prefault({}),
  git: z.strictObject({ freshSeconds: seconds.default(300) }).prefault({}),
  /** The time to live of a cache key that names none. */
  cache: z.strictObject({ entrySeconds: seconds.default(3600) }).prefault({}),
  refresh: z
    .strictObject({
      /** A cron expression of five or six fields, in local time. */
      schedule: z
        .string()
        .refine(isCronExpression, { error: "is not a cron expression" })
        .default("*/5 * * * *"),
      /** The monitor leaves when no session has shown itself for so long. */
      idleMinutes: z.number().min(0.01).max(1440).default(30),
      /** How often the monitor shows that it lives: its death is noticed after twice as long. */
      heartbeatSeconds: z.number().min(0.2).max(60).default(5),
    })
    .prefault({}),
  logLevel: z.enum(logLevels).default("info"),
});
export type Config = z.infer<typeof fields>;

export const Config: z.ZodType<Config> = fields.superRefine((config, context) => {
  for (const [at, source] of config.sources.entries()) {
    const found = insecureAddress(source, config.allowInsecureHosts);
    if (found === null) continue;
    const path = ["sources", at, ...found.path];
    context.addIssue({ code: "custom", path, message: found.why });
  }
});
