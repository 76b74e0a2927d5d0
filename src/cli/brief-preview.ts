// What hooks would say, for a person: by the very handlers that they run, but that these change nothing. The clock and
// the key can be given.

import { openCacheForReading } from "../state/cache/cache-file.ts";
import { readSourceFailures } from "../state/cache/task-views.ts";
import { explainBrief } from "../core/brief/explain.ts";
import { failureWords, signInLine } from "../core/brief/source-lines.ts";
import { SitrepError, errorCodes } from "../core/errors.ts";
import { createGuard } from "../hooks/guard.ts";
import { parseHookInput } from "../hooks/input.ts";
import type { HookInput } from "../hooks/input.ts";
import type { NewsInbox } from "../hooks/ports.ts";
import { callKinds, createPreToolUse } from "../hooks/pre-tool-use.ts";
import { createSessionStart, gatherBrief, noMonitor } from "../hooks/session-start.ts";
import type { SessionStartDeps } from "../hooks/session-start.ts";
import { createSubagentStart } from "../hooks/subagent-start.ts";
import { isFileReported, pathWithin, readWatchedFilesOf } from "../state/live/watched-files.ts";
import { peekNews } from "../state/live/pending-news.ts";
import { gitOf, installationOf } from "../config/context.ts";
import type { CommandContext } from "../config/context.ts";
import { guardDeps } from "../hooks/guard-hook.ts";
import type { HookContext } from "../hooks/hook-process.ts";
import type { PreviewEvent } from "./preview-events.ts";
import { sessionStartDeps } from "../hooks/session-start-hook.ts";

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
export function requireAnswers(context: CommandContext, project: string): void {
  const db = openCacheForReading(context.files.cache, cacheTimeoutMs);
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

const hookContext = (context: CommandContext, folder: string): HookContext => ({
  files: context.files,
  installation: installationOf(context),
  git: gitOf(context, folder),
  earlyGit: null,
  report: () => undefined,
});

function previewDeps(
  context: CommandContext,
  { folder, now, key }: BriefRequest,
): SessionStartDeps {
  return {
    ...sessionStartDeps(hookContext(context, folder)),
    ...(now === null ? {} : { now: () => now }),
    ...(key === null ? {} : { newKey: () => key }),
    claimEvent: () => true,
    note: () => undefined,
    monitor: noMonitor,
    longestWaitMs: 0,
  };
}

/** Looks at what waits for a session and takes nothing of it. */
function readOnlyNews(live: string): NewsInbox {
  return {
    claim: (sessionId, kind) => peekNews(live, sessionId, kind),
    files: (sessionId) => readWatchedFilesOf(live, sessionId),
    markFileReported: (sessionId, file) => !isFileReported(live, sessionId, file),
    noteEdit: () => undefined,
    postDelivery: () => undefined,
  };
}

/** A text for each of the entries that the client runs at a tool call. */
async function previewCall(context: CommandContext, request: BriefRequest): Promise<string | null> {
  const { now, calendar, newKey } = previewDeps(context, request);
  const news = readOnlyNews(context.files.live);
  const kinds = request.event === "pre-tool-use" ? callKinds.slice(0, 3) : (["prompt"] as const);
  const texts: string[] = [];
  for (const kind of kinds) {
    const deps = { kind, now, calendar, newKey, monitor: noMonitor, news, pathWithin };
    const { context: text } = await createPreToolUse(deps)(request.input);
    if (text !== null) texts.push(text);
  }
  if (request.event === "pre-tool-use") {
    const guard = createGuard(guardDeps(hookContext(context, request.folder)));
    const { question } = await guard(request.input);
    if (question !== undefined) texts.push(`(asks the user) ${question}`);
  }
  return texts.length === 0 ? null : texts.join("\n\n");
}

/** What the hook of an event would say now; null when it would say nothing. */
export async function previewBrief(
  context: CommandContext,
  request: BriefRequest,
): Promise<string | null> {
  const deps = previewDeps(context, request);
  switch (request.event) {
    case "session-start":
      return (await createSessionStart(deps)(request.input)).context;
    case "subagent-start": {
      const subagent = createSubagentStart({ ...deps, postDelivery: () => undefined });
      return (await subagent(request.input)).context;
    }
    case "pre-tool-use":
    case "user-prompt-submit":
      return previewCall(context, request);
  }
}

/** Why the brief of a session's start is as it is. */
export async function explainPreview(
  context: CommandContext,
  request: BriefRequest,
): Promise<string> {
  const deps = previewDeps(context, request);
  const { brief, reading } = await gatherBrief(deps, request.input, deps.locate(request.folder));
  reading.cache?.close();
  return explainBrief(brief);
}
