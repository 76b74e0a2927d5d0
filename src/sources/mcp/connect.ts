// Connects to an MCP server and makes its calls: each under one deadline, over a session that is renewed once when lost.

import type { RequestOptions } from "@modelcontextprotocol/client";
import { startDeadline } from "../../http/deadline.ts";
import { contentsOf, messagesOf, promptOf, resourceOf, toolResultOf, toolOf } from "./answers.ts";
import type { CallOptions, ConnectOptions, McpConnection, McpTarget } from "./connection.ts";
import { callFailure, statusOf } from "./failures.ts";
import { duringCall } from "../../http/guarded-fetch.ts";
import { startConnectionManager, type ConnectionManager } from "./connection-manager.ts";
import type { Session } from "./session.ts";

/** How much longer a call may take that reports progress. */
const progressFactor = 10;

/** Statuses that say of a session that the server no longer has it; the call was not looked at. */
const isSessionLost = (session: Session, error: unknown): boolean =>
  session.isStateful && [400, 404].includes(statusOf(error) ?? 0);

type Call<T> = (session: Session, request: RequestOptions) => Promise<T>;

type Kind = "tools" | "resources" | "prompts";

/** The word of a change can be lost with its stream. */
const longestMs = 300_000;

/** Lists that a server has promised to call out when they change. Others are asked for each time. */
function createListCache(manager: ConnectionManager) {
  const kept = new Map<Kind, { at: number; list: readonly unknown[] }>();
  // A change that comes while a list is on its way must not be overwritten by that list.
  let changes = 0;
  const forget = (kind: Kind): void => {
    changes += 1;
    kept.delete(kind);
  };
  manager.listeners.on("listChanged", forget);
  manager.listeners.on("disconnected", () => kept.clear());
  const isAnnounced = (kind: Kind): boolean =>
    manager.lastSession().client.getServerCapabilities()?.[kind]?.listChanged === true;

  return async <T>(kind: Kind, fetch: () => Promise<readonly T[]>): Promise<readonly T[]> => {
    const known = kept.get(kind);
    if (known !== undefined && performance.now() - known.at < longestMs) {
      return known.list as readonly T[];
    }
    const before = changes;
    const list = await fetch();
    if (isAnnounced(kind) && before === changes) kept.set(kind, { at: performance.now(), list });
    return list;
  };
}

/** Connects and agrees on a protocol revision. Throws `SourceError`, also `source-not-started` for stdio. */
export async function connectMcp(
  target: McpTarget,
  options: ConnectOptions,
): Promise<McpConnection> {
  const manager = await startConnectionManager(target, options);
  const { name } = options;

  async function attempt<T>(session: Session, call: Call<T>, request: RequestOptions): Promise<T> {
    try {
      return await call(session, request);
    } catch (error) {
      if (isSessionLost(session, error)) {
        await manager.drop(session);
        return call(await manager.session(request.signal), request);
      }
      throw error;
    }
  }

  async function make<T>(options_: CallOptions | undefined, call: Call<T>): Promise<T> {
    const { onProgress, timeoutMs = options.requestTimeoutMs, signal } = options_ ?? {};
    const totalMs = onProgress === undefined ? timeoutMs : timeoutMs * progressFactor;
    const deadline = startDeadline(name, totalMs, signal);
    let session: Session | null = null;
    try {
      signal?.throwIfAborted();
      session = await manager.session(deadline.signal);
      const request: RequestOptions = {
        timeout: timeoutMs,
        signal: deadline.signal,
        ...(onProgress === undefined
          ? {}
          : {
              resetTimeoutOnProgress: true,
              onprogress: ({ progress, total, message }) =>
                onProgress({ progress, total: total ?? null, message: message ?? null }),
            }),
      };
      const used = session;
      return await duringCall(deadline.signal, () => attempt(used, call, request));
    } catch (error) {
      throw deadline.failure() ?? session?.failureOf(error) ?? callFailure(name, error, null);
    }
  }

  const cached = createListCache(manager);
  const list = <T>(
    kind: Kind,
    options_: CallOptions | undefined,
    ask: (client: Session["client"], request: RequestOptions) => Promise<T[]>,
  ): Promise<readonly T[]> =>
    cached(kind, () =>
      make(options_, async ({ client }, request) =>
        // Without the capability the SDK answers itself, and says so on standard output.
        client.getServerCapabilities()?.[kind] === undefined ? [] : ask(client, request),
      ),
    );
  return {
    get serverName() {
      return manager.lastSession().client.getServerVersion()?.name ?? "";
    },
    get serverVersion() {
      return manager.lastSession().client.getServerVersion()?.version ?? "";
    },
    get protocolVersion() {
      return manager.lastSession().protocolVersion;
    },
    get state() {
      return manager.state;
    },
    get counters() {
      return manager.counters;
    },
    listTools: (call) =>
      list("tools", call, async (client, request) =>
        (await client.listTools(undefined, request)).tools.map(toolOf),
      ),
    callTool: (tool, args, call) =>
      make(call, async ({ client, isModern }, request) => {
        const loosely = { name: tool, inputSchema: { type: "object" as const } };
        const result = await client.callTool(
          { name: tool, arguments: { ...args } },
          // A definition of ours keeps the SDK from holding the answer against the server's own schema.
          isModern ? request : { ...request, toolDefinition: loosely },
        );
        return toolResultOf(result);
      }),
    listResources: (call) =>
      list("resources", call, async (client, request) =>
        (await client.listResources(undefined, request)).resources.map(resourceOf),
      ),
    readResource: (uri, call) =>
      make(call, async ({ client }, request) =>
        contentsOf(await client.readResource({ uri }, { ...request, cacheMode: "bypass" })),
      ),
    listPrompts: (call) =>
      list("prompts", call, async (client, request) =>
        (await client.listPrompts(undefined, request)).prompts.map(promptOf),
      ),
    getPrompt: (prompt, args, call) =>
      make(call, async ({ client }, request) =>
        messagesOf(await client.getPrompt({ name: prompt, arguments: { ...args } }, request)),
      ),
    ping: async (call) => {
      const started = performance.now();
      await make(call, ({ client, isModern }, request) =>
        // 2026-07-28 took `ping` out; asking who is there does the same.
        isModern ? client.discover(request) : client.ping(request),
      );
      return performance.now() - started;
    },
    on: manager.listeners.on,
    waitForConnection: (ms = 10_000) => manager.waitForConnection(ms),
    [Symbol.asyncDispose]: () => manager[Symbol.asyncDispose](),
  };
}
