// Runs expressions in a thread, which can be ended whatever an expression does, and whose memory is limited.

import { parentPort } from "node:worker_threads";
import { maxTasks, type ResponseMap } from "../../core/mapping/mapping.ts";
import { readNumber } from "../../core/read.ts";
import {
  readTextTasks,
  responseValues,
  type ToolResponse,
} from "../../core/mapping/tool-response.ts";
import { compile } from "./expression.ts";

export interface MappedResponse {
  /** Objects with fields such as `id` and `title`, as `taskFromRaw` reads them. */
  raw: readonly unknown[];
  total: number | null;
  cursor: string | number | null;
  /** The result of `items`; empty without that expression. */
  items: readonly unknown[];
}

export interface MapRequest {
  map: ResponseMap & { items?: string };
  response: ToolResponse;
  settings: Readonly<Record<string, string>>;
}

/** `error`: JSONata's words about the expression, without the server's values. */
export type MapReply = { mapped: MappedResponse | null } | { error: string };

type Bindings = Record<string, unknown>;

async function find(expression: string | undefined, value: unknown, bindings: Bindings) {
  return expression === undefined ? undefined : await compile(expression)(value, bindings);
}

const asList = (value: unknown): unknown[] =>
  value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];

async function eachItem(
  list: readonly unknown[],
  expression: string | undefined,
  bindings: Bindings,
): Promise<unknown[]> {
  const items = list.slice(0, maxTasks);
  if (expression === undefined) return items;
  const evaluate = compile(expression);
  const mapped: unknown[] = [];
  for (const item of items) {
    // A null item counts as unreadable; one that the expression turns into nothing is skipped on purpose.
    const value = item === null ? null : ((await evaluate(item, bindings)) ?? undefined);
    if (value !== undefined) mapped.push(value);
  }
  return mapped;
}

async function readItems(items: string, value: unknown, bindings: Bindings) {
  const found = await find(items, value, bindings);
  if (found === undefined || found === null) return null;
  return { raw: [], total: null, cursor: null, items: asList(found).slice(0, maxTasks) };
}

async function readTasks(
  map: ResponseMap,
  value: unknown,
  bindings: Bindings,
): Promise<MappedResponse | null> {
  const found = await find(map.tasks, value, bindings);
  if (found === undefined || found === null) return null;
  const list = asList(found);
  const delivered = readNumber(await find(map.total, value, bindings)) ?? -1;
  const cursor = await find(map.cursor, value, bindings);
  return {
    raw: await eachItem(list, map.task, bindings),
    total: delivered >= 0 ? delivered : list.length > maxTasks ? list.length : null,
    cursor: typeof cursor === "string" || typeof cursor === "number" ? cursor : null,
    items: [],
  };
}

/** Null when the response has another shape. `settings` is `$with` in the expressions. */
async function mapResponse({
  map,
  response,
  settings,
}: MapRequest): Promise<MappedResponse | null> {
  const bindings = { with: settings };
  for (const value of responseValues(response)) {
    const mapped =
      map.items === undefined
        ? await readTasks(map, value, bindings)
        : await readItems(map.items, value, bindings);
    if (mapped !== null) return mapped;
  }
  const lines = map.text === undefined ? null : readTextTasks(map.text, response.texts);
  if (lines === null) return null;
  const total = lines.length > maxTasks ? lines.length : null;
  return { raw: await eachItem(lines, map.task, bindings), total, cursor: null, items: [] };
}

const wordsOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "message" in error ? String(error.message) : "";

parentPort?.on("message", (request: MapRequest) => {
  mapResponse(request).then(
    // Through JSON: results of expressions contain functions, which cannot be sent.
    (mapped) => parentPort?.postMessage(JSON.parse(JSON.stringify({ mapped })) as MapReply),
    (error: unknown) => parentPort?.postMessage({ error: wordsOf(error) } satisfies MapReply),
  );
});

parentPort?.postMessage("ready");
