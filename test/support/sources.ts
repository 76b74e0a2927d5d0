// Connects every adapter to a real task server on loopback.

import { onTestFinished } from "vitest";
import type { SourceType, TaskSource } from "../../src/core/ports.ts";
import type { NewTask } from "../../src/core/task/task.ts";
import { connectMcp } from "./mcp/connect.ts";
import { createServerAddress } from "../../src/client/server-options.ts";
import { createMcpAdapter, createRestAdapter } from "../../src/sources/open-server.ts";
import { createMapper } from "../../src/sources/mapping/mapper.ts";
import { toolMapping, type HttpMapping } from "../../src/core/mapping/http-mapping.ts";
import { createJsonSource } from "../../src/sources/adapters/json.ts";
import { createMcpSource } from "../../src/sources/adapters/mcp.ts";
import type { ToolCall } from "../../src/core/mapping/mapping.ts";
import { fourgenthub } from "../../src/sources/presets/fourgenthub.ts";
import { openRestCaller } from "../../src/sources/rest-caller.ts";
import { startTaskServer } from "./task-server.ts";
import type { TaskServer } from "./task-server.ts";

export interface ServedSource {
  source: TaskSource;
  server: TaskServer;
  add: (project: string, tasks: readonly NewTask[]) => Promise<unknown>;
  hasOneProject: boolean;
}

type Settings = Readonly<Record<string, string>>;

async function served(
  hasOneProject: boolean,
  build: (server: TaskServer) => Promise<TaskSource> | TaskSource,
): Promise<ServedSource> {
  const server = await startTaskServer();
  const source = await build(server);
  onTestFinished(() => source[Symbol.asyncDispose]());
  return { source, server, add: server.add, hasOneProject };
}

const named = (server: TaskServer) => ({ name: "server", origin: server.origin, subject: "" });

function sender(server: TaskServer, headers: Settings = {}) {
  // `basic` makes only one attempt: the policy has its own tests.
  const options = { name: "server", url: server.origin, headers, profile: "basic" } as const;
  const rest = openRestCaller(createServerAddress(options));
  return { ...rest, close: () => rest[Symbol.asyncDispose]() };
}

/** Converts a tool call to the request of the REST service. */
const asRequest = ({ tool, arguments: body, ...response }: ToolCall) => ({
  ...response,
  method: "POST" as const,
  path: `/mcp/${tool}`,
  body,
});

type ServeSource = (settings?: Settings, headers?: Settings) => Promise<ServedSource>;

const overRest =
  (type: SourceType, hasOneProject: boolean): ServeSource =>
  (settings = {}, headers) =>
    served(hasOneProject, (server) =>
      createRestAdapter(type, {
        ...named(server),
        ...sender(server, headers),
        settings,
        projectNameOf: ({ path }) => path,
      }),
    );

export const taskTracking: ServeSource = overRest("task-tracking", false);
export const tickets: ServeSource = overRest("tickets", true);
export const manageTask: ServeSource = overRest("manage-task", true);

const connectTo = (server: TaskServer) =>
  connectMcp(
    { transport: "http", url: server.url },
    { name: "server", connectTimeoutMs: 10_000, requestTimeoutMs: 10_000 },
  );

export const manageTaskTool = (settings: Settings = {}): Promise<ServedSource> =>
  served(true, async (server) => {
    const connection = await connectTo(server);
    return createMcpAdapter(null, {
      name: "server",
      origin: server.origin,
      subject: "",
      settings,
      callTool: (_, tool, args, signal) => connection.callTool(tool, args, { signal }),
      close: () => connection[Symbol.asyncDispose](),
    });
  });

export const mapped = (settings: Settings = {}): Promise<ServedSource> =>
  served(true, async (server) => {
    const connection = await connectTo(server);
    return createMcpSource({
      ...named(server),
      mapping: fourgenthub.mapping,
      settings,
      callTool: (_, tool, args, signal) => connection.callTool(tool, args, { signal }),
      mapper: createMapper("server", 10_000),
      close: () => connection[Symbol.asyncDispose](),
    });
  });

/** A source with the same mapping, but with a request for each tool. */
export const requests: ServeSource = (settings = {}) =>
  served(true, (server) => {
    const { statusWords = {}, ...calls } = fourgenthub.mapping;
    const entries = Object.entries(calls).map(([name, call]) => [
      name,
      asRequest(call as ToolCall),
    ]);
    const http = { ...(Object.fromEntries(entries) as HttpMapping), statusWords };
    return createJsonSource({
      ...named(server),
      ...sender(server),
      mapping: toolMapping(http),
      settings,
      headers: {},
      hints: {},
      kept: new Map(),
      mapper: createMapper("server", 10_000),
    });
  });
