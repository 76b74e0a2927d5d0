// The text has the sentence, the code and whether a retry can help, because the model sees nothing else.

import type { CallToolResult } from "@modelcontextprotocol/server";
import { SitrepError } from "../../core/errors.ts";
import { cleanText, quoted } from "../../core/quote.ts";
import { modelBlock, modelData } from "../../state/output/model.ts";
import { SourceError } from "../../core/source-error.ts";
import { ServiceError, isReasonPhrase } from "../backends/service-error.ts";
import { errorProblems } from "../problem.ts";
import type { Tool } from "./tool.ts";

const longest = 500;

const statuses: Readonly<Record<string, number>> = {
  usage: 400,
  "task-invalid": 400,
  cancelled: 499,
};

const adviceOfCode: Record<string, string> = {
  usage: "Fix the arguments.",
  "task-invalid": "Fix the task.",
  "transition-invalid":
    "Read the task again (list_tasks): another session may have taken or finished it.",
  "task-not-found": "list_tasks shows the ids.",
  "ticket-not-found": "list_tickets and search_tickets show the ids.",
  "permission-denied": "Ask a human for this permission.",
  "source-refused": "A human must check the key.",
  "secret-missing": "A human must set the key.",
  "keychain-failed": "A human must unlock the keychain, or set the key.",
  "task-ambiguous": "Pass project_id too.",
  "not-supported": "Try another way, or tell the user.",
  "store-unreadable": "A human must check the store.",
};

/** Nothing was sent, or it was refused unread. */
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

const temporary = new Set([...unsent, "store-interrupted", "source-unreachable", "source-timeout"]);

const callOf = (error: unknown): ServiceError | SourceError | null =>
  error instanceof ServiceError || error instanceof SourceError ? error : null;

const isTemporary = (code: string, error: unknown): boolean =>
  temporary.has(code) || (code === "source-failed" && (callOf(error)?.status ?? 0) >= 500);

/** True if nobody knows whether the failed call did anything. */
function mayBeDone(tool: Tool, code: string, error: unknown): boolean {
  if (code === "write-unknown" || code === "write-not-applied") return true;
  if (tool.annotations.readOnlyHint === true || callOf(error)?.isUnsent === true) return false;
  return code === "source-invalid-response" || (isTemporary(code, error) && !unsent.has(code));
}

const check = "It may have been done anyway: check with a read-only tool before you retry.";

function adviceOn(code: string, error: unknown, wait: number | null): string {
  if (isTemporary(code, error)) {
    const when = wait === null ? "in a moment" : `in ${Math.max(1, Math.ceil(wait / 1000))} s`;
    return `Retrying ${when} may help.`;
  }
  const hint = error instanceof SitrepError ? error.hint : undefined;
  return `Retrying will not help. ${cleanText(adviceOfCode[code] ?? (hint || "Tell the user."), longest)}`;
}

const apiSentence = ({ status, response, service }: ServiceError): string =>
  // A server that refuses the key might quote it.
  `${service} API error: ${status === 401 ? "401 - Unauthorized" : `${status} - ${isReasonPhrase(response) ? response : quoted(response, 200)}`}`;

function sentenceOn(tool: Tool, code: string, error: unknown): string {
  if (error instanceof ServiceError) {
    if (error.status !== null) return apiSentence(error);
    return code === "source-invalid-response" ? error.reason : tool.networkSentence(error);
  }
  const message = error instanceof SitrepError ? error.message : "The call failed unexpectedly";
  return code === "transition-invalid" ? `Invalid status transition: ${message}` : message;
}

/** A service's own words about a request. If it refuses the key, it might quote it. */
const saidBy = (error: unknown): string =>
  error instanceof ServiceError && error.detail !== null && error.status !== 401
    ? `The service says: ${quoted(error.detail, longest)} `
    : "";

/** An error that is not ours is `unexpected`, and its message is not shown. */
export function createRefusal(tool: Tool, error: unknown) {
  const code = error instanceof SitrepError ? error.code : "unexpected";
  const call = callOf(error);
  const retryAfterMs = call?.retryAfterMs ?? null;
  const isDoubtful = mayBeDone(tool, code, error);
  return {
    code,
    /** The service's status, null if it did not answer; without a service, the status for the code. */
    status: call === null ? (statuses[code] ?? errorProblems[code]?.[0] ?? 500) : call.status,
    sentence: cleanText(sentenceOn(tool, code, error), longest),
    advice: saidBy(error) + (isDoubtful ? check : adviceOn(code, error, retryAfterMs)),
    retryable: !isDoubtful && isTemporary(code, error),
    retryAfterMs,
  };
}

/** The first line is only the sentence. */
export function refusalResult(refusal: ReturnType<typeof createRefusal>): CallToolResult {
  const { code, sentence, advice, retryable, retryAfterMs } = refusal;
  return {
    isError: true,
    content: [modelBlock(`${sentence}\nCode: ${code}. ${advice}`)],
    structuredContent: modelData({ code, retryable, retryAfterMs }),
  };
}
