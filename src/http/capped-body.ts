// An answer that ends with an error when it grows too large or breaks off.

import { SourceError } from "../core/source-error.ts";
import { networkFailure } from "./failures.ts";

export const largestAnswer: number = 10 * 1024 * 1024;

const tooLarge = (name: string, limit: number): SourceError =>
  new SourceError("source-invalid-answer", `${name} answered with more than ${limit} bytes.`, {
    hint: "Ask it for less: a project, a state, a limit.",
  });

/** Counts bytes; in a stream of events it begins anew after each event, since the stream itself may live for days. */
function createCount(isEventStream: boolean): (chunk: Uint8Array) => number {
  let count = 0;
  let lastByte = 0;
  return (chunk) => {
    if (!isEventStream) return (count += chunk.length);
    for (const byte of chunk) {
      if (byte === 13) continue;
      count = byte === 10 && lastByte === 10 ? 0 : count + 1;
      lastByte = byte;
    }
    return count;
  };
}

/** The same answer, whose body fails with `source-invalid-answer` past `limit` bytes and `source-unreachable` when cut. */
export function capBody(name: string, answer: Response, limit: number = largestAnswer): Response {
  const { body } = answer;
  if (body === null) return answer;
  const isEventStream = (answer.headers.get("content-type") ?? "").includes("text/event-stream");
  const count = createCount(isEventStream);
  const reader = body.getReader();
  const capped = new ReadableStream<Uint8Array>({
    async pull(controller) {
      let part: Awaited<ReturnType<typeof reader.read>>;
      try {
        part = await reader.read();
      } catch (error) {
        // An abort is the caller's own and keeps its reason.
        const isAbort = error instanceof DOMException;
        return controller.error(isAbort ? error : networkFailure(name, error));
      }
      if (part.done) return controller.close();
      if (count(part.value) <= limit) return controller.enqueue(part.value);
      controller.error(tooLarge(name, limit));
      await reader.cancel();
    },
    cancel: (reason) => reader.cancel(reason),
  });
  return new Response(capped, {
    status: answer.status,
    statusText: answer.statusText,
    headers: answer.headers,
  });
}

/** How a body begins, the rest of it left unread; undefined for none. `longest` is in bytes. */
export async function startOfBody(answer: Response, longest: number): Promise<string | undefined> {
  const { body } = answer;
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
