// What hooks would say, for a person: by the very handlers that they run, but that these change nothing. The clock and
// the key can be given.

import { openCacheForReading } from "../cache/cache-file.ts";
import { readSourceFailures } from "../cache/task-views.ts";
import { explainBrief } from "../core/brief/explain.ts";
import { failureWords, signInLine } from "../core/brief/source-lines.ts";
import { SitrepError, errorCodes } from "../core/errors.ts";
import { createGuard } from "../hook/guard.ts";
import { parseHookInput } from "../hook/input.ts";
import type { HookInput } from "../hook/input.ts";
import type { NewsBox } from "../hook/ports.ts";
import { callKinds, createPreToolUse } from "../hook/pre-tool-use.ts";
import { createSessionStart, gatherBrief, noMonitor } from "../hook/session-start.ts";
import type { SessionStartDeps } from "../hook/session-start.ts";
import { createSubagentStart } from "../hook/subagent-start.ts";
import { isFileTold, pathWithin, readFileSheetOf } from "../live/file-sheets.ts";
import { peekSheet } from "../live/news-sheets.ts";
import { gitOf, installationOf } from "./cli-world.ts";
import type { CliWorld } from "./cli-world.ts";
import { guardDeps } from "./hooks/guard-hook.ts";
import type { HookWorld } from "./hooks/hook-process.ts";
import type { PreviewEvent } from "./preview-events.ts";
import { sessionStartDeps } from "./hooks/session-start-hook.ts";

const cacheTimeoutMs = 1000;

export interface BriefRequest {
  folder: string;
  /** Epoch milliseconds; null for the present. */
  now: number | null;
  /** The fence key; null for a new one. */
  key: string | null;
  event: PreviewEvent;
  /** What the client would send. `source` says how a session begins. */
  input: HookInput;
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
        hint: signInLine(name, code) ?? `sitrep source test ${name}`,
      },
    );
  }
}

/** The input that options stand for, over what a file holds (null: none). */
export function previewInput(
  folder: string,
  text: string | null,
  options: { source: string | undefined; sessionId: string | undefined },
): HookInput {
  const given = parseHookInput(text ?? "", {});
  return {
    ...given,
    sessionId: options.sessionId ?? given.sessionId,
    cwd: given.cwd ?? folder,
    source: options.source ?? given.source ?? "startup",
  };
}

const hookWorld = (world: CliWorld, folder: string): HookWorld => ({
  files: world.files,
  installation: installationOf(world),
  git: gitOf(world, folder),
  earlyGit: null,
  report: () => undefined,
});

function previewDeps(world: CliWorld, { folder, now, key }: BriefRequest): SessionStartDeps {
  return {
    ...sessionStartDeps(hookWorld(world, folder)),
    ...(now === null ? {} : { now: () => now }),
    ...(key === null ? {} : { newKey: () => key }),
    takeTurn: () => true,
    note: () => undefined,
    monitor: noMonitor,
    longestWaitMs: 0,
  };
}

/** Looks at what waits for a session and takes nothing of it. */
function readOnlyNews(live: string): NewsBox {
  return {
    claim: (sessionId, kind) => peekSheet(live, sessionId, kind),
    files: (sessionId) => readFileSheetOf(live, sessionId),
    markFileTold: (sessionId, file) => !isFileTold(live, sessionId, file),
    noteEdit: () => undefined,
    leaveSaid: () => undefined,
  };
}

/** A text for each of the entries that the client runs at a tool call. */
async function previewCall(world: CliWorld, request: BriefRequest): Promise<string | null> {
  const { now, calendar, newKey } = previewDeps(world, request);
  const news = readOnlyNews(world.files.live);
  const kinds = request.event === "pre-tool-use" ? callKinds.slice(0, 3) : (["prompt"] as const);
  const texts: string[] = [];
  for (const kind of kinds) {
    const deps = { kind, now, calendar, newKey, monitor: noMonitor, news, pathWithin };
    const { context } = await createPreToolUse(deps)(request.input);
    if (context !== null) texts.push(context);
  }
  if (request.event === "pre-tool-use") {
    const guard = createGuard(guardDeps(hookWorld(world, request.folder)));
    const { question } = await guard(request.input);
    if (question !== undefined) texts.push(`(asks the user) ${question}`);
  }
  return texts.length === 0 ? null : texts.join("\n\n");
}

/** What the hook of an event would say now; null when it would say nothing. */
export async function previewBrief(world: CliWorld, request: BriefRequest): Promise<string | null> {
  const deps = previewDeps(world, request);
  switch (request.event) {
    case "session-start":
      return (await createSessionStart(deps)(request.input)).context;
    case "subagent-start": {
      const subagent = createSubagentStart({ ...deps, leaveSaid: () => undefined });
      return (await subagent(request.input)).context;
    }
    case "pre-tool-use":
    case "user-prompt-submit":
      return previewCall(world, request);
  }
}

/** Why the brief of a session's start is as it is. */
export async function explainPreview(world: CliWorld, request: BriefRequest): Promise<string> {
  const deps = previewDeps(world, request);
  const { brief, reading } = await gatherBrief(deps, request.input, deps.locate(request.folder));
  reading.cache?.close();
  return explainBrief(brief);
}
