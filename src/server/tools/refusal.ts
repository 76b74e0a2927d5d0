// What a tool says when it refuses: a plain sentence, a code, and whether a retry can help. All of it stands in the
// text, since the model sees nothing else of an error. What a server said is cleaned, on one line and short.

import type { CallToolResult } from "@modelcontextprotocol/server";
import { SitrepError } from "../../core/errors.ts";
import { cleanText } from "../../core/quote.ts";
import { SourceError } from "../../core/source-error.ts";
import { ServiceError } from "../backends/service-error.ts";
import type { Tool } from "./tool.ts";

const longest = 500;

const statusOfCode: Record<string, number> = {
  usage: 400,
  "task-invalid": 400,
  "transition-invalid": 400,
  "source-refused": 401,
  "permission-denied": 403,
  "task-not-found": 404,
  "project-unknown": 404,
  "task-ambiguous": 409,
  "ticket-not-found": 404,
  "source-rate-limited": 429,
  cancelled: 499,
  "not-supported": 501,
  "source-unreachable": 502,
  "source-failed": 502,
  "source-invalid-answer": 502,
  "source-not-started": 502,
  "source-cooldown": 503,
  "store-busy": 503,
  "store-unreachable": 503,
  "source-timeout": 504,
};

/** The way out, where it is always the same. */
const adviceOfCode: Record<string, string> = {
  usage: "Correct the arguments.",
  "task-invalid": "Correct the task.",
  "transition-invalid":
    "Read the task again (list_tasks): another session may have taken or finished it.",
  "task-not-found": "list_tasks shows the ids that there are.",
  "ticket-not-found": "list_tickets and search_tickets show the ids that there are.",
  "permission-denied": "Ask a person for the permission.",
  "source-refused": "A person must check the key (TASK_TRACKING_API_KEY).",
  "secret-missing": "A person must set the key.",
  "keychain-failed": "A person must unlock the keychain, or set the key.",
  "task-ambiguous": "Name project_id too.",
  "not-supported": "Use another way, or tell the user.",
  "store-unreadable": "A person must look at the store.",
};

/** Nothing was sent, or it was turned away before it was looked at. */
const unsent = new Set([
  "store-busy",
  "store-unreachable",
  "source-cooldown",
  "source-rate-limited",
  "busy",
]);

const passing = new Set([...unsent, "source-unreachable", "source-timeout"]);

/** What is known of a call to a server. */
const callOf = (error: unknown): ServiceError | SourceError | null =>
  error instanceof ServiceError || error instanceof SourceError ? error : null;

const isPassing = (code: string, error: unknown): boolean =>
  passing.has(code) || (code === "source-failed" && (callOf(error)?.status ?? 0) >= 500);

function secondsToWait(error: unknown): string {
  const wait = callOf(error)?.retryAfterMs ?? null;
  return wait === null ? "in a moment" : `in ${Math.max(1, Math.ceil(wait / 1000))} s`;
}

function adviceOn(tool: Tool, code: string, error: unknown): string {
  if (!isPassing(code, error)) {
    const hint = error instanceof SitrepError ? error.hint : undefined;
    const wayOut = adviceOfCode[code] ?? (hint || "Tell the user.");
    return `A retry does not help. ${cleanText(wayOut, longest)}`;
  }
  const isUnsent =
    tool.annotations.readOnlyHint === true || unsent.has(code) || callOf(error)?.isUnsent === true;
  return isUnsent
    ? `A retry ${secondsToWait(error)} can help.`
    : "It may have been done all the same: check with a tool that reads before you retry.";
}

const apiSentence = ({ status, answer }: ServiceError): string =>
  // The words of a server that refuses the key are not worth repeating, and may quote it.
  `Task Tracking API error: ${status === 401 ? "401 - Unauthorized" : `${status} - ${answer}`}`;

function sentenceOn(tool: Tool, args: unknown, code: string, error: unknown): string {
  if (error instanceof ServiceError) {
    if (error.status !== null) return apiSentence(error);
    return tool.networkSentence(error.reason, error.isTimeout);
  }
  const message = error instanceof SitrepError ? error.message : "The call failed unexpectedly";
  if (code === "task-not-found") {
    const id = (args as { task_id?: unknown } | null)?.task_id;
    return typeof id === "string" ? `Task not found: ${id}` : message;
  }
  return code === "transition-invalid" ? `Invalid status transition: ${message}` : message;
}

/** The words of a service about a request. One that refuses the key might quote it. */
const saidBy = (error: unknown): string =>
  error instanceof ServiceError && error.detail !== null && error.status !== 401
    ? `The service says: ${error.detail} `
    : "";

/** What is said of an error. One that is not ours is `unexpected`, and its message stays with us. */
export function refusalOf(tool: Tool, args: unknown, error: unknown) {
  const code = error instanceof SitrepError ? error.code : "unexpected";
  const given = callOf(error)?.status ?? null;
  return {
    /** An error code of ours, or `unexpected`. */
    code,
    /** The HTTP status of the service's answer, else the one that fits the code. */
    status: given ?? statusOfCode[code] ?? 500,
    sentence: cleanText(sentenceOn(tool, args, code, error), longest),
    advice: saidBy(error) + adviceOn(tool, code, error),
  };
}

/** The first line is the sentence and nothing else. */
type Refusal = ReturnType<typeof refusalOf>;

export function refusalResult({ code, sentence, advice }: Refusal): CallToolResult {
  const text = `${sentence}\nCode: ${code}. ${advice}`;
  return { isError: true, content: [{ type: "text", text }] };
}
