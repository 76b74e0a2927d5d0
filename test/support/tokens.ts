// Counts tokens with the o200k encoding (js-tiktoken).

import { Tiktoken } from "js-tiktoken/lite";
import o200k from "js-tiktoken/ranks/o200k_base";

const encoding = new Tiktoken(o200k);
export const tokensOf = (text: string): number => encoding.encode(text, [], []).length;

interface ListedTool {
  name: string;
  description?: string | undefined;
  inputSchema: object;
}

/** Counts the tokens of a tool list for a model, which does not see titles, annotations and output schemas. */
export const tokensOfTools = (tools: readonly ListedTool[]): number =>
  tools.reduce((sum, { name, description, inputSchema }) => {
    const shown = { name, description, input_schema: inputSchema };
    return sum + tokensOf(JSON.stringify(shown));
  }, 0);
