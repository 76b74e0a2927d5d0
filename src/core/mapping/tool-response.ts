// Tasks may be in `structuredContent`, in JSON in a text block, or in prose that looks like tasks.

import { isTooComplex } from "./response-bounds.ts";
import { quoted } from "../quote.ts";
import { mapTexts, parseJson, readObject, readString } from "../read.ts";
import { SourceError } from "../source-error.ts";

export interface ToolResponse {
  /** Some servers report failures without this. */
  readonly isError: boolean;
  readonly structured: unknown;
  /** The text blocks, in order; the text of an embedded resource is one. */
  readonly texts: readonly string[];
}

/** Parses JSON, also in Markdown fences; undefined for prose. */
function jsonOf(text: string): unknown {
  const bare = text
    .trim()
    .replace(/^```(?:json)?\s*\n/, "")
    .replace(/\n```$/, "");
  return !/^[[{]/.test(bare) || isTooComplex(bare) ? undefined : parseJson(bare);
}

/** FastMCP puts a value that is not an object below `result`, sometimes as JSON in a text. */
function unwrap(value: unknown): unknown {
  const from = readObject(value);
  if (from === null || !("result" in from) || Object.keys(from).length !== 1) return value;
  const inner = from["result"];
  return typeof inner === "string" ? (jsonOf(inner) ?? value) : inner;
}

/** The most trustworthy first. */
export function responseValues(response: ToolResponse): unknown[] {
  const found = [response.structured, ...response.texts.map(jsonOf)];
  return found.filter((value) => value !== undefined && value !== null).map(unwrap);
}

const messageOf = (value: unknown): string => {
  const from = readObject(value);
  return readString(value) ?? readString(from?.["message"]) ?? readString(from?.["code"]) ?? "";
};

const failureWords = new Set(["error", "failed", "failure"]);

/** Null without a failure. `{success: false}` or a lone `error` is one, whatever `isError` says. */
export function findFailure(response: ToolResponse): string | null {
  for (const value of responseValues(response)) {
    const from = readObject(value);
    if (from === null) continue;
    const status = readString(from["status"])?.toLowerCase() ?? "";
    const hasError =
      from["error"] !== undefined && from["error"] !== null && from["error"] !== false;
    if (
      from["success"] === false ||
      failureWords.has(status) ||
      (hasError && from["success"] !== true)
    ) {
      const words = messageOf(from["error"]) || messageOf(from);
      return words === "" ? "an error without a message" : sampleText(words);
    }
  }
  return response.isError ? responseSample(response) : null;
}

const absentWords = /not[ _-]?found|no such|does(?: not|n't) exist/i;
const otherThings = /\b(?:tool|method|function|action|route|endpoint|database|table|file|host)\b/i;

/** Throws `source-failed` if the response reports a failure. `who`: the server or its tool. */
export function requireSuccess(who: string, response: ToolResponse): void {
  const failure = findFailure(response);
  if (failure === null) return;
  const isAbsence = absentWords.test(failure) && !otherThings.test(failure);
  throw new SourceError("source-failed", `${who} reports: ${failure}`, { isAbsence });
}

const sampleText = (text: string): string => quoted(text, 118);

export function responseSample(response: ToolResponse): string {
  const text = response.texts.find((block) => block.trim() !== "");
  if (text !== undefined) return sampleText(text);
  return response.structured === undefined
    ? "nothing"
    : sampleText(JSON.stringify(response.structured));
}

/** Regular expressions with named groups, applied to one line at a time. */
export interface TextPattern {
  /** A task's line. Its groups are fields: `id`, `title`, `status`, `priority`, `due`, `assignees`. */
  line: string;
  /** A heading: its group `status` holds for the lines below it. */
  heading?: string;
  /** A line below a task's: its groups are further fields of that task. The first one of each field counts. */
  detail?: string;
  /** A line that says there are no tasks. Without one, a text without tasks is not understood. */
  none?: string;
}

const maxLineLength = 1000;
export const maxLines = 20_000;

type Fields = Record<string, string>;

function groupsOf(pattern: RegExp, line: string): Fields | null {
  const groups = pattern.exec(line)?.groups;
  if (groups === undefined) return null;
  return Object.fromEntries(Object.entries(groups).filter(([, text]) => text !== undefined));
}

/** Drops the marks of Markdown's code and emphasis. */
const plainFields = (fields: Fields): Fields =>
  mapTexts(fields, (text) => text.replaceAll(/[`*]/g, "").trim());

/** An object for each task line; empty where a line says "none"; null when nothing is understood. */
export function readTextTasks(pattern: TextPattern, texts: readonly string[]): Fields[] | null {
  const line = new RegExp(pattern.line, "u");
  const heading = pattern.heading === undefined ? null : new RegExp(pattern.heading, "u");
  const detail = pattern.detail === undefined ? null : new RegExp(pattern.detail, "u");
  const none = pattern.none === undefined ? null : new RegExp(pattern.none, "u");
  const found: Fields[] = [];
  let isUnderstood = false;
  for (const text of texts) {
    let status: string | undefined;
    let above: Fields | null = null;
    for (const raw of text.split(/\r?\n/, maxLines)) {
      const cut = raw.slice(0, maxLineLength);
      const task = groupsOf(line, cut);
      const more = task === null && above !== null && detail !== null && groupsOf(detail, cut);
      if (task !== null) {
        above = { ...(status === undefined ? {} : { status }), ...task };
        found.push(above);
      } else if (above !== null && more) Object.assign(above, { ...plainFields(more), ...above });
      else if (heading !== null) status = groupsOf(heading, cut)?.["status"] ?? status;
      isUnderstood ||= task !== null || (none?.test(cut) ?? false);
    }
  }
  return isUnderstood ? found : null;
}
