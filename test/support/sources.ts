// Every adapter, wired to a real task server on loopback.

import { onTestFinished } from "vitest";
import type { TaskSource } from "../../src/core/ports.ts";
import type { NewTask } from "../../src/core/task.ts";
import { connectMcp } from "../../src/mcp/connect.ts";
import { createHttpClient } from "../../src/resilience/http.ts";
import type { Policy } from "../../src/resilience/policy.ts";
import { createManageTaskSource } from "../../src/sources/manage-task.ts";
import { createMapper } from "../../src/sources/mapping/mapper.ts";
import { createMcpSource } from "../../src/sources/mcp.ts";
import { fourgenthub } from "../../src/sources/presets/fourgenthub.ts";
import { actOverMcp, actOverRest, createSend } from "../../src/sources/send.ts";
import { createTaskTrackingSource } from "../../src/sources/task-tracking.ts";
import { createTicketSource } from "../../src/sources/tickets.ts";
import { startTaskServer } from "./task-server.ts";
import type { TaskServer } from "./task-server.ts";

/** One try and nothing else: the policy has its own tests. */
const oneTry: Pick<Policy, "run"> = {
  run: ({ attempt, signal }) => attempt(signal ?? AbortSignal.timeout(60_000)),
};

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
  const http = createHttpClient({ name: "server" });
  const send = createSend({
    http,
    policy: oneTry,
    url: server.origin,
    headers: async () => headers,
    timeoutMs: 5000,
  });
  return { send, close: () => http[Symbol.asyncDispose]() };
}

export const taskTracking = (settings: Settings = {}, headers?: Settings): Promise<ServedSource> =>
  served(false, (server) =>
    createTaskTrackingSource(
      { ...named(server), ...sender(server, headers), settings },
      ({ path }) => path,
    ),
  );

export const tickets = (settings: Settings = {}, headers?: Settings): Promise<ServedSource> =>
  served(true, (server) =>
    createTicketSource({ ...named(server), ...sender(server, headers), settings }),
  );

export const manageTask = (settings: Settings = {}): Promise<ServedSource> =>
  served(true, (server) => {
    const { send, close } = sender(server);
    return createManageTaskSource({ ...named(server), settings, act: actOverRest(send), close });
  });

const connectTo = (server: TaskServer) =>
  connectMcp(
    { transport: "http", url: server.url },
    { name: "server", connectTimeoutMs: 10_000, requestTimeoutMs: 10_000 },
  );

export const manageTaskTool = (settings: Settings = {}): Promise<ServedSource> =>
  served(true, async (server) => {
    const connection = await connectTo(server);
    const close = () => connection[Symbol.asyncDispose]();
    const act = actOverMcp("server", (_, tool, args, signal) =>
      connection.callTool(tool, args, { signal }),
    );
    return createManageTaskSource({ ...named(server), settings, act, close });
  });

export const mapped = (settings: Settings = {}): Promise<ServedSource> =>
  served(true, async (server) => {
    const connection = await connectTo(server);
    return createMcpSource({
      ...named(server),
      mapping: fourgenthub.mapping,
      settings,
      callTool: (_, tool, args, signal) => connection.callTool(tool, args, { signal }),
      mapper: createMapper({ name: "server", timeoutMs: 10_000 }),
      close: () => connection[Symbol.asyncDispose](),
    });
  });
