// Others' texts are in quotes already; this is the last defense. Hooks use it, so it is small.

import { isVisible, visibleText } from "../../core/quote.ts";
import { mapTexts } from "../../core/read.ts";
import { maskTokens, mayHoldToken } from "../../core/secrets/secret-text.ts";

/** What could start a tag, of an MCP client's or a model's own format; `<=`, `<-` and `< 5` do not. */
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

/** True where no text contains anything to remove. In one call: most of the time would go into calls for each text. */
function isSafe(value: unknown): boolean {
  const texts: string[] = [];
  collectTexts(value, texts);
  // For every expression, a line break separates them as their own ends do.
  const all = texts.join("\n");
  return !all.includes("<") && isVisible(all) && !mayHoldToken(all);
}

/** MCP clients give their model the structured content as JSON, so it must be as safe as text. */
export const modelData = <T>(value: T): T =>
  isSafe(value) ? value : mapTexts(value, (text) => modelText(maskTokens(text)));

export const modelJson = (value: unknown, indent = 0): string =>
  JSON.stringify(modelData(value), null, indent);

export const modelBlock = (text: string) => ({ type: "text" as const, text: modelData(text) });

const knownJson = new WeakMap<object, string>();

/** The content of an answer, as data and as one text block. `bare`: the only field in the block. */
export function modelContent<T extends object>(data: T, bare?: keyof T) {
  const structuredContent = modelData(data);
  const value = bare === undefined ? structuredContent : structuredContent[bare];
  // Its texts are safe, and its keys ours.
  const text = typeof value === "string" ? value : JSON.stringify(value);
  if (bare === undefined) knownJson.set(structuredContent, text);
  return { content: [{ type: "text" as const, text }], structuredContent };
}

/** `JSON.stringify` of an answer, which may contain its data twice, as such and as text: their JSON is made only once. */
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
