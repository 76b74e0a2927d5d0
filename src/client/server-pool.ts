// Several MCP servers as one: which of them can do something, which does it best, and the next one when it fails.

import { SitrepError } from "../core/errors.ts";
import { SourceError } from "../core/source-error.ts";
import type { CallOptions, ToolResult } from "../sources/mcp/connection.ts";
import type { PolicyMetrics } from "../http/policy-settings.ts";
import { check } from "./given.ts";
import { createMcpClient, type McpClient } from "./mcp-client.ts";
import type { McpClientOptions } from "./server-options.ts";

export interface PooledServer extends McpClientOptions {
  name: string;
  /** What it is good for, in words of your own. A tool's name is a capability without being named here. */
  capabilities?: readonly string[];
}

export interface FoundServer {
  name: string;
  capabilities: readonly string[];
  /** Its tools; empty where it could not be asked. */
  tools: readonly string[];
  /** Null while it answers, else the code of what it failed with. */
  failure: string | null;
  metrics: PolicyMetrics;
}

export interface FailoverOptions extends CallOptions {
  /** How many other servers are asked after the first. Default 3. */
  maxRetries?: number;
  /** Default `write`, which goes to the best server alone. */
  kind?: "read" | "write";
}

export interface FailoverAnswer {
  server: string;
  answer: ToolResult;
  /** Servers that failed before, with the code of each. */
  failed: { server: string; code: string }[];
}

export interface ServerPool extends AsyncDisposable {
  /** Servers in their order; with `capability` only those that have it. Asks each for its tools; a mute one delays none. */
  discoverServers(query?: { capability?: string; signal?: AbortSignal }): Promise<FoundServer[]>;
  /** The client of the server that answers, fails least and answers soonest. Throws `source-unknown` when none has it. */
  bestSource(capability: string): Promise<McpClient>;
  /**
   * Calls a tool of the best server, and of the next when that fails; a write is never given to another server. An answer
   * that reports an error of the tool is an answer. Throws what the last one failed with, `usage`, `source-unknown`.
   */
  callWithFailover(
    capability: string,
    tool: string,
    args?: Readonly<Record<string, unknown>>,
    options?: FailoverOptions,
  ): Promise<FailoverAnswer>;
  /** The client of one server. Throws `source-unknown`. */
  client(name: string): McpClient;
}

/** How long a server may take to say what it has. */
const discoveryMs = 5000;

const unknown = (what: string, names: readonly string[]): SitrepError =>
  new SitrepError("source-unknown", what, { hint: `There are: ${names.join(", ")}.` });

/** Before the first call every server is as quick as any. */
const speed = ({ latencyMeanMs }: PolicyMetrics): number => latencyMeanMs ?? 0;

function isBetter(left: FoundServer, right: FoundServer): number {
  return (
    Number(left.failure !== null) - Number(right.failure !== null) ||
    right.metrics.successRate - left.metrics.successRate ||
    speed(left.metrics) - speed(right.metrics)
  );
}

async function look(
  {
    name,
    capabilities,
    client,
  }: Pick<FoundServer, "name" | "capabilities"> & { client: McpClient },
  signal?: AbortSignal,
): Promise<FoundServer> {
  const about = { name, capabilities };
  const limits = { timeoutMs: discoveryMs, ...(signal === undefined ? {} : { signal }) };
  try {
    const tools = (await client.listTools(limits)).map((tool) => tool.name);
    return { ...about, tools, failure: null, metrics: client.getMetrics() };
  } catch (error) {
    const failure = error instanceof SourceError ? error.code : "unexpected";
    return { ...about, tools: [], failure, metrics: client.getMetrics() };
  }
}

/** Nothing is contacted before it is asked for something. */
export function createServerPool(servers: readonly PooledServer[]): ServerPool {
  for (const server of servers) check("createServerPool", server);
  if (new Set(servers.map(({ name }) => name)).size < servers.length) {
    const what = "createServerPool: name: two servers have the same one, or none.";
    throw new SitrepError("config-invalid", what);
  }
  const members = new Map(
    servers.map(({ capabilities = [], ...server }) => [
      server.name,
      { name: server.name, capabilities, client: createMcpClient(server) },
    ]),
  );
  const names = [...members.keys()];

  async function discover(capability?: string, signal?: AbortSignal): Promise<FoundServer[]> {
    const found = await Promise.all([...members.values()].map((one) => look(one, signal)));
    return found.filter(
      (one) =>
        capability === undefined ||
        one.capabilities.includes(capability) ||
        one.tools.includes(capability),
    );
  }
  function clientOf(name: string): McpClient {
    const member = members.get(name);
    if (member === undefined) throw unknown(`There is no server "${name}".`, names);
    return member.client;
  }
  async function ordered(capability: string): Promise<string[]> {
    const found = (await discover(capability)).toSorted(isBetter);
    if (found.length === 0) throw unknown(`No server has the capability "${capability}".`, names);
    return found.map(({ name }) => name);
  }

  return {
    client: clientOf,
    discoverServers: ({ capability, signal } = {}) => discover(capability, signal),
    bestSource: async (capability) => clientOf((await ordered(capability))[0] ?? ""),
    callWithFailover: async (capability, tool, args = {}, options = {}) => {
      check("callWithFailover", options);
      const { maxRetries = 3, kind = "write", ...call } = options;
      const candidates = await ordered(capability);
      const asked = candidates.slice(0, kind === "write" ? 1 : maxRetries + 1);
      const failed: FailoverAnswer["failed"] = [];
      for (const [at, server] of asked.entries()) {
        try {
          // oxlint-disable-next-line no-await-in-loop -- the next one only when this one has failed
          const answer = await clientOf(server).callTool(tool, args, { ...call, kind });
          return { server, answer, failed };
        } catch (error) {
          const isLast = at === asked.length - 1;
          const isOurs = !(error instanceof SourceError) || error.code === "cancelled";
          if (isLast || isOurs) throw error;
          failed.push({ server, code: error.code });
        }
      }
      throw new Error("no server was asked");
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.allSettled(
        [...members.values()].map(({ client }) => client[Symbol.asyncDispose]()),
      );
    },
  };
}
