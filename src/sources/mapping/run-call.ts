import { createPageRoom } from "../../core/mapping/response-bounds.ts";
import { maxTasks, type ListCall, type ToolCall } from "../../core/mapping/mapping.ts";
import { SourceError } from "../../core/source-error.ts";
import { fillTemplate, type TemplateValues } from "../../core/mapping/templates.ts";
import {
  requireSuccess,
  responseSample,
  type ToolResponse,
} from "../../core/mapping/tool-response.ts";
import { readObject } from "../../core/read.ts";
import type { Mapper } from "./mapper.ts";
import type { MappedResponse } from "./worker.ts";

/** Most pages of one list; the total shows how many tasks are missing. */
const maxPages = 50;
/** Most items of a first level, because each needs a separate call. */
const maxItems = 50;

/** A tool's response, or that of a request over HTTP. */
export interface PageResponse extends ToolResponse {
  /** The address of the next page, if the response's headers name it. */
  readonly next?: string | undefined;
  /** The mapping's result for this response, reused as long as the response is unchanged. */
  readonly memo?: { mapped: MappedResponse | null };
}

export interface CallContext {
  name: string;
  callTool: (tool: string, args: Readonly<Record<string, unknown>>) => Promise<PageResponse>;
  mapper: Mapper;
  values: TemplateValues;
  /** `$with` in the expressions. */
  settings: Readonly<Record<string, string>>;
}

/** Objects as `taskFromRaw` reads them, and how many the server says there are. */
export interface RawTasks {
  raw: readonly unknown[];
  total: number | null;
  isCut: boolean;
}

async function callOnce(
  context: CallContext,
  call: ListCall,
  values: TemplateValues,
): Promise<MappedResponse> {
  const { name, mapper, settings } = context;
  const args = fillTemplate(call.arguments ?? {}, values) as Record<string, unknown>;
  const response = await context.callTool(call.tool, args);
  const { memo, next = null } = response;
  requireSuccess(`${name}: ${call.tool}`, response);
  const mapped = memo?.mapped ?? (await mapper.map(call, response, settings));
  if (memo !== undefined) memo.mapped = mapped;
  if (mapped !== null) return next === null ? mapped : { ...mapped, cursor: next };
  throw new SourceError(
    "source-invalid-response",
    `${name}: the mapping found no tasks in the response from ${call.tool}. It begins: ${responseSample(response)}`,
    { hint: `"sitrep source test ${name}" shows each step. A preset may fit better.` },
  );
}

async function callPages(
  context: CallContext,
  call: ToolCall,
  values: TemplateValues,
): Promise<RawTasks> {
  const raw: unknown[] = [];
  const room = createPageRoom();
  const seen = new Set<string | number>();
  let before = "";
  let total: number | null = null;
  let cursor: string | number | null = null;
  const isPaged = /\$\{(?:page|pageIndex|offset)\?\}/.test(JSON.stringify(call.arguments ?? {}));
  for (let page = 0; page < maxPages; page += 1) {
    const numbers = page === 0 ? {} : { page: page + 1, pageIndex: page, offset: raw.length };
    const given: TemplateValues = { ...values, ...numbers, ...(cursor === null ? {} : { cursor }) };
    const response = await callOnce(context, call, given);
    raw.push(...response.raw);
    total = response.total ?? total;
    cursor = response.cursor;
    const isFull = response.raw.length >= (call.pageSize ?? Number.POSITIVE_INFINITY);
    // A server that repeats a cursor would cause endless requests.
    const isLast = cursor === null || cursor === "" || seen.has(cursor);
    if (isLast && !isFull) return { raw, total, isCut: false };
    const shown = isLast ? JSON.stringify(response.raw) : "";
    if ((isLast && (!isPaged || shown === before)) || !room(response.raw) || raw.length >= maxTasks)
      break;
    before = shown;
    if (cursor !== null) seen.add(cursor);
  }
  return { raw, total, isCut: true };
}

function itemValues(item: unknown): TemplateValues {
  const values: Record<string, string | number> = {};
  for (const [key, value] of Object.entries(readObject(item) ?? {})) {
    if (typeof value === "string" || typeof value === "number") values[`item.${key}`] = value;
  }
  return values;
}

/** The items of a first level. */
export const itemsOf = async (context: CallContext, first: ListCall): Promise<TemplateValues[]> =>
  (await callOnce(context, first, context.values)).items.map(itemValues);

/** The values for the templates of each call: the items of a first level, or the statuses that are requested one by one. */
async function valuesOfCalls(context: CallContext, call: ListCall): Promise<TemplateValues[]> {
  const { each, statuses, ...first } = call;
  if (each === undefined) return (statuses ?? []).map((status) => ({ status }));
  return itemsOf(context, first);
}

/** The item, with a status if it states none. */
function withStatus(item: unknown, status: string): unknown {
  const from = readObject(item);
  return from === null || (from["status"] ?? from["state"]) !== undefined
    ? item
    : { ...from, status };
}

/** Runs a call, or each of several. Throws `SourceError`, and `config-invalid` for a missing setting. */
export async function runCall(context: CallContext, call: ListCall): Promise<RawTasks> {
  const { each, statuses } = call;
  if (each === undefined && statuses === undefined) return callPages(context, call, context.values);
  const calls = await valuesOfCalls(context, call);
  const responses: RawTasks[] = [];
  const room = createPageRoom();
  let count = 0;
  for (const own of calls.slice(0, maxItems)) {
    const response = await callPages(context, each ?? call, { ...context.values, ...own });
    const { status } = own;
    const isAsked = each === undefined && typeof status === "string";
    const raw = isAsked ? response.raw.map((one) => withStatus(one, status)) : response.raw;
    responses.push({ ...response, raw });
    count += raw.length;
    if (!room(raw) || count >= maxTasks) break;
  }
  const totals = responses.flatMap(({ total }) => total ?? []);
  return {
    raw: responses.flatMap(({ raw }) => raw),
    total: totals.length === 0 ? null : totals.reduce((sum, total) => sum + total, 0),
    isCut: responses.length < calls.length || responses.some(({ isCut }) => isCut),
  };
}
