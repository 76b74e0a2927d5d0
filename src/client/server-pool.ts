// Calls several MCP servers as one: the best server with a capability, and the next one if that fails.

import { SitrepError } from "../core/errors.ts";
import { SourceError } from "../core/source-error.ts";
import type { CallOptions, ToolResult } from "../sources/mcp/mcp-connection.ts";
import type { PolicyMetrics } from "../http/policy-settings.ts";
import { checkOptions } from "./option-checks.ts";
import { createMcpClient, type McpClient } from "./mcp-client.ts";
import type { McpClientOptions } from "./server-options.ts";

export interface PooledServer extends McpClientOptions {
  name: string;
  /** The server's capabilities in your own words. The name of each of its tools is also a capability. */
  capabilities?: readonly string[];
}

export interface FoundServer {
  name: string;
  capabilities: readonly string[];
  /** The names of its tools; empty if the server did not answer. */
  tools: readonly string[];
  /** The failure's code; null if the server answered. */
  failure: string | null;
  metrics: PolicyMetrics;
}

export interface FailoverOptions extends CallOptions {
  /** How many servers to call after the first one has failed. Default 3. */
  maxRetries?: number;
  /** Only the best server gets a `write`. Default `write`. */
  kind?: "read" | "write";
}

export interface FailoverResponse {
  server: string;
  response: ToolResult;
  /** Servers that failed before `server` answered. */
  failed: { server: string; code: string }[];
}

export interface ServerPoolOptions {
  /** How many connections stay open between calls, the most recently used ones. Default: all. */
  maxConnections?: number;
  /** The `idleMs` of servers without their own. Default: their connections stay open. */
  idleMs?: number;
}

export interface PoolCounts {
  open: number;
  /** Calls that opened a connection. `reused`: calls that found one open. */
  opened: number;
  reused: number;
}

export interface ServerPool extends AsyncDisposable {
  connections(): PoolCounts;
  /** Closes every connection that is not in use by a call. The next call connects again. */
  clear(): Promise<void>;
  /** Asks all servers for their tools at once. Keeps their order; `capability`: returns only servers that have it. */
  discoverServers(query?: { capability?: string; signal?: AbortSignal }): Promise<FoundServer[]>;
  /** The server that answers, fails least and is fastest. Throws `source-unknown` if no server has the capability. */
  bestSource(capability: string): Promise<McpClient>;
  /**
   * Calls a tool of the best server, and of the next one if that fails; a write never goes to another server. A tool's
   * error in a response is not a failure. Throws the last server's failure, `usage`, `source-unknown`.
   */
  callWithFailover(
    capability: string,
    tool: string,
    args?: Readonly<Record<string, unknown>>,
    options?: FailoverOptions,
  ): Promise<FailoverResponse>;
  client(name: string): McpClient;
}

const discoveryMs = 5000;

const unknown = (what: string, names: readonly string[]): SitrepError =>
  new SitrepError("source-unknown", what, { hint: `Servers: ${names.join(", ")}.` });

/** The mean latency. A server without calls counts as fast. */
const speed = ({ latencyMeanMs }: PolicyMetrics): number => latencyMeanMs ?? 0;

const byQuality = (left: FoundServer, right: FoundServer): number =>
  Number(left.failure !== null) - Number(right.failure !== null) ||
  right.metrics.successRate - left.metrics.successRate ||
  speed(left.metrics) - speed(right.metrics);

type Member = Pick<FoundServer, "name" | "capabilities"> & { readonly client: McpClient };

function membersOf(servers: readonly PooledServer[], defaults: { idleMs?: number }) {
  for (const server of servers) checkOptions("createServerPool", server);
  if (new Set(servers.map(({ name }) => name)).size < servers.length) {
    const what = "createServerPool: name: two servers share a name, or both lack one.";
    throw new SitrepError("config-invalid", what);
  }
  return servers.map(({ capabilities = [], ...server }): Member => {
    const client = createMcpClient({ ...defaults, ...server });
    return { name: server.name, capabilities, client };
  });
}

async function look({ client, ...about }: Member, signal?: AbortSignal): Promise<FoundServer> {
  const limits = { timeoutMs: discoveryMs, ...(signal && { signal }) };
  try {
    const tools = (await client.listTools(limits)).map((tool) => tool.name);
    return { ...about, tools, failure: null, metrics: client.getMetrics() };
  } catch (error) {
    const failure = error instanceof SourceError ? error.code : "unexpected";
    return { ...about, tools: [], failure, metrics: client.getMetrics() };
  }
}

/** Calls the clients in order until one answers. Throws the last client's failure. */
async function firstResponse(
  clients: readonly McpClient[],
  call: (client: McpClient) => Promise<ToolResult>,
): Promise<FailoverResponse> {
  const failed: FailoverResponse["failed"] = [];
  for (const client of clients) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- the next one only when this one has failed
      return { server: client.name, response: await call(client), failed };
    } catch (error) {
      const isServers = error instanceof SourceError && error.code !== "cancelled";
      if (client === clients.at(-1) || !isServers) throw error;
      failed.push({ server: client.name, code: error.code });
    }
  }
  throw new Error("no server was called");
}

/** Closes connections beyond the limit, the least recently used first. */
function createTrim(clients: readonly McpClient[], maxConnections: number) {
  /** Clients that were called, the most recent last. */
  const used = new Set<McpClient>();
  return {
    noteUse: (client: McpClient): void => {
      used.delete(client);
      used.add(client);
    },
    after: <T>(work: Promise<T>): Promise<T> =>
      work.finally(async () => {
        const order = [...clients.filter((one) => !used.has(one)), ...used];
        const open = order.filter(({ connections }) => connections.isOpen);
        const excess = open.slice(0, Math.max(0, open.length - maxConnections));
        await Promise.all(excess.map((client) => client.release()));
      }),
  };
}

function countsOf(clients: readonly McpClient[]): PoolCounts {
  const all = clients.map(({ connections }) => connections);
  const sum = (field: "opened" | "reused"): number =>
    all.reduce((total, one) => total + one[field], 0);
  const open = all.filter(({ isOpen }) => isOpen).length;
  return { open, opened: sum("opened"), reused: sum("reused") };
}

/** Creates a pool. It contacts no server before the first call. Throws `config-invalid`. */
export function createServerPool(
  servers: readonly PooledServer[],
  given: ServerPoolOptions = {},
): ServerPool {
  checkOptions("createServerPool options", given);
  const { maxConnections = Infinity, ...defaults } = given;
  const members = membersOf(servers, defaults);
  const clients = members.map(({ client }) => client);
  const names = members.map(({ name }) => name);
  const trim = createTrim(clients, maxConnections);

  function clientOf(name: string): McpClient {
    const member = members.find((one) => one.name === name);
    if (member === undefined) throw unknown(`There is no server "${name}".`, names);
    return member.client;
  }

  async function discover(capability?: string, signal?: AbortSignal): Promise<FoundServer[]> {
    const found = await Promise.all(members.map((one) => look(one, signal)));
    const has = ({ capabilities, tools }: FoundServer): boolean =>
      capability === undefined || [...capabilities, ...tools].includes(capability);
    return found.filter(has);
  }

  async function bestFirst(capability: string): Promise<[McpClient, ...McpClient[]]> {
    const found = (await discover(capability)).toSorted(byQuality);
    const [best, ...others] = found.map(({ name }) => clientOf(name));
    if (best !== undefined) return [best, ...others];
    throw unknown(`No server has the capability "${capability}".`, names);
  }

  const callWithFailover: ServerPool["callWithFailover"] = async (
    capability,
    tool,
    args = {},
    options = {},
  ) => {
    checkOptions("callWithFailover", options);
    const { maxRetries = 3, kind = "write", ...call } = options;
    const asked = (await bestFirst(capability)).slice(0, kind === "write" ? 1 : maxRetries + 1);
    return firstResponse(asked, async (client) => {
      const response = await client.callTool(tool, args, { ...call, kind });
      trim.noteUse(client);
      return response;
    });
  };

  return {
    connections: () => countsOf(clients),
    clear: async () => void (await Promise.all(clients.map((client) => client.release()))),
    client: clientOf,
    discoverServers: ({ capability, signal } = {}) => trim.after(discover(capability, signal)),
    bestSource: async (capability) => (await trim.after(bestFirst(capability)))[0],
    callWithFailover: (...call) => trim.after(callWithFailover(...call)),
    [Symbol.asyncDispose]: async () => {
      await Promise.allSettled(clients.map((client) => client[Symbol.asyncDispose]()));
    },
  };
}
