// `sitrep brief`: what the next session would read.

import { SitrepError } from "../core/errors.ts";
import { previewBrief, requireAnswers } from "../wiring/brief.ts";
import { configOf, openCliCache, projectOf } from "../wiring/cli-world.ts";
import type { CliWorld } from "../wiring/cli-world.ts";
import { print, printJson, remark } from "./terminal.ts";

export interface BriefCommandOptions {
  project?: string;
  now?: string;
  key?: string;
  source: string;
  session?: string;
  json?: boolean;
}

function instantOf(text: string): number {
  const instant = /^\d+$/.test(text) ? Number(text) : Date.parse(text);
  if (!Number.isNaN(instant)) return instant;
  throw new SitrepError("usage", `--now is no instant: ${text}`, {
    hint: "Example: --now 2026-11-21T10:02:00Z, or epoch milliseconds",
  });
}

export async function runBrief(world: CliWorld, options: BriefCommandOptions): Promise<void> {
  if (options.key !== undefined && !/^[a-z0-9]{1,16}$/.test(options.key)) {
    throw new SitrepError("usage", "--key takes 1 to 16 of a-z and 0-9.");
  }
  const config = configOf(world);
  const located = projectOf(world, options.project);
  openCliCache(world, config).close();
  const text = await previewBrief(world, {
    folder: located.worktree,
    now: options.now === undefined ? null : instantOf(options.now),
    key: options.key ?? null,
    source: options.source,
    sessionId: options.session ?? null,
  });
  if (options.json === true) printJson({ text, characters: text?.length ?? 0 });
  else if (text === null) remark("The session would be told nothing.");
  else print(text);
  if (config.tasks.fallback === "cache_then_error") requireAnswers(world, located.project);
}
