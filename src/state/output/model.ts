// To a model: what a hook adds to its context, and what tools, resources and prompts answer. Texts of others stand in quotes
// by the time they are here (src/core/quote.ts); this is the last fence, for whatever comes by another way. Hooks use it, so
// that it is small.

import { visibleText } from "../../core/quote.ts";
import { mapTexts } from "../../core/read.ts";
import { maskTokens } from "../../core/secret-text.ts";

/** What could begin a tag, of a client or of a model's own format; `<=`, `<-` and `< 5` begin none. */
const tagStart = /<(?!=|-|\s?\d)/g;

/** A whole text with its lines: nothing in it is invisible, and nothing is a tag. */
export const modelText = (text: string): string => visibleText(text).replace(tagStart, "‹");

/**
 * A copy of plain data in which every text, keys excepted, is as `modelText` gives it, without tokens of a known form. A
 * client gives its model the structured content of an answer as JSON, so that it is made safe like text; a program finds the
 * same fields and types in it. Who needs every byte asks the REST service.
 */
export const modelData = <T>(value: T): T => mapTexts(value, (text) => modelText(maskTokens(text)));

/** Data as a text, in the quotes of JSON. */
export const modelJson = (value: unknown, indent = 0): string =>
  JSON.stringify(modelData(value), null, indent);

/** A block of text, as the content of an answer and of a prompt's message has it. */
export const modelBlock = (text: string) => ({ type: "text" as const, text: modelData(text) });
