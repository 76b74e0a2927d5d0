// Finds out how an unknown MCP server lists its tasks: calls tools that look like a list, and makes a mapping from the response.

import { guessResponse } from "../../core/mapping/guess-response.ts";
import { guessCall, listingTools, type GuessedCall } from "../../core/mapping/guess-call.ts";
import type { ResponseGuess, ListCall, Mapping } from "../../core/mapping/mapping.ts";
import { fillTemplate } from "../../core/mapping/templates.ts";
import {
  findFailure,
  responseSample,
  type ToolResponse,
} from "../../core/mapping/tool-response.ts";
import { messageOf } from "../../core/errors.ts";
import type { ProjectScope } from "../../core/ports.ts";
import { quotedNames } from "../../core/quote.ts";
import { readRemoteName } from "../../git/remote.ts";
import type { McpConnection } from "../mcp/mcp-connection.ts";

const refused = "reports: ";
/** Most tools that are called. */
const maxTools = 4;

/** A call that was made, or that needs more arguments. */
export interface TriedCall {
  tool: string;
  arguments: Readonly<Record<string, unknown>>;
  /** Null if there was no response. */
  response: ToolResponse | null;
  /** Why the response is not a list of tasks; null for a list, even an empty one. */
  why: string | null;
  /** Arguments that a person has to give. */
  missing: readonly string[];
}

/** One line about a guess. */
export interface GuessLine {
  what: string;
  is: string;
}

export interface Guess {
  mapping: Mapping;
  lines: readonly GuessLine[];
  /** The settings that became arguments of the tool. */
  used: readonly string[];
}

export interface Guessed {
  guess: Guess | null;
  tried: readonly TriedCall[];
}

interface GuessRequest {
  connection: McpConnection;
  scope: ProjectScope;
  /** The source's `with`: arguments of the tool, by their names. */
  given: Readonly<Record<string, string>>;
  /** The one tool to call, if it looks like a list. */
  only?: string | undefined;
}

interface Found {
  call: GuessedCall;
  response: ResponseGuess;
}

/** Calls a tool once. Gives the tasks that it shows, or null, and the reason in `tried`. */
async function askOnce(
  { connection, scope }: GuessRequest,
  call: GuessedCall,
  status: string | undefined,
): Promise<{ tried: TriedCall; response: ResponseGuess | null }> {
  const { tool } = call;
  const project = { "project.path": scope.path, "project.name": scope.name };
  const values = { ...readRemoteName(scope.path), ...project, status };
  const args = fillTemplate(call.arguments, values) as Record<string, unknown>;
  const tried = { tool, arguments: args, missing: [] };
  try {
    const result = await connection.callTool(tool, args);
    const failure = findFailure(result);
    if (failure !== null) {
      return { tried: { ...tried, response: result, why: `${refused}${failure}` }, response: null };
    }
    const response = guessResponse(result);
    const lack =
      response === null
        ? `returned no list. The response begins: ${responseSample(result)}`
        : response.lack && `returned ${response.lack}`;
    return { tried: { ...tried, response: result, why: lack }, response };
  } catch (error) {
    return { tried: { ...tried, response: null, why: messageOf(error) }, response: null };
  }
}

/** The tool's tasks, for the first status that has any. Null if a response is not a list of tasks. */
async function askTool(
  request: GuessRequest,
  call: GuessedCall,
  tried: TriedCall[],
): Promise<Found | null> {
  const { tool, missing } = call;
  if (missing.length > 0) {
    const why = `needs ${quotedNames(missing)}`;
    tried.push({ tool, arguments: call.arguments, response: null, why, missing });
    return null;
  }
  let empty: Found | null = null;
  for (const status of call.statuses.length === 0 ? [undefined] : call.statuses) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other, until one has tasks
    const { tried: one, response } = await askOnce(request, call, status);
    tried.push(one);
    if (response?.kind === "tasks") return { call, response };
    if (response?.kind !== "empty") return null;
    empty ??= { call, response };
  }
  if (empty?.response.map.tasks !== undefined) return empty;
  const why = "has no tasks now and answers in prose, so its task format is unknown";
  tried.push(...tried.splice(-1).map((last) => ({ ...last, why })));
  return null;
}

/** The same without a page size, which the server may have refused as too large. */
function askUnpaged(request: GuessRequest, call: GuessedCall, tried: TriedCall[]) {
  const { pageSize, missing } = call;
  if (pageSize === null || missing.length > 0 || tried.at(-1)?.why?.startsWith(refused) !== true)
    return null;
  const args = Object.entries(call.arguments).filter(
    ([, value]) => value !== pageSize && !isPageTemplate(value),
  );
  return askTool(request, { ...call, arguments: Object.fromEntries(args), pageSize: null }, tried);
}

const isPageTemplate = (value: unknown): boolean =>
  typeof value === "string" && /^\$\{(?:page|pageIndex|offset|cursor)\?\}$/.test(value);

function mappingFor({ call, response }: Found): Mapping {
  const { tool, statuses, pageSize } = call;
  const args = Object.entries(call.arguments).filter(
    ([, value]) => value !== "${cursor?}" || response.map.cursor !== undefined,
  );
  const list: ListCall = {
    tool,
    arguments: Object.fromEntries(args),
    ...response.map,
    ...(statuses.length > 0 && { statuses }),
    ...(pageSize !== null && { pageSize }),
  };
  return { list };
}

const shown = (value: unknown): string =>
  typeof value === "string" ? value : JSON.stringify(value);

const asked = ["status", "priority", "due", "assignees", "dependencies"];

function linesOf({ call, response }: Found, { list }: Mapping): GuessLine[] {
  const { kind, place, fields, others } = response;
  const args = Object.entries(list.arguments ?? {});
  const pages = args.filter(([, value]) => isPageTemplate(value)).map(([name]) => name);
  const named = args.filter(([, value]) => !isPageTemplate(value));
  const isAsked = (field: string): boolean => field === "status" && call.statuses.length > 0;
  const unfound = asked.filter(
    (field) => !isAsked(field) && fields.every(([name]) => name !== field),
  );
  const lines: [what: string, is: readonly string[], between?: string][] = [
    ["tool", [call.tool]],
    ["arguments", named.map(([name, value]) => `${name}=${shown(value)}`)],
    ["pages", pages],
    ["statuses", call.statuses],
    ["list", [place]],
    ...fields.map(([name, from]): [string, string[]] => [name, [from]]),
    ["fields", kind === "empty" ? ["by their usual names, since the list is empty"] : []],
    ["not found", kind === "empty" ? [] : unfound],
    ["not read", others],
  ];
  return lines.flatMap(([what, is]) => (is.length === 0 ? [] : { what, is: is.join(", ") }));
}

/** Guesses how the server lists tasks. Calls only tools that look like a list and do not look as if they write. */
export async function guessMapping(request: GuessRequest): Promise<Guessed> {
  const { connection, scope, given, only } = request;
  const listed = listingTools(await connection.listTools(), connection.serverName);
  const tools = only === undefined ? listed : listed.filter(({ name }) => name === only);
  const known: Record<string, string> = { ...readRemoteName(scope.path) };
  const tried: TriedCall[] = [];
  let found: Found | null = null;
  for (const tool of tools.slice(0, maxTools)) {
    const call = guessCall(tool, given, known);
    // oxlint-disable-next-line no-await-in-loop -- the likeliest first, until one has tasks
    const one = (await askTool(request, call, tried)) ?? (await askUnpaged(request, call, tried));
    if (found === null || one?.response.kind === "tasks") found = one ?? found;
    if (found?.response.kind === "tasks") break;
  }
  if (found === null) return { guess: null, tried };
  const mapping = mappingFor(found);
  const args = mapping.list.arguments ?? {};
  const used = Object.keys(given).filter((name) => Object.hasOwn(args, name));
  return { guess: { mapping, lines: linesOf(found, mapping), used }, tried };
}
