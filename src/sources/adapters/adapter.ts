// Chooses the adapter that speaks what a server speaks, and has `manage_task` called over REST or as a tool.

import type { TaskSource } from "../../core/ports.ts";
import { SourceError } from "../../core/source-error.ts";
import type { SourceType } from "../../core/ports.ts";
import { failureIn, sampleOf, valuesOf } from "../../core/tool-answer.ts";
import { createManageTaskSource } from "./manage-task.ts";
import type { Act } from "./manage-task.ts";
import { createMapper } from "../mapping/mapper.ts";
import type { Mapping } from "../../core/mapping.ts";
import { createMcpSource } from "./mcp.ts";
import type { CallTool } from "./mcp.ts";
import type { AdapterDeps, RestSourceDeps, SendCall } from "./rest.ts";
import { createTaskTrackingSource } from "./task-tracking.ts";
import type { ProjectNameOf } from "./task-tracking.ts";
import { createTicketSource } from "./tickets.ts";

/** For what a mapping does with one answer. */
const mappingMs = 5000;

/** `manage_task` and its like over REST: `POST /mcp/manage_task`. */
const actOverRest =
  (send: SendCall): Act =>
  (kind, tool, args, signal) =>
    send({ kind, method: "POST", path: `/mcp/${tool}`, body: args }, signal);

/** The same as tools of an MCP server, which answers in a text block or structured. */
function actOverMcp(name: string, callTool: CallTool): Act {
  return async (kind, tool, args, signal) => {
    const answer = await callTool(kind, tool, args, signal);
    const failure = failureIn(answer);
    if (failure !== null) {
      throw new SourceError("source-failed", `${name}: ${tool} reports: ${failure}`);
    }
    const [value] = valuesOf(answer);
    if (value !== undefined) return value;
    throw new SourceError(
      "source-invalid-answer",
      `${name}: ${tool} answered with no JSON. It begins: ${sampleOf(answer)}`,
    );
  };
}

/** A service over REST: `tickets`, `task-tracking`, else `manage-task`. Takes over what `close` holds. */
export function createRestAdapter(
  type: SourceType | undefined,
  { projectNameOf, ...deps }: RestSourceDeps & { projectNameOf: ProjectNameOf },
): TaskSource {
  if (type === "tickets") return createTicketSource(deps);
  if (type === "task-tracking") return createTaskTrackingSource(deps, projectNameOf);
  return createManageTaskSource({ ...deps, act: actOverRest(deps.send) });
}

export interface McpAdapterDeps extends AdapterDeps {
  /** Null for a server with the tool `manage_task`. */
  mapping: Mapping | null;
  callTool: CallTool;
}

/** An MCP server: by a mapping, else `manage-task`. Takes over what `close` holds. */
export function createMcpAdapter({ mapping, callTool, ...deps }: McpAdapterDeps): TaskSource {
  const { name } = deps;
  if (mapping === null) return createManageTaskSource({ ...deps, act: actOverMcp(name, callTool) });
  const mapper = createMapper({ name, timeoutMs: mappingMs });
  return createMcpSource({ ...deps, mapping, callTool, mapper });
}
