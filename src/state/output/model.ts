// The last defense for texts that a model reads; other people's texts are already quoted. Small, because hooks use it.

import { isVisible, visibleText } from "../../core/quote.ts";
import { mapTexts } from "../../core/read.ts";
import { maskTokens, mayContainToken } from "../../core/secrets/secret-text.ts";

/** A possible start of a tag in an MCP client's or a model's format; `<=`, `<-` and `< 5` are not. */
const tagStart = /<(?!=|-|\s?\d)/g;

export const modelText = (text: string): string => visibleText(text).replace(tagStart, "‹");

/** `value`: plain data, which inherits no properties. */
function collectTexts(value: unknown, into: string[]): void {
  if (typeof value === "string") into.push(value);
  else if (Array.isArray(value)) for (const item of value) collectTexts(item, into);
  else if (typeof value === "object" && value !== null) {
    // `Object.values` would allocate a list for each of hundreds.
    for (const key in value) collectTexts((value as Record<string, unknown>)[key], into);
  }
}

/** True if no text contains anything to remove. Checks all texts at once, because calls for each text would take most of the time. */
function isSafe(value: unknown): boolean {
  const texts: string[] = [];
  collectTexts(value, texts);
  // For these checks, a line break separates texts like their own ends.
  const all = texts.join("\n");
  return !all.includes("<") && isVisible(all) && !mayContainToken(all);
}

/** MCP clients give their model the structured content as JSON, so it must be as safe as text. */
export const modelData = <T>(value: T): T =>
  isSafe(value) ? value : mapTexts(value, (text) => modelText(maskTokens(text)));

export const modelJson = (value: unknown, indent = 0): string =>
  JSON.stringify(modelData(value), null, indent);

export const modelBlock = (text: string) => ({ type: "text" as const, text: modelData(text) });

const knownJson = new WeakMap<object, string>();

/** The content of a response, as data and as one text block. `bare`: the only field in the block. */
export function modelContent<T extends object>(data: T, bare?: keyof T) {
  const structuredContent = modelData(data);
  const value = bare === undefined ? structuredContent : structuredContent[bare];
  // The texts are already safe, and the keys are ours.
  const text = typeof value === "string" ? value : JSON.stringify(value);
  if (bare === undefined) knownJson.set(structuredContent, text);
  return { content: [{ type: "text" as const, text }], structuredContent };
}

/** `JSON.stringify` of a response. If it contains its data twice, as data and as text, their JSON is made only once. */
export function answerJson(response: {
  readonly content: unknown;
  readonly structuredContent?: unknown;
}): string {
  const { content, structuredContent } = response;
  const known = knownJson.get(structuredContent as object);
  if (known === undefined || Object.keys(response).join() !== "content,structuredContent") {
    return JSON.stringify(response);
  }
  return `{"content":${JSON.stringify(content)},"structuredContent":${known}}`;
}
