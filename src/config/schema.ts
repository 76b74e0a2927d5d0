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
import { noGuards } from "../core/guards.ts";
import { allNews } from "../core/hook-settings.ts";
import { insecureAddress } from "./source-address.ts";
import { SourceList } from "./source-config.ts";
import { withGiven } from "../core/read.ts";

export const logLevels = ["trace", "debug", "info", "warn", "error", "silent"] as const;

/** What is shown of a source whose live answer fails; `cache_then_error` also fails commands and the library. */
export const fallbackStrategies = ["cache_then_skip", "cache_then_error", "skip"] as const;

const briefShape = {
  maxCharacters: z
    .number()
    .int()
    .min(shortestBrief)
    .max(longestBrief)
    .describe("The longest brief; the least important lines go first."),
  maxTasks: z
    .number()
    .int()
    .min(0)
    .max(mostListedTasks)
    .describe("How many tasks are listed beside the next one."),
  sections: z
    .array(z.enum(briefSections))
    .describe("What a brief holds, in this order. The age of the tasks is always in it."),
  style: z.enum(briefStyles).describe("How a brief is laid out."),
};

const newsShape = {
  task: z.boolean().describe("An urgent task, one that changed hands, or this branch's own task."),
  branch: z.boolean().describe("The branch is another one than the session knows."),
  conflict: z.boolean().describe("Files are unmerged."),
  source: z.boolean().describe("A task source went, came back or wants a new sign-in."),
  session: z.boolean().describe("Another session works on the same task or in the same worktree."),
  upstream: z
    .boolean()
    .describe("The branch's upstream has new commits, but for your own of this repository."),
  file: z
    .boolean()
    .describe("Another session is changing the file that a call is about to change."),
};

const guardsShape = {
  commit: z.boolean().describe("Ask before a commit on a protected branch."),
  forcePush: z.boolean().describe("Ask before a push that may overwrite."),
  movedUpstream: z
    .boolean()
    .describe("Ask before a push to an upstream that has commits which the branch has not."),
  edit: z
    .boolean()
    .describe(
      "Ask before an edit of a file that is unmerged or that another live session changed.",
    ),
  protectedBranches: z.array(z.string().min(1)).describe("The branches that `commit` guards."),
};

/** What of the configuration can differ from project to project. */
const ProjectConfig = z.strictObject({
  off: z.boolean().optional().describe("True: no hook says anything in this project."),
  brief: z.strictObject(briefShape).partial().optional(),
  news: z.strictObject(newsShape).partial().optional(),
  guards: z.strictObject(guardsShape).partial().optional(),
});

/** A year. */
export const longestSeconds = 31_536_000;
const seconds = z.number().int().min(0).max(longestSeconds);

export const mostRequestsPerMinute = 100_000;

const fields = z.strictObject({
  $schema: z.string().optional().describe("Where this schema is, for editors."),
  brief: z
    .strictObject({
      maxCharacters: briefShape.maxCharacters.default(defaultBriefOptions.maxCharacters),
      maxTasks: briefShape.maxTasks.default(defaultBriefOptions.maxTasks),
      sections: briefShape.sections.default([...defaultBriefOptions.sections]),
      style: briefShape.style.default(defaultBriefOptions.style),
    })
    .prefault({}),
  news: z
    .strictObject(newsShape)
    .partial()
    .transform((given) => withGiven(allNews, given))
    .prefault({}),
  guards: z
    .strictObject(guardsShape)
    .partial()
    .transform((given) => withGiven(noGuards, given))
    .prefault({}),
  me: z
    .array(z.string().min(1).max(200))
    .max(20)
    .default([])
    .describe(
      "What task servers call you, beside the name and address in git's own settings: tells your tasks from others'.",
    ),
  projects: z
    .record(z.string(), ProjectConfig)
    .default({})
    .describe("What differs in single projects, by the real path of the project's main worktree."),
  tasks: z
    .strictObject({
      freshSeconds: seconds.default(900).describe("How long tasks count as current."),
      expireSeconds: seconds
        .default(7 * 86_400)
        .describe("How long they are listed when no newer answer comes."),
      fallback: z
        .enum(fallbackStrategies)
        .default("cache_then_skip")
        .describe(
          "What is shown of a source that fails: its last good tasks, or (`skip`) nothing. `cache_then_error` also fails commands.",
        ),
    })
    .prefault({}),
  sources: SourceList.default([]).describe(
    "Where tasks come from, in their order: `sitrep source add` writes them.",
  ),
  requestsPerMinute: z
    .number()
    .int()
    .min(1)
    .max(mostRequestsPerMinute)
    .default(100)
    .describe("Requests to one server, of all processes together."),
  allowInsecureHosts: z
    .array(z.string().min(1))
    .default([])
    .describe("Hosts that may be asked without TLS, beside this machine."),
  tokens: z
    .strictObject({
      renewBeforeSeconds: seconds
        .default(60)
        .describe("How long before its end a token is renewed, after 80 % of its life."),
    })
    .prefault({}),
  git: z
    .strictObject({
      freshSeconds: seconds
        .default(300)
        .describe("How long a git state counts as current in `sitrep status`."),
    })
    .prefault({}),
  cache: z
    .strictObject({
      entrySeconds: seconds
        .default(3600)
        .describe("The time to live of a cache key that names none."),
    })
    .prefault({}),
  refresh: z
    .strictObject({
      schedule: z
        .string()
        .refine(isCronExpression, { error: "is not a cron expression" })
        .default("*/5 * * * *")
        .describe(
          "When tasks are refreshed: cron, of five or six fields, in local time. Each run waits for a random tenth of the interval, 30 s at most, so that the machines of a team do not ask together.",
        ),
      idleMinutes: z
        .number()
        .min(0.01)
        .max(1440)
        .default(30)
        .describe("The monitor leaves after so long without a session."),
      heartbeatSeconds: z
        .number()
        .min(0.2)
        .max(60)
        .default(5)
        .describe("How often the monitor looks around; its death is noticed within two of these."),
    })
    .prefault({}),
  logLevel: z.enum(logLevels).default("info").describe("What the monitor's log holds."),
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
