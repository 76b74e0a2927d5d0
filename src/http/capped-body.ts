// Fails a response that grows too large, is too complex or breaks off, before it is parsed.

import {
  createStructureScan,
  deepestResponse,
  isTooComplex,
  mebibyte,
  maxNodes,
  defaultResponseMiB,
  type SizeBudget,
} from "../core/mapping/response-bounds.ts";
import { SourceError } from "../core/source-error.ts";
import { networkFailure } from "./http-failures.ts";

export const largestResponse: number = defaultResponseMiB * mebibyte;

const invalid = (what: string, hint: string): SourceError =>
  new SourceError("source-invalid-response", what, { hint });

export function tooLarge(name: string, limit: number): SourceError {
  const hint =
    "Narrow the request (by project, state or limit), or raise its maxResponseMiB (at most 10).";
  return invalid(`${name} sent more than ${limit} bytes.`, hint);
}

export function tooComplex(name: string): SourceError {
  const what = `more than ${deepestResponse} levels, or ${maxNodes} lists and objects`;
  const hint = "A task list should not be this complex: check what is running at its URL.";
  return invalid(`${name} answered with JSON that is too complex: ${what}.`, hint);
}

export function tooLargeError(name: string): SourceError {
  const hint = "The connection was closed so that it does not hold up other requests.";
  return invalid(`${name} sent far more data than was requested.`, hint);
}

/** Throws `source-invalid-response` for JSON that must not be parsed. Other text passes, and fails when it is parsed. */
export function requireParsable(name: string, text: string): void {
  if (/^\s*[[{]/.test(text) && isTooComplex(text)) throw tooComplex(name);
}

type Judge = (chunk: Uint8Array) => SourceError | null;

function judgeBody(name: string, limit: number, isParsed: boolean): Judge {
  const scan = createStructureScan(limit);
  let count = 0;
  return (chunk) => {
    count += chunk.length;
    if (count > limit) return tooLarge(name, limit);
    return isParsed && scan(chunk) ? tooComplex(name) : null;
  };
}

/** A stream of events may last for days, so each event is checked like a response, and all share an allowance. */
function judgeEvents(name: string, limit: number, allowance: SizeBudget): Judge {
  let judge = judgeBody(name, limit, true);
  let lastByte = 0;
  return (chunk) => {
    if (!allowance.take(chunk.length)) return tooLargeError(name);
    let from = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at] ?? 0;
      if (byte === 13) continue;
      if (byte === 10 && lastByte === 10) {
        const failure = judge(chunk.subarray(from, at));
        if (failure !== null) return failure;
        if (!allowance.takeMessage()) return tooLargeError(name);
        judge = judgeBody(name, limit, true);
        from = at;
      }
      lastByte = byte;
    }
    return judge(chunk.subarray(from));
  };
}

export interface CapOptions {
  /** Bytes of a response, or of one event. */
  readonly limit?: number;
  /** For a stream of events. Without it, the stream is checked as one body. */
  readonly allowance?: SizeBudget;
  readonly onRefused?: (failure: SourceError) => void;
}

/** Reading throws `source-invalid-response` for a bad body, `source-unreachable` for a cut one. */
export function capBody(
  name: string,
  response: Response,
  { limit = largestResponse, allowance, onRefused }: CapOptions = {},
): Response {
  const { body } = response;
  if (body === null) return response;
  const type = (response.headers.get("content-type") ?? "").toLowerCase();
  const judge =
    allowance !== undefined && type.includes("text/event-stream")
      ? judgeEvents(name, limit, allowance)
      : judgeBody(name, limit, type.includes("json"));
  const reader = body.getReader();
  const capped = new ReadableStream<Uint8Array>({
    async pull(controller) {
      let part: Awaited<ReturnType<typeof reader.read>>;
      try {
        part = await reader.read();
      } catch (error) {
        const isAbort = error instanceof DOMException;
        return controller.error(isAbort ? error : networkFailure(name, error));
      }
      if (part.done) return controller.close();
      const failure = judge(part.value);
      if (failure === null) return controller.enqueue(part.value);
      controller.error(failure);
      onRefused?.(failure);
      await reader.cancel();
    },
    cancel: (reason) => reader.cancel(reason),
  });
  return new Response(capped, response);
}

/** The first `longest` bytes of a body, the rest left unread; undefined for no body. */
export async function startOfBody(
  response: Response,
  longest: number,
): Promise<string | undefined> {
  const { body } = response;
  if (body === null) return undefined;
  if (longest === 0) {
    await body.cancel();
    return undefined;
  }
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of body) {
    parts.push(part);
    length += part.length;
    if (length >= longest) break;
  }
  return Buffer.concat(parts).subarray(0, longest).toString("utf8");
}
