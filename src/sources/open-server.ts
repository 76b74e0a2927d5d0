// Opens a server of tasks. Nothing is contacted or started before the first call.

import type { Mapping } from "../core/mapping/mapping.ts";
import type { ProjectScope, SourceType, TaskSource } from "../core/ports.ts";
import { defined } from "../core/read.ts";
import { SourceError } from "../core/source-error.ts";
import { requireSuccess, responseSample, responseValues } from "../core/mapping/tool-response.ts";
import { readProjectName } from "../git/remote.ts";
import { createManageTaskSource, type CallManageTask } from "./adapters/manage-task.ts";
import { createMcpSource, type CallTool } from "./adapters/mcp.ts";
import { createJsonSource, type PageCache } from "./adapters/json.ts";
import type {
  AdapterDeps,
  ExchangeCall,
  RestSourceDeps,
  SendCall,
} from "./adapters/rest-responses.ts";
import { createTaskTrackingSource } from "./adapters/task-tracking.ts";
import { createTicketSource } from "./adapters/tickets.ts";
import { findHttpMapping } from "./mapping/find-http-mapping.ts";
import { createMapper } from "./mapping/mapper.ts";
import { findMapping } from "./mapping/find-mapping.ts";
import type { McpConnection } from "./mcp/mcp-connection.ts";
import { openMcpCaller } from "./mcp-caller.ts";
import { pullRequestsOf } from "./pull-requests/readers.ts";
import { openRestCaller, type RestCaller } from "./rest-caller.ts";
import { speaksMcp, type ServerAddress } from "./server-address.ts";

const mappingMs = 5000;

/** Tools such as `manage_task` over REST: `POST /mcp/manage_task`. */
const actOverRest =
  (send: SendCall): CallManageTask =>
  (kind, tool, args, signal) =>
    send({ kind, method: "POST", path: `/mcp/${tool}`, body: args }, signal);

/** The same calls as tools of an MCP server, whose responses are structured or in a text block. */
function actOverMcp(name: string, callTool: CallTool): CallManageTask {
  return async (kind, tool, args, signal) => {
    const response = await callTool(kind, tool, args, signal);
    requireSuccess(`${name}: ${tool}`, response);
    const [value] = responseValues(response);
    if (value !== undefined) return value;
    throw new SourceError(
      "source-invalid-response",
      `${name}: ${tool} did not return JSON. It begins: ${responseSample(response)}`,
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
export interface OpenedServer extends Omit<RestCaller, "send" | "ask" | "exchange" | "askWhole"> {
  readonly source: TaskSource;
  readonly connection: McpConnection | null;
  ofBranch(branchId: string): TaskSource;
  /** Asks whether the server is there and lets us in, past the cache and the breaker. */
  check(signal: AbortSignal): Promise<void>;
}

type Settings = Readonly<Record<string, string>>;

/** Its sources share their pages, so that an unchanged page is read once. */
function adaptJson(server: ServerAddress, scope: ProjectScope, close: AdapterDeps["close"]) {
  const { name } = server;
  const found = findHttpMapping(server, scope.path);
  const kept: PageCache = new Map();
  return (exchange: ExchangeCall): TaskSource => {
    const mapper = createMapper(name, mappingMs);
    const source = createJsonSource({
      ...namesOf(server),
      ...found,
      exchange,
      kept,
      mapper,
      close,
    });
    const pullRequest = pullRequestsOf(server, found.headers, exchange);
    return { ...source, ...defined({ pullRequest }) };
  };
}

/** Sources over one service: for tasks, for a check, and for one branch. */
function sourcesOver(rest: RestCaller, server: ServerAddress, scope: ProjectScope) {
  const { type, settings } = server;
  const close = () => rest[Symbol.asyncDispose]();
  if (type === "json") {
    const adapt = adaptJson(server, scope, close);
    const source = adapt(rest.exchange);
    return { source, asking: adapt(rest.askWhole), ofBranch: () => source };
  }
  const adapt = (send: SendCall, own: Settings): TaskSource =>
    createRestAdapter(type, {
      ...namesOf(server),
      settings: own,
      send,
      projectNameOf: readProjectName,
      close,
    });
  return {
    source: adapt(rest.send, settings),
    asking: adapt(rest.ask, settings),
    ofBranch: (branchId: string) => adapt(rest.send, { ...settings, branchId }),
  };
}

function openRest(server: ServerAddress, scope: ProjectScope): OpenedServer {
  const rest = openRestCaller(server, { keepsErrorBody: server.type === "json" });
  const { source, asking, ofBranch } = sourcesOver(rest, server, scope);
  return {
    source,
    get state() {
      return rest.state;
    },
    connection: null,
    ofBranch,
    request: rest.request,
    on: rest.on,
    check: async (signal) => {
      await (asking.check?.(scope, signal) ?? asking.listOpen(scope, signal));
    },
    metrics: rest.metrics,
    connections: rest.connections,
    [Symbol.asyncDispose]: () => rest[Symbol.asyncDispose](),
  };
}

function openMcp(server: ServerAddress, scope: ProjectScope): OpenedServer {
  const { name, type, settings } = server;
  const mapped = type === "mcp" ? findMapping(server, scope.path) : { mapping: null, settings };
  const mcp = openMcpCaller(server);
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
