// A call of a tool that is answered by one message, as clients of the earlier revisions send it: it needs nothing of the
// SDK's server, which is made for each request and costs more than most tools. What is not plainly such a call is the SDK's.

import type { IncomingHttpHeaders } from "node:http";
import {
  isJsonContentType,
  SUPPORTED_PROTOCOL_VERSIONS,
  type CallToolResult,
} from "@modelcontextprotocol/server";
import type { Principal } from "../principal.ts";

/** Runs a tool; null where there is none of this name, or it has progress to tell. */
export type CallTool = (
  principal: Principal,
  call: WholeCall,
  signal: AbortSignal,
) => Promise<CallToolResult> | null;

export interface WholeCall {
  readonly id: string | number;
  readonly name: string;
  readonly args: unknown;
  /** True where the client wants to hear how far it is. */
  readonly wantsProgress: boolean;
}

type Fields = Partial<Record<string, unknown>>;

const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const hasOnly = (value: Fields, names: readonly string[]): boolean =>
  Object.keys(value).every((name) => names.includes(name));

const takesAnswer = ({ accept = "", "content-type": type = "" }: IncomingHttpHeaders): boolean =>
  accept.includes("application/json") &&
  accept.includes("text/event-stream") &&
  isJsonContentType(type);

/** What the newest revision says of a request has names that begin so. */
const ofProtocol = "io.modelcontextprotocol/";

/** Null for what is no such call, or asks for more than that its tool is run. */
export function wholeCallIn(headers: IncomingHttpHeaders, body: unknown): WholeCall | null {
  const version = headers["mcp-protocol-version"];
  const isEarlier = version === undefined || SUPPORTED_PROTOCOL_VERSIONS.includes(String(version));
  if (!isEarlier || !takesAnswer(headers)) return null;
  if (!isObject(body) || !hasOnly(body, ["jsonrpc", "id", "method", "params"])) return null;
  const { jsonrpc, id, method, params } = body;
  if (jsonrpc !== "2.0" || method !== "tools/call") return null;
  if (typeof id !== "string" && !Number.isSafeInteger(id)) return null;
  if (!isObject(params) || !hasOnly(params, ["name", "arguments", "_meta"])) return null;
  const { name, arguments: args = {}, _meta: meta = {} } = params;
  if (typeof name !== "string" || !isObject(args) || !isObject(meta)) return null;
  if (Object.keys(meta).some((key) => key.startsWith(ofProtocol))) return null;
  const wantsProgress = meta["progressToken"] !== undefined;
  return { id: id as string | number, name, args, wantsProgress };
}
