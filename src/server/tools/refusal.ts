// What a tool says when it refuses: a plain sentence, a code, and whether a retry can help. All of it stands in the
// text, since the model sees nothing else of an error. What a server said is cleaned, on one line and short.

import type { CallToolResult } from "@modelcontextprotocol/server";
import { SitrepError } from "../../core/errors.ts";
import { cleanText, quoted } from "../../core/quote.ts";
import { modelBlock, modelData } from "../../state/output/model.ts";
import { SourceError } from "../../core/source-error.ts";
import { ServiceError, isReasonPhrase } from "../backends/service-error.ts";
import type { Tool } from "./tool.ts";

const longest = 500;

const statusOfCode: Record<string, number> = {
  usage: 400,
  "task-invalid": 400,
  "transition-invalid": 400,
  "permission-denied": 403,
  "task-not-found": 404,
  "project-unknown": 404,
  "task-ambiguous": 409,
  "ticket-not-found": 404,
  cancelled: 499,
  "not-supported": 501,
  "store-busy": 503,
  "store-unreachable": 503,
  "store-interrupted": 504,
  "disk-full": 503,
  "file-denied": 503,
  "too-many-files": 503,
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
  "source-refused": "A person must check the key.",
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
  "disk-full",
  "file-denied",
  "too-many-files",
  "source-cooldown",
  "source-rate-limited",
  "busy",
]);

const passing = new Set([...unsent, "store-interrupted", "source-unreachable", "source-timeout"]);

/** What is known of a call to a server. */
const callOf = (error: unknown): ServiceError | SourceError | null =>
  error instanceof ServiceError || error instanceof SourceError ? error : null;

const isPassing = (code: string, error: unknown): boolean =>
  passing.has(code) || (code === "source-failed" && (callOf(error)?.status ?? 0) >= 500);

/** How far a call got that failed: nothing was done, or nobody knows. */
function mayBeDone(tool: Tool, code: string, error: unknown): boolean {
  if (tool.annotations.readOnlyHint === true || callOf(error)?.isUnsent === true) return false;
  return code === "source-invalid-answer" || (isPassing(code, error) && !unsent.has(code));
}

const check = "It may have been done all the same: check with a tool that reads before you retry.";

function adviceOn(code: string, error: unknown, wait: number | null): string {
  if (isPassing(code, error)) {
    const when = wait === null ? "in a moment" : `in ${Math.max(1, Math.ceil(wait / 1000))} s`;
    return `A retry ${when} can help.`;
  }
  const hint = error instanceof SitrepError ? error.hint : undefined;
  return `A retry does not help. ${cleanText(adviceOfCode[code] ?? (hint || "Tell the user."), longest)}`;
}

const apiSentence = ({ status, answer, service }: ServiceError): string =>
  // The words of a server that refuses the key are not worth repeating, and may quote it.
  `${service} API error: ${status === 401 ? "401 - Unauthorized" : `${status} - ${isReasonPhrase(answer) ? answer : quoted(answer, 200)}`}`;

function sentenceOn(tool: Tool, code: string, error: unknown): string {
  if (error instanceof ServiceError) {
    if (error.status !== null) return apiSentence(error);
    return code === "source-invalid-answer" ? error.reason : tool.networkSentence(error);
  }
  const message = error instanceof SitrepError ? error.message : "The call failed unexpectedly";
  return code === "transition-invalid" ? `Invalid status transition: ${message}` : message;
}

/** The words of a service about a request. One that refuses the key might quote it. */
const saidBy = (error: unknown): string =>
  error instanceof ServiceError && error.detail !== null && error.status !== 401
    ? `The service says: ${quoted(error.detail, longest)} `
    : "";

/** What is said of an error. One that is not ours is `unexpected`, and its message stays with us. */
export function refusalOf(tool: Tool, error: unknown) {
  const code = error instanceof SitrepError ? error.code : "unexpected";
  const call = callOf(error);
  const retryAfterMs = call?.retryAfterMs ?? null;
  const isDoubtful = mayBeDone(tool, code, error);
  return {
    /** An error code of ours, or `unexpected`. */
    code,
    /** Of the answer of the server behind, null where there was none; without such a server what fits the code. */
    status: call === null ? (statusOfCode[code] ?? 500) : call.status,
    sentence: cleanText(sentenceOn(tool, code, error), longest),
    advice: saidBy(error) + (isDoubtful ? check : adviceOn(code, error, retryAfterMs)),
    retryable: !isDoubtful && isPassing(code, error),
    retryAfterMs,
  };
}

/** The first line is the sentence and nothing else. */
export function refusalResult(refusal: ReturnType<typeof refusalOf>): CallToolResult {
  const { code, sentence, advice, retryable, retryAfterMs } = refusal;
  return {
    isError: true,
    content: [modelBlock(`${sentence}\nCode: ${code}. ${advice}`)],
    structuredContent: modelData({ code, retryable, retryAfterMs }),
  };
}
