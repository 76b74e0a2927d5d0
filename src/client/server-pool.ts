// Several MCP servers as one: which of them can do something, which does it best, and the next one when it fails.

import { SitrepError } from "../core/errors.ts";
import { SourceError } from "../core/source-error.ts";
import type { CallOptions, ToolResult } from "../sources/mcp/connection.ts";
import type { PolicyMetrics } from "../http/policy-settings.ts";
import { check } from "./option-checks.ts";
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

export interface ServerPoolOptions {
  /** So many stay open between calls, those that were used last. Default: all. */
  maxConnections?: number;
  /** How long one stays open without a call, where a server does not say it itself. Default: for ever. */
  idleMs?: number;
}

export interface PoolCounts {
  /** Connections now. */
  open: number;
  /** Calls for which one was made, and calls that found one. */
  opened: number;
  reused: number;
}

export interface ServerPool extends AsyncDisposable {
  connections(): PoolCounts;
  /** Closes every connection that no call uses; the next call connects again. */
  clear(): Promise<void>;
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

/** Nothing is contacted before it is asked for something. Throws `config-invalid`. */
export function createServerPool(
  servers: readonly PooledServer[],
  given: ServerPoolOptions = {},
): ServerPool {
  check("createServerPool options", given);
  const { maxConnections = Infinity, ...own } = given;
  for (const server of servers) check("createServerPool", server);
  if (new Set(servers.map(({ name }) => name)).size < servers.length) {
    const what = "createServerPool: name: two servers have the same one, or none.";
    throw new SitrepError("config-invalid", what);
  }
  const members = new Map(
    servers.map(({ capabilities = [], ...server }) => [
      server.name,
      { name: server.name, capabilities, client: createMcpClient({ ...own, ...server }) },
    ]),
  );
  const names = [...members.keys()];
  /** Those that were called, the latest last. */
  const used = new Set<string>();

  /** Closes what is more than may stay open, and was not used lately. */
  async function trim(): Promise<void> {
    const order = [...names.filter((name) => !used.has(name)), ...used].map(clientOf);
    const open = order.filter(({ connections }) => connections.isOpen);
    const excess = open.slice(0, Math.max(0, open.length - maxConnections));
    await Promise.all(excess.map((client) => client.release()));
  }

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

  const callWithFailover: ServerPool["callWithFailover"] = async (
    capability,
    tool,
    args = {},
    options = {},
  ) => {
    check("callWithFailover", options);
    const { maxRetries = 3, kind = "write", ...call } = options;
    const candidates = await ordered(capability);
    const asked = candidates.slice(0, kind === "write" ? 1 : maxRetries + 1);
    const failed: FailoverAnswer["failed"] = [];
    for (const [at, server] of asked.entries()) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- the next one only when this one has failed
        const answer = await clientOf(server).callTool(tool, args, { ...call, kind });
        used.delete(server);
        used.add(server);
        return { server, answer, failed };
      } catch (error) {
        const isLast = at === asked.length - 1;
        const isOurs = !(error instanceof SourceError) || error.code === "cancelled";
        if (isLast || isOurs) throw error;
        failed.push({ server, code: error.code });
      }
    }
    throw new Error("no server was asked");
  };
  const trimmed = <T>(work: Promise<T>): Promise<T> => work.finally(trim);

  return {
    connections: () => {
      const all = [...members.values()].map(({ client }) => client.connections);
      const sum = (field: "opened" | "reused"): number =>
        all.reduce((total, one) => total + one[field], 0);
      const open = all.filter(({ isOpen }) => isOpen).length;
      return { open, opened: sum("opened"), reused: sum("reused") };
    },
    clear: async () => {
      await Promise.all([...members.values()].map(({ client }) => client.release()));
    },
    client: clientOf,
    discoverServers: ({ capability, signal } = {}) => trimmed(discover(capability, signal)),
    bestSource: async (capability) => clientOf((await trimmed(ordered(capability)))[0] ?? ""),
    callWithFailover: (...call) => trimmed(callWithFailover(...call)),
    [Symbol.asyncDispose]: async () => {
      await Promise.allSettled(
        [...members.values()].map(({ client }) => client[Symbol.asyncDispose]()),
      );
    },
  };
}
