// `sitrep brief`: runs the hook handlers to show their text, and changes nothing.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { loadOwnConfig, readOffSwitches, openCliCache } from "../config/command-config.ts";
import { locateProject, readCache, type CommandContext } from "../config/context.ts";
import { offText } from "../config/off.ts";
import { explainBrief } from "../core/brief/explain.ts";
import { estimateTokens } from "../core/brief/estimate-tokens.ts";
import { failureReason, fixLine } from "../core/brief/source-lines.ts";
import { errorCodes, SitrepError } from "../core/errors.ts";
import { defined } from "../core/read.ts";
import { createGuard, guardDeps } from "../hooks/guard.ts";
import { parseHookInput, type HookInput } from "../hooks/input.ts";
import { callKinds, createPreToolUse, type LiveFolder } from "../hooks/pre-tool-use.ts";
import { noMonitor } from "../hooks/gather-brief.ts";
import { createSessionStart, gatherBrief } from "../hooks/session-start.ts";
import { createSubagentStart } from "../hooks/subagent-start.ts";
import { readSourceFailures } from "../state/cache/source-views.ts";
import { peekNews } from "../state/live/pending-news.ts";
import { findConcerns, isFileReported, readSessionFiles } from "../state/live/watched-files.ts";
import { hookContext, previewDeps } from "./install/preview-deps.ts";
import type { PreviewEvent, ProjectOptions } from "./program/verb-context.ts";
import { warningStyle } from "./terminal/styles.ts";
import { print, printJson, printNotice } from "./terminal/terminal.ts";

interface BriefRequest {
  folder: string;
  now: number | null;
  event: PreviewEvent;
  input: HookInput;
}

/** Throws the failure of the first source whose last refresh failed, as `cache_then_error` requires. */
function requireResponses(
  context: CommandContext,
  place: { project: string; worktree: string },
): void {
  const failures = readCache(context, (db) => readSourceFailures(db, place));
  for (const [name, code] of Object.entries(failures)) {
    if (code === null) continue;
    const known = errorCodes.find((one) => one === code) ?? "source-failed";
    throw new SitrepError(
      known,
      `${name} ${failureReason(code)}; its tasks are from its last successful refresh.`,
      defined({ hint: fixLine(name, code) ?? undefined }),
    );
  }
}

const readOnlyLive = (live: string): LiveFolder => ({
  claim: (sessionId, kind) => peekNews(live, sessionId, kind),
  files: (sessionId) => readSessionFiles(live, sessionId),
  concerns: (watched, path, now) => findConcerns(live, watched, path, now),
  markFileReported: (sessionId, file) => !isFileReported(live, sessionId, file),
  noteEdit: () => undefined,
  postDelivery: () => undefined,
});

async function previewCall(context: CommandContext, request: BriefRequest): Promise<string | null> {
  const { now, clock, calendar } = previewDeps(context, request);
  const live = readOnlyLive(context.files.live);
  const isToolCall = request.event === "pre-tool-use";
  const texts: string[] = [];
  for (const kind of isToolCall ? callKinds.slice(0, 3) : (["prompt"] as const)) {
    const deps = { kind, now, clock, calendar, monitor: noMonitor, live };
    const { context: text } = await createPreToolUse(deps)(request.input);
    if (text !== null) texts.push(text);
  }
  if (isToolCall) {
    const guard = createGuard(guardDeps(hookContext(context, request.folder)));
    const { question } = await guard(request.input);
    if (question !== undefined) texts.push(`(asks the user) ${question}`);
  }
  return texts.length === 0 ? null : texts.join("\n\n");
}

async function preview(context: CommandContext, request: BriefRequest): Promise<string | null> {
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

async function explain(context: CommandContext, request: BriefRequest): Promise<string> {
  const deps = previewDeps(context, request);
  const { brief, reading } = await gatherBrief(deps, request.input, deps.locate(request.folder));
  reading.cache?.close();
  return explainBrief(brief);
}

interface BriefOptions extends ProjectOptions {
  now?: string;
  source?: string;
  session?: string;
  event: PreviewEvent;
  input?: string;
  explain?: boolean;
}

function instantOf(text: string): number {
  const instant = /^\d+$/.test(text) ? Number(text) : Date.parse(text);
  if (!Number.isNaN(instant)) return instant;
  throw new SitrepError("usage", `--now must be a timestamp, not "${text}".`, {
    hint: "Example: --now 2026-11-21T10:02:00Z, or epoch milliseconds",
  });
}

/** Returns "" without a file. Throws `usage` when the file is not JSON. */
function inputText(context: CommandContext, file: string | undefined): string {
  if (file === undefined) return "";
  try {
    const text = readFileSync(file === "-" ? 0 : resolve(context.cwd, file), "utf8");
    JSON.parse(text);
    return text;
  } catch (cause) {
    throw new SitrepError("usage", `--input ${file} cannot be read as JSON.`, {
      hint: 'Example: {"session_id": "…", "tool_name": "Bash", "tool_input": {"command": "git status"}}',
      cause,
    });
  }
}

function requestOf(
  context: CommandContext,
  folder: string,
  { now, event, input, session, source }: BriefOptions,
): BriefRequest {
  const given = parseHookInput(inputText(context, input), {});
  return {
    folder,
    now: now === undefined ? null : instantOf(now),
    event,
    input: {
      ...given,
      sessionId: session ?? given.sessionId,
      cwd: given.cwd ?? folder,
      source: source ?? given.source ?? "startup",
    },
  };
}

/** `more`: additional fields of the `--json` output. */
export async function runBrief(
  context: CommandContext,
  options: BriefOptions,
  more: object = {},
): Promise<void> {
  const { project, worktree } = locateProject(context, options.project);
  const request = requestOf(context, worktree, options);
  const config = loadOwnConfig(context);
  openCliCache(context, config).close();
  const text = await preview(context, request);
  const explanation = options.explain === true ? await explain(context, request) : null;
  const off = readOffSwitches(context, project, config);
  if (options.json === true) {
    printJson({
      text,
      characters: text?.length ?? 0,
      tokens: estimateTokens(text ?? ""),
      off: off.map(({ kind }) => kind),
      ...(explanation && { explanation }),
      ...more,
    });
  } else {
    printNotice(
      ...off.map((one) => warningStyle(`Sitrep adds nothing to sessions: ${offText(one)}`)),
    );
    if (text !== null) print(...text.split("\n"));
    else if (off.length === 0) printNotice("Sitrep would add nothing to the session.");
    if (explanation !== null) print("", ...explanation.split("\n"));
  }
  if (config.tasks.fallback === "cache_then_error")
    requireResponses(context, { project, worktree });
}
