// The thread in which mappings run: it can be ended whatever an expression does, and its memory has a limit.

import { parentPort } from "node:worker_threads";
import type { ToolAnswer } from "../../core/tool-answer.ts";
import { mapAnswer } from "./map-answer.ts";
import type { AnswerMap, MappedAnswer } from "./mapping.ts";

export interface MapRequest {
  id: number;
  map: AnswerMap & { items?: string };
  answer: ToolAnswer;
  settings: Readonly<Record<string, string>>;
}

/** `error` is the expression's own failure: JSONata's words about the expression, with values of the server cut off. */
export type MapReply = { id: number; mapped: MappedAnswer | null } | { id: number; error: string };

const wordsOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "message" in error ? String(error.message) : "";

parentPort?.on("message", ({ id, map, answer, settings }: MapRequest) => {
  mapAnswer(map, answer, settings).then(
    // JSON and back: results of expressions carry functions, which cannot be sent.
    (mapped) => parentPort?.postMessage(JSON.parse(JSON.stringify({ id, mapped })) as MapReply),
    (error: unknown) => parentPort?.postMessage({ id, error: wordsOf(error) } satisfies MapReply),
  );
});
