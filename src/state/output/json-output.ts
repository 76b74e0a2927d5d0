// Writes JSON for programs. Characters that could control a terminal are escaped, which parsers reverse, so the data is unchanged.

import { invisible, isVisible } from "../../core/quote.ts";
import type { Stream } from "./terminal.ts";

const escape = (one: string): string =>
  Array.from(
    { length: one.length },
    (_, at) => `\\u${one.charCodeAt(at).toString(16).padStart(4, "0")}`,
  ).join("");

export const shownJson = (json: string): string =>
  isVisible(json) ? json : json.replace(invisible(), (one) => (one === "\n" ? one : escape(one)));

/** ASCII. `JSON.stringify` escapes every control character except DEL. */
const isPlain = (json: string): boolean =>
  Buffer.byteLength(json) === json.length && !json.includes("\u007f");

const shownWhole = (json: string): string => (isPlain(json) ? json : shownJson(json));

/** `indent`: spaces for each level, over several lines. */
export const programJson = (value: unknown, indent = 0): string =>
  shownWhole(JSON.stringify(value, null, indent));

/** Over several lines, readable for people too; `isLine`: on one line, for a stream. */
export function writeJson(stream: Stream, value: unknown, isLine = false): void {
  process[stream].write(`${programJson(value, isLine ? 0 : 2)}\n`);
}

interface ResponseHead {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

export const jsonResponse = (value: unknown, head: ResponseHead = {}): Response =>
  jsonTextResponse(JSON.stringify(value), head);

export const jsonTextResponse = (
  json: string,
  { status = 200, headers = {} }: ResponseHead = {},
): Response =>
  // Sent as bytes, because Node would copy a text to join it with the headers.
  new Response(isPlain(json) ? Buffer.from(json, "latin1") : shownJson(json), {
    status,
    headers: { "content-type": "application/json", ...headers },
  });
