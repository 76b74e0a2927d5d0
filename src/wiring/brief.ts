// The brief for a person: by the very handler that the hook runs, but that it changes nothing. The clock and the key can
// be given.

import { openCacheForReading } from "../cache/cache-file.ts";
import { readSourceFailures } from "../cache/task-views.ts";
import { failureWords } from "../core/brief/source-lines.ts";
import { SitrepError, errorCodes } from "../core/errors.ts";
import type { HookInput } from "../hook/input.ts";
import { createSessionStart, noMonitor } from "../hook/session-start.ts";
import { gitOf, installationOf } from "./cli-world.ts";
import type { CliWorld } from "./cli-world.ts";
import { sessionStartDeps } from "./session-start-hook.ts";

const cacheTimeoutMs = 1000;

export interface BriefRequest {
  folder: string;
  /** Epoch milliseconds; null for the present. */
  now: number | null;
  /** The fence key; null for a new one. */
  key: string | null;
  /** What the client would say: `startup`, `resume`, … */
  source: string;
  sessionId: string | null;
}

/** Throws the first failure of a source of the project, as `cache_then_error` wants it. */
export function requireAnswers(world: CliWorld, project: string): void {
  const db = openCacheForReading(world.files.cache, cacheTimeoutMs);
  let failures: Record<string, string | null>;
  try {
    failures = readSourceFailures(db, project);
  } finally {
    db.close();
  }
  for (const [name, code] of Object.entries(failures)) {
    if (code === null) continue;
    const known = errorCodes.find((one) => one === code) ?? "source-failed";
    throw new SitrepError(
      known,
      `${name} ${failureWords(code)}; its tasks are the last known ones.`,
      {
        hint: `sitrep source test ${name}`,
      },
    );
  }
}

/** What a session that starts now would read; null when it would be told nothing. */
export async function previewBrief(world: CliWorld, request: BriefRequest): Promise<string | null> {
  const deps = sessionStartDeps({
    files: world.files,
    installation: installationOf(world),
    git: gitOf(world, request.folder),
    earlyGit: null,
    report: () => undefined,
  });
  const { now, key } = request;
  const handle = createSessionStart({
    ...deps,
    ...(now === null ? {} : { now: () => now }),
    ...(key === null ? {} : { newKey: () => key }),
    note: () => undefined,
    monitor: noMonitor,
    longestWaitMs: 0,
  });
  const input: HookInput = {
    sessionId: request.sessionId,
    cwd: request.folder,
    source: request.source,
    toolName: null,
    toolInput: null,
    agentId: null,
  };
  return (await handle(input)).context;
}
