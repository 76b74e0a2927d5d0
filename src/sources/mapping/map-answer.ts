// Applies a mapping to an answer: structuredContent, JSON in any text block, a text pattern, in this order.

import { readNumber } from "../../core/read.ts";
import { readTextTasks, valuesOf } from "../../core/tool-answer.ts";
import type { ToolAnswer } from "../../core/tool-answer.ts";
import { compile } from "./expression.ts";
import type { AnswerMap, MappedAnswer } from "./mapping.ts";

/** More tasks than that are cut off, and the total says so. */
export const mostTasks = 5000;

type Bindings = Record<string, unknown>;
type MapOf = AnswerMap & { items?: string };

async function find(expression: string | undefined, value: unknown, bindings: Bindings) {
  return expression === undefined ? undefined : await compile(expression)(value, bindings);
}

const asList = (value: unknown): unknown[] =>
  value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];

const isThere = (value: unknown): boolean => value !== undefined && value !== null;

async function eachItem(
  list: readonly unknown[],
  expression: string | undefined,
  bindings: Bindings,
): Promise<unknown[]> {
  const items = list.slice(0, mostTasks).filter(isThere);
  if (expression === undefined) return items;
  const evaluate = compile(expression);
  const mapped: unknown[] = [];
  for (const item of items) mapped.push(await evaluate(item, bindings));
  return mapped.filter(isThere);
}

/** The items of a first-level answer, or null when it has another shape. */
async function readItems(items: string, value: unknown, bindings: Bindings) {
  const found = await find(items, value, bindings);
  if (found === undefined || found === null) return null;
  return { raw: [], total: null, cursor: null, items: asList(found).slice(0, mostTasks) };
}

async function readTasks(
  map: AnswerMap,
  value: unknown,
  bindings: Bindings,
): Promise<MappedAnswer | null> {
  const found = await find(map.tasks, value, bindings);
  if (found === undefined || found === null) return null;
  const list = asList(found);
  const delivered = readNumber(await find(map.total, value, bindings)) ?? -1;
  const cursor = await find(map.cursor, value, bindings);
  return {
    raw: await eachItem(list, map.task, bindings),
    total: delivered >= 0 ? delivered : list.length > mostTasks ? list.length : null,
    cursor: typeof cursor === "string" || typeof cursor === "number" ? cursor : null,
    items: [],
  };
}

/** What the mapping finds, or null when the answer has another shape. `settings` is `$with` in the expressions. */
export async function mapAnswer(
  map: MapOf,
  answer: ToolAnswer,
  settings: Readonly<Record<string, string>>,
): Promise<MappedAnswer | null> {
  const bindings = { with: settings };
  for (const value of valuesOf(answer)) {
    const mapped =
      map.items === undefined
        ? await readTasks(map, value, bindings)
        : await readItems(map.items, value, bindings);
    if (mapped !== null) return mapped;
  }
  const lines = map.text === undefined ? null : readTextTasks(map.text, answer.texts);
  if (lines === null) return null;
  return { raw: await eachItem(lines, map.task, bindings), total: null, cursor: null, items: [] };
}
