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

/** `indent`: blanks a level, over several lines. */
export function programJson(value: unknown, indent = 0): string {
  const json = JSON.stringify(value, null, indent);
  return isPlain(json) ? json : shownJson(json);
}

/** Over several lines, as a person can read it too; `isLine`: in one, for a stream of them. */
export function writeJson(stream: Stream, value: unknown, isLine = false): void {
  process[stream].write(`${programJson(value, isLine ? 0 : 2)}\n`);
}

/** An answer over HTTP; its type is `application/json` where no other is named. */
export const jsonResponse = (
  value: unknown,
  {
    status = 200,
    headers = {},
  }: { status?: number; headers?: Readonly<Record<string, string>> } = {},
): Response =>
  new Response(programJson(value), {
    status,
    headers: { "content-type": "application/json", ...headers },
  });
