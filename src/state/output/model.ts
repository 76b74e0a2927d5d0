// To a model: what a hook adds to its context, and what tools, resources and prompts answer. Texts of others stand in quotes
// by the time they are here (src/core/quote.ts); this is the last fence, for whatever comes by another way. Hooks use it, so
// that it is small.

import { isVisible, visibleText } from "../../core/quote.ts";
import { mapTexts } from "../../core/read.ts";
import { maskTokens, mayHoldToken } from "../../core/secrets/secret-text.ts";

/** What could begin a tag, of a client or of a model's own format; `<=`, `<-` and `< 5` begin none. */
const tagStart = /<(?!=|-|\s?\d)/g;

/** A whole text with its lines: nothing in it is invisible, and nothing is a tag. */
export const modelText = (text: string): string => visibleText(text).replace(tagStart, "‹");

/** Of plain data, which inherits nothing. */
function collectTexts(value: unknown, into: string[]): void {
  if (typeof value === "string") into.push(value);
  else if (Array.isArray(value)) for (const item of value) collectTexts(item, into);
  else if (typeof value === "object" && value !== null) {
    // `Object.values` would make a list for each of hundreds.
    for (const key in value) collectTexts((value as Record<string, unknown>)[key], into);
  }
}

/** True where none of the texts has anything to be taken out. All at once: one by one most of the time goes into the calls. */
function isSafe(value: unknown): boolean {
  const texts: string[] = [];
  collectTexts(value, texts);
  // A line's end parts them for every expression as their own ends do.
  const all = texts.join("\n");
  return !all.includes("<") && isVisible(all) && !mayHoldToken(all);
}

/**
 * Plain data in which every text, keys excepted, is as `modelText` gives it, without tokens of a known form: themselves where
 * they are so already. A client gives its model the structured content of an answer as JSON, so that it is made safe like
 * text; a program finds the same fields and types in it. Who needs every byte asks the REST service.
 */
export const modelData = <T>(value: T): T =>
  isSafe(value) ? value : mapTexts(value, (text) => modelText(maskTokens(text)));

/** Data as a text, in the quotes of JSON. */
export const modelJson = (value: unknown, indent = 0): string =>
  JSON.stringify(modelData(value), null, indent);

/** A block of text, as the content of an answer and of a prompt's message has it. */
export const modelBlock = (text: string) => ({ type: "text" as const, text: modelData(text) });

/** The JSON of data that were made a text of already. */
const knownJson = new WeakMap<object, string>();

/**
 * The content of an answer, as data and in one block: a text as it is, all else as JSON. `bare`: the field that the block has
 * by itself, where it is not to have all of them.
 */
export function modelContent<T extends object>(data: T, bare?: keyof T) {
  const structuredContent = modelData(data);
  const value = bare === undefined ? structuredContent : structuredContent[bare];
  // Of texts that are safe, and keys of ours.
  const text = typeof value === "string" ? value : JSON.stringify(value);
  if (bare === undefined) knownJson.set(structuredContent, text);
  return { content: [{ type: "text" as const, text }], structuredContent };
}

/** `JSON.stringify` of an answer, which may have most of itself twice: as data, and as their text, which is made but once. */
export function answerJson(answer: {
  readonly content: unknown;
  readonly structuredContent?: unknown;
}): string {
  const { content, structuredContent } = answer;
  const known = knownJson.get(structuredContent as object);
  if (known === undefined || Object.keys(answer).join() !== "content,structuredContent") {
    return JSON.stringify(answer);
  }
  return `{"content":${JSON.stringify(content)},"structuredContent":${known}}`;
}
