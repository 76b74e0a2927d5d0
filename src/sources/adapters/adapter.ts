// Chooses the adapter that speaks what a server speaks: for the sources of the configuration and for the library's
// clients, which differ in how a call is sent.

import type { SourceType, TaskSource } from "../../core/ports.ts";
import { createManageTaskSource } from "./manage-task.ts";
import type { ManageTaskDeps } from "./manage-task.ts";
import { createMapper } from "../mapping/mapper.ts";
import type { Mapping } from "../mapping/mapping.ts";
import { createMcpSource } from "./mcp.ts";
import type { CallTool } from "./mcp.ts";
import type { RestSourceDeps } from "./rest.ts";
import { actOverMcp, actOverRest } from "./send.ts";
import { createTaskTrackingSource } from "./task-tracking.ts";
import type { ProjectNameOf } from "./task-tracking.ts";
import { createTicketSource } from "./tickets.ts";

/** For what a mapping does with one answer. */
const mappingMs = 5000;

export interface RestAdapterDeps extends RestSourceDeps {
  projectNameOf: ProjectNameOf;
}

/** A service over REST: `tickets`, `task-tracking`, else `manage-task`. Takes over what `close` holds. */
export function createRestAdapter(
  type: SourceType | undefined,
  { projectNameOf, ...deps }: RestAdapterDeps,
): TaskSource {
  if (type === "tickets") return createTicketSource(deps);
  if (type === "task-tracking") return createTaskTrackingSource(deps, projectNameOf);
  return createManageTaskSource({ ...deps, act: actOverRest(deps.send) });
}

export interface McpAdapterDeps extends Omit<ManageTaskDeps, "act"> {
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
