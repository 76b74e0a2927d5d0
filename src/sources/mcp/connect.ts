// Connects to an MCP server and makes its calls: each under one deadline, over a session that is renewed once when lost.

import type { RequestOptions } from "@modelcontextprotocol/client";
import { SourceError } from "../../core/source-error.ts";
import { startDeadline } from "../../http/deadline.ts";
import { contentsOf, messagesOf, promptOf, resourceOf, toolAnswerOf, toolOf } from "./answers.ts";
import type { CallOptions, ConnectOptions, McpConnection, McpTarget } from "./connection.ts";
import { statusOf } from "./failures.ts";
import { duringCall } from "../../http/guarded-fetch.ts";
import { startLife } from "./life.ts";
import { createListCache } from "./list-cache.ts";
import type { Session } from "./session.ts";

/** How much longer a call may take that reports progress. */
const progressFactor = 10;

/** Statuses that say of a session that the server no longer has it; the call was not looked at. */
const isSessionLost = (session: Session, error: unknown): boolean =>
  session.isStateful && [400, 404].includes(statusOf(error) ?? 0);

type Call<T> = (session: Session, request: RequestOptions) => Promise<T>;

/** Connects and agrees on a protocol revision. Throws `SourceError`, also `source-not-started` for stdio. */
export async function connectMcp(
  target: McpTarget,
  options: ConnectOptions,
): Promise<McpConnection> {
  const life = await startLife(target, options);
  const { name } = options;

  async function attempt<T>(session: Session, call: Call<T>, request: RequestOptions): Promise<T> {
    try {
      return await call(session, request);
    } catch (error) {
      if (isSessionLost(session, error)) {
        await life.drop(session);
        return call(await life.session(request.signal), request);
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
      session = await life.session(deadline.signal);
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
      throw deadline.failure() ?? session?.failureOf(error) ?? asSourceError(name, error);
    }
  }

  const lists = createListCache(life);
  return {
    get serverName() {
      return life.lastSession().client.getServerVersion()?.name ?? "";
    },
    get serverVersion() {
      return life.lastSession().client.getServerVersion()?.version ?? "";
    },
    get protocolVersion() {
      return life.lastSession().protocolVersion;
    },
    get state() {
      return life.state;
    },
    get counters() {
      return life.counters;
    },
    listTools: (call) =>
      lists.get("tools", () =>
        make(call, async ({ client }, request) => {
          // Without the capability the SDK answers itself, and says so on standard output.
          if (client.getServerCapabilities()?.tools === undefined) return [];
          return (await client.listTools(undefined, request)).tools.map(toolOf);
        }),
      ),
    callTool: (tool, args, call) =>
      make(call, async ({ client, isModern }, request) => {
        const loosely = { name: tool, inputSchema: { type: "object" as const } };
        const result = await client.callTool(
          { name: tool, arguments: { ...args } },
          // A definition of ours keeps the SDK from holding the answer against the server's own schema.
          isModern ? request : { ...request, toolDefinition: loosely },
        );
        return toolAnswerOf(result);
      }),
    listResources: (call) =>
      lists.get("resources", () =>
        make(call, async ({ client }, request) => {
          if (client.getServerCapabilities()?.resources === undefined) return [];
          return (await client.listResources(undefined, request)).resources.map(resourceOf);
        }),
      ),
    readResource: (uri, call) =>
      make(call, async ({ client }, request) =>
        contentsOf(await client.readResource({ uri }, { ...request, cacheMode: "bypass" })),
      ),
    listPrompts: (call) =>
      lists.get("prompts", () =>
        make(call, async ({ client }, request) => {
          if (client.getServerCapabilities()?.prompts === undefined) return [];
          return (await client.listPrompts(undefined, request)).prompts.map(promptOf);
        }),
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
    on: life.listeners.on,
    waitForConnection: (ms = 10_000) => life.waitForConnection(ms),
    [Symbol.asyncDispose]: () => life[Symbol.asyncDispose](),
  };
}

const asSourceError = (name: string, error: unknown): SourceError =>
  error instanceof SourceError
    ? error
    : new SourceError("source-failed", `${name}: the call failed.`, { cause: error });
