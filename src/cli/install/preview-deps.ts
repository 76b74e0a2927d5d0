// Dependencies for a brief that no session reads: it waits for nothing, starts nothing and records nothing.

import { findProjectGit, loadInstallation, type CommandContext } from "../../config/context.ts";
import type { HookContext } from "../../hooks/hook-process.ts";
import { sessionStartDeps } from "../../hooks/session-start-process.ts";
import { noMonitor } from "../../hooks/gather-brief.ts";
import type { SessionStartDeps } from "../../hooks/session-start.ts";

export const hookContext = (context: CommandContext, folder: string): HookContext => ({
  files: context.files,
  installation: loadInstallation(context),
  git: findProjectGit(context, folder),
  earlyGit: null,
  report: () => undefined,
});

/** Longer than in a session: a user at a terminal can wait for git. */
const gitTimeBoxMs = 2000;

export const previewDeps = (
  context: CommandContext,
  { folder, now }: { folder: string; now: number | null },
): SessionStartDeps => ({
  ...sessionStartDeps(hookContext(context, folder), gitTimeBoxMs),
  ...(now === null ? {} : { now: () => now }),
  claimEvent: () => true,
  record: () => undefined,
  monitor: noMonitor,
  maxWaitMs: 0,
});
