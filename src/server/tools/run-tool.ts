// Runs one call of a tool: is it allowed, what does it answer or refuse, and what is recorded of it.

import type { CallToolResult } from "@modelcontextprotocol/server";
import { cleanText } from "../../core/quote.ts";
import { SitrepError } from "../../core/errors.ts";
import { SourceError } from "../../core/source-error.ts";
import { modelBlock, modelContent, modelData } from "../../state/output/model.ts";
import type { ToolCallRecord } from "../observe/observer.ts";
import { mayUse, type Principal } from "../principal.ts";
import { ServiceError } from "../backends/service-error.ts";
import { refusalOf, refusalResult } from "./refusal.ts";
import type { Tool, ToolAnswer, ToolUse } from "./tool.ts";

export interface ToolRequest {
  readonly tool: string;
  readonly principal: Principal;
  readonly kind: "read" | "write";
  readonly args: Readonly<Record<string, unknown>>;
}

/** Runs a call that is allowed, or answers it from a cache. */
export type ToolMiddleware = (
  call: ToolRequest,
  run: () => Promise<CallToolResult>,
) => Promise<CallToolResult>;

export interface RunDeps {
  readonly principal: Principal;
  /** Called after every call of a tool, also a refused one. */
  readonly observe: (call: ToolCallRecord) => void;
  readonly middleware: ToolMiddleware;
  /** After a write, also after one that failed and may have happened. */
  readonly onChange: () => void;
}

const writtenDown = ["project_id", "task_id", "status", "artifact_type", "count"];
const longestValue = 100;

function objectOf(args: unknown): Record<string, unknown> {
  return typeof args === "object" && args !== null ? (args as Record<string, unknown>) : {};
}

function valuesOf(args: Record<string, unknown>): Record<string, string | number> {
  const values: Record<string, string | number> = {};
  for (const name of writtenDown) {
    const value = args[name];
    if (typeof value === "number") values[name] = value;
    if (typeof value === "string") values[name] = cleanText(value, longestValue);
  }
  return values;
}

/** Parameters that the tool has; others are counted, since their names are the caller's own text. */
function parametersOf(tool: Tool, args: Record<string, unknown>): string[] {
  const schema = tool.input["~standard"].jsonSchema.input({ target: "draft-2020-12" });
  const known = Object.keys((schema["properties"] ?? {}) as object);
  const given = Object.keys(args);
  const strange = given.filter((name) => !known.includes(name)).length;
  const names = given.filter((name) => known.includes(name));
  return strange === 0 ? names : [...names, `${strange} unknown`];
}

function resultOf({ structured, bare, text, more = [] }: ToolAnswer): CallToolResult {
  if (text !== undefined) {
    return { content: [modelBlock(text), ...more], structuredContent: modelData(structured) };
  }
  const answer = modelContent(structured, bare);
  return { ...answer, content: [...answer.content, ...more] };
}

/** A refusal changed nothing, be it ours or a service's; what else a server has done before it failed is not known. */
function mayHaveHappened(error: unknown): boolean {
  if (error instanceof ServiceError) return !error.isUnsent && (error.status ?? 500) >= 500;
  return !(error instanceof SitrepError) || (error instanceof SourceError && !error.isUnsent);
}

/** Never throws: what goes wrong is a refusal. */
export async function runTool(
  tool: Tool,
  rawArgs: unknown,
  use: ToolUse,
  deps: RunDeps,
): Promise<CallToolResult> {
  const { principal, observe, middleware, onChange } = deps;
  const args = objectOf(rawArgs);
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
      throw new SitrepError("permission-denied", `You may not use ${tool.name}`);
    }
    const result = await middleware(call, async () => {
      try {
        const answer = await tool.call(rawArgs, use);
        if (kind === "write") onChange();
        return resultOf(answer);
      } catch (error) {
        if (kind === "write" && mayHaveHappened(error)) onChange();
        throw error;
      }
    });
    record(200, null);
    return result;
  } catch (error) {
    const refusal = refusalOf(tool, error);
    record(refusal.status, refusal.code);
    return refusalResult(refusal);
  }
}
