import type { CallToolResult } from "@modelcontextprotocol/server";
import type { ToolGroup } from "../../config/schema.ts";
import { cleanText } from "../../core/quote.ts";
import { readObject, type JsonObject } from "../../core/read.ts";
import { SitrepError } from "../../core/errors.ts";
import { modelBlock, modelContent, modelData } from "../../state/output/model.ts";
import type { ToolCallRecord } from "../observe/observer.ts";
import { mayUse, type Principal } from "../principal.ts";
import { createRefusal, refusalResult } from "./refusal.ts";
import { isListed, type Tool, type ToolOutput, type ToolUse } from "./tool.ts";

export interface ToolRequest {
  readonly tool: string;
  readonly principal: Principal;
  readonly kind: "read" | "write";
  readonly args: JsonObject;
}

export type ToolMiddleware = (
  call: ToolRequest,
  run: () => Promise<CallToolResult>,
) => Promise<CallToolResult>;

export interface RunDeps {
  readonly principal: Principal;
  /** Absent: all are listed and can be called. */
  readonly tools?: readonly ToolGroup[] | undefined;
  readonly observe: (call: ToolCallRecord) => void;
  readonly middleware: ToolMiddleware;
}

const recorded = ["project_id", "task_id", "status", "artifact_type", "count"];
const maxValueLength = 100;

function valuesOf(args: JsonObject): Record<string, string | number> {
  const values: Record<string, string | number> = {};
  for (const name of recorded) {
    const value = args[name];
    if (typeof value === "number") values[name] = value;
    if (typeof value === "string") values[name] = cleanText(value, maxValueLength);
  }
  return values;
}

/** Unknown parameters are only counted: their names are the caller's own text. */
function parametersOf(tool: Tool, args: JsonObject): string[] {
  const schema = tool.input["~standard"].jsonSchema.input({ target: "draft-2020-12" });
  const known = Object.keys((schema["properties"] ?? {}) as object);
  const given = Object.keys(args);
  const strange = given.filter((name) => !known.includes(name)).length;
  const names = given.filter((name) => known.includes(name));
  return strange === 0 ? names : [...names, `${strange} unknown`];
}

function resultOf({ structured, bare, text, more = [] }: ToolOutput): CallToolResult {
  if (text !== undefined) {
    return { content: [modelBlock(text), ...more], structuredContent: modelData(structured) };
  }
  const response = modelContent(structured, bare);
  return { ...response, content: [...response.content, ...more] };
}

const switchedOff = ({ name, group }: Tool): SitrepError =>
  new SitrepError(
    "not-supported",
    `${name} is switched off. A person can start this server with --tools ${group} or SITREP_TOOLS=${group}, or, for ` +
      `"sitrep mcp", set "tools": ["${group}"] in config.json`,
  );

/** Never throws: an error is a refusal. */
export async function runTool(
  tool: Tool,
  rawArgs: unknown,
  use: ToolUse,
  deps: RunDeps,
): Promise<CallToolResult> {
  const { principal, tools, observe, middleware } = deps;
  const args = readObject(rawArgs) ?? {};
  const kind = tool.annotations.readOnlyHint === true ? "read" : "write";
  const started = performance.now();
  const record = (status: number | null, code: string | null): void => {
    const durationMs = performance.now() - started;
    const [parameters, values] = [parametersOf(tool, args), valuesOf(args)];
    observe({ tool: tool.name, principal, status, code, durationMs, parameters, values });
  };
  const call = { tool: tool.name, principal, kind, args } as const;
  try {
    if (!mayUse(principal, tool.name)) {
      throw new SitrepError("permission-denied", `You are not allowed to use ${tool.name}`);
    }
    if (!isListed(tools, tool)) throw switchedOff(tool);
    const result = await middleware(call, async () => resultOf(await tool.call(rawArgs, use)));
    record(200, null);
    return result;
  } catch (error) {
    const refusal = createRefusal(tool, error);
    record(refusal.status, refusal.code);
    return refusalResult(refusal);
  }
}
