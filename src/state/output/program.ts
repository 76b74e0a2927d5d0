// To a program: JSON, on standard output, in an answer over HTTP or in a log. It holds the data as they are; what could steer
// a terminal that shows it, or does not show at all, is escaped, which every parser takes back.

import { invisible, isVisible } from "../../core/quote.ts";
import type { Stream } from "./terminal.ts";

const escape = (one: string): string =>
  Array.from(
    { length: one.length },
    (_, at) => `\\u${one.charCodeAt(at).toString(16).padStart(4, "0")}`,
  ).join("");

/** JSON with the same value that can be shown. */
export const shownJson = (json: string): string =>
  isVisible(json) ? json : json.replace(invisible(), (one) => (one === "\n" ? one : escape(one)));

/** ASCII, of which `JSON.stringify` escapes every control character but this one. */
const isPlain = (json: string): boolean =>
  Buffer.byteLength(json) === json.length && !json.includes("\u007f");

const shownWhole = (json: string): string => (isPlain(json) ? json : shownJson(json));

/** `indent`: blanks a level, over several lines. */
export const programJson = (value: unknown, indent = 0): string =>
  shownWhole(JSON.stringify(value, null, indent));

/** Over several lines, as a person can read it too; `isLine`: in one, for a stream of them. */
export function writeJson(stream: Stream, value: unknown, isLine = false): void {
  process[stream].write(`${programJson(value, isLine ? 0 : 2)}\n`);
}

interface AnswerHead {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer over HTTP; its type is `application/json` where no other is named. */
export const jsonResponse = (value: unknown, head: AnswerHead = {}): Response =>
  jsonTextResponse(JSON.stringify(value), head);

/** The same of what is JSON already. */
export const jsonTextResponse = (
  json: string,
  { status = 200, headers = {} }: AnswerHead = {},
): Response =>
  // As bytes: Node would make one more text of a text and the head before it.
  new Response(isPlain(json) ? Buffer.from(json, "latin1") : shownJson(json), {
    status,
    headers: { "content-type": "application/json", ...headers },
  });
