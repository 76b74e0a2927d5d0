// Nothing is contacted or started before the first call.

import type { Mapping } from "../core/mapping/mapping.ts";
import type { ProjectScope, SourceType, TaskSource } from "../core/ports.ts";
import { SourceError } from "../core/source-error.ts";
import { requireSuccess, sampleOf, valuesOf } from "../core/mapping/tool-answer.ts";
import { projectNameOf } from "../git/remote.ts";
import { createManageTaskSource, type Act } from "./adapters/manage-task.ts";
import { createMcpSource, type CallTool } from "./adapters/mcp.ts";
import type { AdapterDeps, RestSourceDeps, SendCall } from "./adapters/rest.ts";
import { createTaskTrackingSource } from "./adapters/task-tracking.ts";
import { createTicketSource } from "./adapters/tickets.ts";
import { createMapper } from "./mapping/mapper.ts";
import { mappingOf } from "./mapping/mapping-of.ts";
import type { McpConnection } from "./mcp/connection.ts";
import { openMcpServer } from "./mcp-server.ts";
import { openRestServer, type RestServer } from "./rest-server.ts";
import { speaksMcp, type ServerAddress } from "./server-address.ts";

const mappingMs = 5000;

/** Tools such as `manage_task` over REST: `POST /mcp/manage_task`. */
const actOverRest =
  (send: SendCall): Act =>
  (kind, tool, args, signal) =>
    send({ kind, method: "POST", path: `/mcp/${tool}`, body: args }, signal);

/** The same as tools of an MCP server, whose answer is structured or in a text block. */
function actOverMcp(name: string, callTool: CallTool): Act {
  return async (kind, tool, args, signal) => {
    const answer = await callTool(kind, tool, args, signal);
    requireSuccess(`${name}: ${tool}`, answer);
    const [value] = valuesOf(answer);
    if (value !== undefined) return value;
    throw new SourceError(
      "source-invalid-answer",
      `${name}: ${tool} did not return JSON. It begins: ${sampleOf(answer)}`,
    );
  };
}

/** A service over REST: `tickets`, `task-tracking`, else `manage-task`. Disposing of the source calls `close`. */
export function createRestAdapter(type: SourceType | undefined, deps: RestSourceDeps): TaskSource {
  if (type === "tickets") return createTicketSource(deps);
  if (type === "task-tracking") return createTaskTrackingSource(deps);
  return createManageTaskSource({ ...deps, act: actOverRest(deps.send) });
}

/** An MCP server: by a mapping, else (null) by its tool `manage_task`. Disposing of the source calls `close`. */
export function createMcpAdapter(
  mapping: Mapping | null,
  { callTool, ...deps }: AdapterDeps & { callTool: CallTool },
): TaskSource {
  const { name } = deps;
  if (mapping === null) return createManageTaskSource({ ...deps, act: actOverMcp(name, callTool) });
  const mapper = createMapper(name, mappingMs);
  return createMcpSource({ ...deps, mapping, callTool, mapper });
}

/** `request` throws `source-failed` for an MCP server. */
export interface OpenedServer extends Omit<RestServer, "send" | "ask"> {
  readonly source: TaskSource;
  readonly connection: McpConnection | null;
  ofBranch(branchId: string): TaskSource;
  /** Asks whether the server is there and lets us in, past the cache and the breaker. */
  check(signal: AbortSignal): Promise<void>;
}

type Settings = Readonly<Record<string, string>>;

function openRest(server: ServerAddress, scope: ProjectScope): OpenedServer {
  const { type, settings } = server;
  const rest = openRestServer(server);
  const close = () => rest[Symbol.asyncDispose]();
  const adapt = (send: SendCall, own: Settings): TaskSource =>
    createRestAdapter(type, { ...namesOf(server), settings: own, send, projectNameOf, close });
  const asking = adapt(rest.ask, settings);
  return {
    source: adapt(rest.send, settings),
    get state() {
      return rest.state;
    },
    connection: null,
    ofBranch: (branchId) => adapt(rest.send, { ...settings, branchId }),
    request: rest.request,
    on: rest.on,
    check: async (signal) => {
      await (asking.check?.(scope, signal) ?? asking.listOpen(scope, signal));
    },
    metrics: rest.metrics,
    connections: rest.connections,
    [Symbol.asyncDispose]: close,
  };
}

function openMcp(server: ServerAddress, scope: ProjectScope): OpenedServer {
  const { name, type, settings } = server;
  const mapped = type === "mcp" ? mappingOf(server, scope.path) : { mapping: null, settings };
  const mcp = openMcpServer(server);
  const { connection, policy } = mcp;
  const callTool: CallTool = (kind, tool, args, signal) =>
    mcp.call({
      key: ["tools/call", tool, args],
      kind,
      signal,
      work: (made, attempt) => made.callTool(tool, args, { signal: attempt }),
    });
  const close = () => mcp[Symbol.asyncDispose]();
  const adapt = (own: Settings): TaskSource =>
    createMcpAdapter(mapped.mapping, { ...namesOf(server), settings: own, callTool, close });
  const source = adapt(mapped.settings);
  return {
    source,
    get state() {
      return connection.state;
    },
    connection,
    ofBranch: (branchId) => (type === "mcp" ? source : adapt({ ...settings, branchId })),
    request: () =>
      Promise.reject(
        new SourceError("source-failed", `${name} is an MCP server; makeRequest is for REST.`, {
          hint: "Use createMcpClient and its callTool.",
          isUnsent: true,
        }),
      ),
    on: connection.on,
    check: mcp.check,
    metrics: policy.metrics,
    connections: () => ({ reused: 0, opened: 0 }),
    [Symbol.asyncDispose]: () => Promise.resolve(source[Symbol.asyncDispose]()),
  };
}

const namesOf = ({ name, origin, subject }: ServerAddress) => ({
  name,
  origin,
  subject: subject(),
});

/** Throws `config-invalid` if it cannot work. */
export function openServer(server: ServerAddress, scope: ProjectScope): OpenedServer {
  try {
    return speaksMcp(server) ? openMcp(server, scope) : openRest(server, scope);
  } catch (error) {
    server.close?.();
    throw error;
  }
}
