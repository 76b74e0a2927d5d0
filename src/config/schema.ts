// The settings of config.json, with their units. Unknown keys are errors.

import { validate as isCronExpression } from "node-cron";
import * as z from "zod";
import {
  briefSections,
  briefStyles,
  defaultBriefOptions,
  maxBriefLength,
  maxListedTasks,
  shortestBrief,
} from "../core/brief/options.ts";
import { noGuards } from "../core/guards.ts";
import { allNews } from "../core/hook-settings.ts";
import { withDefinedFields } from "../core/read.ts";
import { defaultRenewBeforeMs } from "../core/token-times.ts";
import { flag, number, whole } from "./setting.ts";
import { insecureAddress } from "./source-address.ts";
import { SourceList } from "./source-config.ts";

export const logLevels = ["trace", "debug", "info", "warn", "error", "silent"] as const;

/** The groups of task tools. `tasks` is always listed. */
export const toolGroups = ["tasks", "ids", "tickets", "report", "all"] as const;
export type ToolGroup = (typeof toolGroups)[number];

/** The tasks shown for a source that fails. `cache_then_error` also makes commands and library calls fail. */
export const fallbackStrategies = ["cache_then_skip", "cache_then_error", "skip"] as const;

/** The largest values; a year of seconds. */
export const limits = { seconds: 31_536_000, requestsPerMinute: 100_000 };

const seconds = (meaning: string) => whole(0, limits.seconds, meaning);
const texts = z.array(z.string().min(1));

const brief = {
  maxCharacters: whole(
    shortestBrief,
    maxBriefLength,
    "The brief's maximum length, in characters. The least important lines are dropped first.",
  ),
  maxTasks: whole(0, maxListedTasks, "How many tasks are listed besides the next one."),
  sections: z
    .array(z.enum(briefSections))
    .describe("The parts of a brief, in this order. The tasks' age is always included."),
  style: z.enum(briefStyles).describe("The layout of a brief."),
};

const news = {
  task: flag("An urgent task, a reassigned one, or this branch's own task."),
  branch: flag("The working tree is on a different branch than the session last saw."),
  conflict: flag("Files are unmerged."),
  source: flag("A task source fails, works again or needs a new sign-in."),
  session: flag("Another session works on the same task or in the same worktree."),
  upstream: flag(
    "The branch's upstream has new commits, not counting your own from this repository.",
  ),
  merged: flag("The work on an open task was merged, or reverted after its merge."),
  pullRequest: flag(
    "Of the branch's pull request: a check failed, a review has a new comment, or it was merged or closed.",
  ),
  file: flag("Another session is changing the file that a tool call is about to change."),
};

const guards = {
  commit: flag("Ask before a commit on a protected branch."),
  forcePush: flag("Ask before a push that may overwrite commits."),
  movedUpstream: flag("Ask before a push to an upstream with commits that the branch lacks."),
  edit: flag("Ask before editing a file that is unmerged or that another live session changed."),
  protectedBranches: texts.describe("The branches that `commit` protects."),
};

const ProjectConfig = z.strictObject({
  off: flag("If true, hooks say nothing in this project.").optional(),
  brief: z.strictObject(brief).partial().optional(),
  news: z.strictObject(news).partial().optional(),
  guards: z.strictObject(guards).partial().optional(),
});

const fields = z.strictObject({
  $schema: z.string().optional().describe("The path of this schema, for editors."),
  brief: z
    .strictObject({
      maxCharacters: brief.maxCharacters.default(defaultBriefOptions.maxCharacters),
      maxTasks: brief.maxTasks.default(defaultBriefOptions.maxTasks),
      sections: brief.sections.default([...defaultBriefOptions.sections]),
      style: brief.style.default(defaultBriefOptions.style),
    })
    .prefault({}),
  news: z
    .strictObject(news)
    .partial()
    .transform((given) => withDefinedFields(allNews, given))
    .prefault({}),
  guards: z
    .strictObject(guards)
    .partial()
    .transform((given) => withDefinedFields(noGuards, given))
    .prefault({}),
  me: z
    .array(z.string().min(1).max(200))
    .max(20)
    .default([])
    .describe(
      "Your names in task sources, in addition to the name and email in your git config. They identify your tasks.",
    ),
  projects: z
    .record(z.string(), ProjectConfig)
    .default({})
    .describe("Per-project settings, keyed by the real path of the project's main worktree."),
  tasks: z
    .strictObject({
      freshSeconds: seconds("How long tasks count as fresh.").default(900),
      expireSeconds: seconds(
        "How long tasks are still listed without a successful refresh.",
      ).default(7 * 86_400),
      fallback: z
        .enum(fallbackStrategies)
        .default("cache_then_skip")
        .describe(
          "What to show for a failing source: its last good tasks, or nothing (`skip`). `cache_then_error` also makes commands fail.",
        ),
    })
    .prefault({}),
  sources: SourceList.default([]).describe(
    "Where tasks come from, in this order. `sitrep source add` writes them.",
  ),
  tools: z
    .array(z.enum(toolGroups))
    .exactOptional()
    .describe(
      "Which task tools `sitrep mcp` lists besides those for tasks. Default: `ids` with a REST service, `tickets` with a ticket service.",
    ),
  requestsPerMinute: whole(
    1,
    limits.requestsPerMinute,
    "The limit on requests per minute to one server, across all processes.",
  ).default(100),
  allowInsecureHosts: texts
    .default([])
    .describe("Hosts that may be contacted without TLS, besides this machine."),
  tokens: z
    .strictObject({
      renewBeforeSeconds: seconds(
        "How long before expiry a token is renewed, but never before 80% of its lifetime.",
      ).default(defaultRenewBeforeMs / 1000),
    })
    .prefault({}),
  git: z
    .strictObject({
      freshSeconds: seconds("How long the git state counts as fresh in `sitrep status`.").default(
        300,
      ),
    })
    .prefault({}),
  cache: z
    .strictObject({
      entrySeconds: seconds("The default time to live of a cache entry.").default(3600),
    })
    .prefault({}),
  refresh: z
    .strictObject({
      schedule: z
        .string()
        .refine(isCronExpression, { error: "is not a cron expression" })
        .default("*/5 * * * *")
        .describe(
          "When tasks are refreshed: cron with five or six fields, in local time. Each run is delayed by a random time, up to a tenth of the interval and at most 30 s, so that a team's machines do not all send requests at the same moment.",
        ),
      idleMinutes: number(
        0.01,
        1440,
        "The monitor exits after this long without a session.",
      ).default(30),
      heartbeatSeconds: number(
        0.2,
        60,
        "How often the monitor looks for work. If it dies, this is noticed within two intervals.",
      ).default(5),
    })
    .prefault({}),
  logLevel: z.enum(logLevels).default("info").describe("What the monitor logs."),
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
