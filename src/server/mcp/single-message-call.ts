// A tool call answered by one message bypasses the SDK, whose server costs more than most tools.

import type { IncomingHttpHeaders } from "node:http";
import {
  isJsonContentType,
  SUPPORTED_PROTOCOL_VERSIONS,
  type CallToolResult,
} from "@modelcontextprotocol/server";
import * as z from "zod";
import type { Principal } from "../principal.ts";

export interface SingleMessageCall {
  readonly id: string | number;
  readonly name: string;
  readonly args: unknown;
  readonly wantsProgress: boolean;
}

/** Runs a tool; null if there is none of this name, or if it has progress to report. */
export type RunSingleCall = (
  principal: Principal,
  call: SingleMessageCall,
  signal: AbortSignal,
) => Promise<CallToolResult> | null;

const fields = z.record(z.string(), z.unknown()).default({});

/** The newest revision puts names with this prefix into `_meta`. */
const ofNewest = "io.modelcontextprotocol/";

const Call = z.strictObject({
  jsonrpc: z.literal("2.0"),
  id: z.union([z.string(), z.int()]),
  method: z.literal("tools/call"),
  params: z.strictObject({
    name: z.string(),
    arguments: fields,
    _meta: fields.refine((meta) => !Object.keys(meta).some((name) => name.startsWith(ofNewest))),
  }),
});

const takesResponse = ({ accept = "", "content-type": type = "" }: IncomingHttpHeaders): boolean =>
  accept.includes("application/json") &&
  accept.includes("text/event-stream") &&
  isJsonContentType(type);

/** Null for any other message, and for a call that asks for more than its tool's result. */
export function parseSingleMessageCall(
  headers: IncomingHttpHeaders,
  body: unknown,
): SingleMessageCall | null {
  const version = headers["mcp-protocol-version"];
  const isEarlier = version === undefined || SUPPORTED_PROTOCOL_VERSIONS.includes(String(version));
  if (!isEarlier || !takesResponse(headers)) return null;
  const read = Call.safeParse(body);
  if (!read.success) return null;
  const { name, arguments: args, _meta: meta } = read.data.params;
  return { id: read.data.id, name, args, wantsProgress: meta["progressToken"] !== undefined };
}
