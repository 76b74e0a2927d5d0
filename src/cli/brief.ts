// `sitrep brief`: what the next session would read, or what another hook would say, and why.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { SitrepError } from "../core/errors.ts";
import { estimateTokens } from "../core/brief/fit.ts";
import { explainPreview, previewBrief, previewInput, requireAnswers } from "./brief-preview.ts";
import type { BriefRequest } from "./brief-preview.ts";
import { configOf, openCliCache, projectOf } from "../config/context.ts";
import type { CommandContext } from "../config/context.ts";
import type { PreviewEvent } from "./preview-events.ts";
import { print, printJson, remark } from "./terminal.ts";

export interface BriefCommandOptions {
  project?: string;
  now?: string;
  key?: string;
  source?: string;
  session?: string;
  event: PreviewEvent;
  input?: string;
  explain?: boolean;
  json?: boolean;
}

function instantOf(text: string): number {
  const instant = /^\d+$/.test(text) ? Number(text) : Date.parse(text);
  if (!Number.isNaN(instant)) return instant;
  throw new SitrepError("usage", `--now is no instant: ${text}`, {
    hint: "Example: --now 2026-11-21T10:02:00Z, or epoch milliseconds",
  });
}

/** The hook's input as a file holds it; null when none is named. Throws `usage`. */
function inputText(context: CommandContext, file: string | undefined): string | null {
  if (file === undefined) return null;
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

function requestOf(context: CommandContext, options: BriefCommandOptions): BriefRequest {
  if (options.key !== undefined && !/^[a-z0-9]{1,16}$/.test(options.key)) {
    throw new SitrepError("usage", "--key takes 1 to 16 of a-z and 0-9.");
  }
  const folder = projectOf(context, options.project).worktree;
  const { source, session: sessionId } = options;
  return {
    folder,
    now: options.now === undefined ? null : instantOf(options.now),
    key: options.key ?? null,
    event: options.event,
    input: previewInput(folder, inputText(context, options.input), { source, sessionId }),
  };
}

export async function runBrief(
  context: CommandContext,
  options: BriefCommandOptions,
): Promise<void> {
  const request = requestOf(context, options);
  const config = configOf(context);
  openCliCache(context, config).close();
  const text = await previewBrief(context, request);
  const explanation = options.explain === true ? await explainPreview(context, request) : null;
  if (options.json === true) {
    const characters = text?.length ?? 0;
    const tokens = estimateTokens(text ?? "");
    printJson({ text, characters, tokens, ...(explanation && { explanation }) });
  } else {
    if (text === null) remark("The session would be told nothing.");
    else print(text);
    if (explanation !== null) print(`\n${explanation}`);
  }
  if (config.tasks.fallback === "cache_then_error") {
    requireAnswers(context, projectOf(context, options.project).project);
  }
}
