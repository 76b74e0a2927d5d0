// `sitrep brief`: what the next session would read, or what another hook would say, and why. It runs the handlers of the
// hooks with a clock that can be given, and changes nothing.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { readSourceFailures } from "../state/cache/source-views.ts";
import { explainBrief } from "../core/brief/explain.ts";
import { failureWords, wayOutLine } from "../core/brief/source-lines.ts";
import { projectSettings } from "../core/hook-settings.ts";
import { offText, whatIsOff } from "../config/off.ts";
import { SitrepError, errorCodes } from "../core/errors.ts";
import { defined } from "../core/read.ts";
import { createGuard, guardDeps } from "../hooks/guard.ts";
import { parseHookInput, type HookInput } from "../hooks/input.ts";
import { callKinds, createPreToolUse, type LiveFolder } from "../hooks/pre-tool-use.ts";
import { noMonitor } from "../hooks/gather.ts";
import { createSessionStart, gatherBrief } from "../hooks/session-start.ts";
import { createSubagentStart } from "../hooks/subagent-start.ts";
import { findConcerns, isFileReported, readWatchedFilesOf } from "../state/live/watched-files.ts";
import { peekNews } from "../state/live/pending-news.ts";
import { configOf, openCliCache, settingsOf } from "../config/command-config.ts";
import { readCache, projectOf } from "../config/context.ts";
import type { CommandContext } from "../config/context.ts";
import { estimateTokens } from "../core/brief/tokens.ts";
import type { PreviewEvent, ProjectOptions } from "./program/options.ts";
import { hookContext, previewDeps } from "./install/preview-deps.ts";
import { warning } from "./terminal/styles.ts";
import { print, printJson, remark } from "./terminal/terminal.ts";

interface BriefRequest {
  folder: string;
  /** Epoch milliseconds; null for the present. */
  now: number | null;
  event: PreviewEvent;
  /** What the client would send. `source` says how a session begins. */
  input: HookInput;
}

/** Throws the first failure of a source of the project, as `cache_then_error` wants it. */
function requireAnswers(context: CommandContext, project: string): void {
  const failures = readCache(context, (db) => readSourceFailures(db, project));
  for (const [name, code] of Object.entries(failures)) {
    if (code === null) continue;
    const known = errorCodes.find((one) => one === code) ?? "source-failed";
    throw new SitrepError(
      known,
      `${name} ${failureWords(code)}; its tasks are from its last answer.`,
      defined({ hint: wayOutLine(name, code) ?? undefined }),
    );
  }
}

/** Reads the live folder and changes nothing in it. */
function readOnlyLiveFolder(live: string): LiveFolder {
  return {
    claim: (sessionId, kind) => peekNews(live, sessionId, kind),
    files: (sessionId) => readWatchedFilesOf(live, sessionId),
    concerns: (watched, path, now) => findConcerns(live, watched, path, now),
    markFileReported: (sessionId, file) => !isFileReported(live, sessionId, file),
    noteEdit: () => undefined,
    postDelivery: () => undefined,
  };
}

/** A text for each of the entries that the client runs at a tool call. */
async function previewCall(context: CommandContext, request: BriefRequest): Promise<string | null> {
  const { now, calendar } = previewDeps(context, request);
  const live = readOnlyLiveFolder(context.files.live);
  const kinds = request.event === "pre-tool-use" ? callKinds.slice(0, 3) : (["prompt"] as const);
  const texts: string[] = [];
  for (const kind of kinds) {
    const deps = { kind, now, calendar, monitor: noMonitor, live };
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
async function previewBrief(
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
async function explainPreview(context: CommandContext, request: BriefRequest): Promise<string> {
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
  throw new SitrepError("usage", `--now is no instant: ${text}`, {
    hint: "Example: --now 2026-11-21T10:02:00Z, or epoch milliseconds",
  });
}

/** The hook's input as a file holds it; empty when none is named. Throws `usage`. */
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

function requestOf(context: CommandContext, options: BriefOptions): BriefRequest {
  const folder = projectOf(context, options.project).worktree;
  const given = parseHookInput(inputText(context, options.input), {});
  return {
    folder,
    now: options.now === undefined ? null : instantOf(options.now),
    event: options.event,
    // What the options say goes before what the file holds.
    input: {
      ...given,
      sessionId: options.session ?? given.sessionId,
      cwd: given.cwd ?? folder,
      source: options.source ?? given.source ?? "startup",
    },
  };
}

export async function runBrief(context: CommandContext, options: BriefOptions): Promise<void> {
  const request = requestOf(context, options);
  const config = configOf(context);
  openCliCache(context, config).close();
  const text = await previewBrief(context, request);
  const explanation = options.explain === true ? await explainPreview(context, request) : null;
  const { project } = projectOf(context, options.project);
  const settings = projectSettings(settingsOf(context, config), project);
  const off = whatIsOff(context.files, context.env, project, settings.off);
  if (options.json !== true) {
    remark(...off.map((one) => warning(`Sessions get nothing: ${offText(one)}`)));
  }
  if (options.json !== true && text === null && off.length === 0)
    remark("The session would be given nothing.");
  const [characters, tokens] = [text?.length ?? 0, estimateTokens(text ?? "")];
  const value = {
    text,
    characters,
    tokens,
    off: off.map(({ kind }) => kind),
    ...(explanation && { explanation }),
  };
  if (options.json === true) printJson(value);
  else {
    if (text !== null) print(...text.split("\n"));
    if (explanation !== null) print("", ...explanation.split("\n"));
  }
  if (config.tasks.fallback === "cache_then_error") {
    requireAnswers(context, projectOf(context, options.project).project);
  }
}
