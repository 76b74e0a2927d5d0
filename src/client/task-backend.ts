// The server behind a task client: its address and sign-in, its policy, and the adapter that speaks its dialect.

import type { ProjectScope, TaskSource } from "../core/ports.ts";
import { projectNameOf, remoteNameOf } from "../git/remote.ts";
import type { ConnectionEvents, ConnectionState } from "../sources/mcp/connection.ts";
import type { ConnectionCounters } from "../http/connections.ts";
import { abortable } from "../http/deadline.ts";
import type { Policy, PolicyMetrics } from "../http/policy-settings.ts";
import { createMcpAdapter, createRestAdapter } from "../sources/adapters/adapter.ts";
import type { Mapping } from "../sources/mapping/mapping.ts";
import type { CallTool } from "../sources/adapters/mcp.ts";
import { presetOf, presets } from "../sources/presets/presets.ts";
import { createSend } from "../sources/adapters/send.ts";
import type { SendCall } from "../sources/adapters/rest.ts";
import { SitrepError } from "../core/errors.ts";
import { SourceError } from "../core/source-error.ts";
import { createMcpClient } from "./mcp-client.ts";
import type { McpClientOptions } from "./mcp-client.ts";
import { createClientPolicy } from "./policy-options.ts";
import { createRestLine } from "./rest-line.ts";
import type { OwnRequest } from "./rest-line.ts";
import { requireAddress } from "./server-address.ts";
import { headerSource } from "./sign-in.ts";

export interface TaskServerAddress extends McpClientOptions {
  /**
   * What the server speaks: `manage-task` (REST, or the tool of an MCP server with `transport`, a `ws:` address or
   * `command`), `task-tracking`, `tickets`, or `mcp` with a preset or a mapping. Default `manage-task`.
   */
  type?: "manage-task" | "task-tracking" | "tickets" | "mcp";
  preset?: string;
  mapping?: Mapping;
  /** What the type or the preset can be set to: `projectId`, `branchId`, `project`, `owner`, `repo`. */
  settings?: Readonly<Record<string, string>>;
}

export interface TaskBackend extends AsyncDisposable {
  readonly source: TaskSource;
  readonly state: ConnectionState;
  /** The same server with the branch given by its id there. */
  ofBranch(branchId: string): TaskSource;
  request<F>(request: OwnRequest<F>): Promise<unknown>;
  on<E extends keyof ConnectionEvents>(event: E, listener: ConnectionEvents[E]): () => void;
  /** Asks whether the server is there and lets us in. */
  check(signal: AbortSignal): Promise<void>;
  metrics(): PolicyMetrics;
  connections(): ConnectionCounters;
}

const oneTry: Pick<Policy, "run"> = {
  run: ({ attempt, signal }) => attempt(signal ?? AbortSignal.timeout(25_000)),
};
const nothing = async (): Promise<void> => undefined;

function openRest(address: TaskServerAddress, scope: ProjectScope): TaskBackend {
  const url = requireAddress(address);
  const name = address.name ?? url.host;
  const { origin } = url;
  const { tokens, headers = {}, settings = {}, type } = address;
  const made = createClientPolicy(address, { name, origin });
  const { tryTimeoutMs } = made.settings;
  const signIn = headerSource(tokens ?? null, headers);
  const line = createRestLine({ name, origin, policy: made.policy, headers: signIn, tryTimeoutMs });
  const sendUnder = (policy: Pick<Policy, "run">): SendCall =>
    createSend({
      http: line.http,
      policy,
      url: url.href,
      headers: () => signIn({ isAfterRefusal: false }),
      timeoutMs: tryTimeoutMs,
    });
  const deps = { name, origin, subject: settings["userId"] ?? "", close: nothing };
  const adapt = (send: SendCall, own: Readonly<Record<string, string>>): TaskSource =>
    createRestAdapter(type, { ...deps, settings: own, send, projectNameOf });
  const source = adapt(sendUnder(made.policy), settings);
  /** Asks now, whatever is kept and whether or not the breaker is open. */
  const asking = adapt(sendUnder(oneTry), settings);
  return {
    source,
    get state() {
      return line.state;
    },
    ofBranch: (branchId) => adapt(sendUnder(made.policy), { ...settings, branchId }),
    request: line.request,
    on: line.on,
    check: async (signal) => {
      await (asking.check?.(signal) ?? asking.listPending(scope, signal));
    },
    metrics: () => made.policy.metrics(),
    connections: line.counters,
    [Symbol.asyncDispose]: async () => {
      await line[Symbol.asyncDispose]();
      made[Symbol.dispose]();
    },
  };
}

function mappingIn(
  { preset, mapping, settings }: TaskServerAddress,
  { path }: ProjectScope,
): { mapping: Mapping; settings: Record<string, string> } {
  const known = preset === undefined ? null : presetOf(preset);
  const found = mapping ?? known?.mapping;
  if (found !== undefined) {
    const delivered = { ...remoteNameOf(path), ...known?.defaults, ...settings };
    return { mapping: found, settings: delivered };
  }
  throw new SitrepError("config-invalid", `preset: none is called "${preset ?? ""}".`, {
    hint: `Give a mapping, or one of: ${presets.map((one) => one.name).join(", ")}.`,
  });
}

function openMcp(address: TaskServerAddress, scope: ProjectScope): TaskBackend {
  const mapped = address.type === "mcp" ? mappingIn(address, scope) : null;
  const client = createMcpClient(address);
  const { name, origin } = client;
  const callTool: CallTool = (kind, tool, args, signal) =>
    // Our own arguments fit, and a list of tools before each answer would be one call more.
    client.callTool(tool, args, { kind, signal, checksArguments: false });
  const { settings = {} } = address;
  const deps = { name, origin, subject: "", callTool, close: nothing };
  const manage = (own: Readonly<Record<string, string>>): TaskSource =>
    createMcpAdapter({ ...deps, mapping: null, settings: own });
  const source = mapped === null ? manage(settings) : createMcpAdapter({ ...deps, ...mapped });
  return {
    source,
    get state() {
      return client.state;
    },
    ofBranch: (branchId) => (mapped === null ? manage({ ...settings, branchId }) : source),
    request: () =>
      Promise.reject(
        new SourceError("source-failed", `${name} is an MCP server; makeRequest is for REST.`, {
          hint: "Use createMcpClient and its callTool.",
          isUnsent: true,
        }),
      ),
    on: client.on,
    check: async (signal) => {
      const connection = await abortable(signal, () => client.connect());
      await connection.ping({ signal });
    },
    metrics: client.getMetrics,
    connections: () => ({ reused: 0, opened: 0 }),
    [Symbol.asyncDispose]: async () => {
      await source[Symbol.asyncDispose]();
      await client[Symbol.asyncDispose]();
    },
  };
}

/** Throws `config-invalid`. Nothing is contacted or started before it is asked for something. */
export function openTaskBackend(address: TaskServerAddress, scope: ProjectScope): TaskBackend {
  const isMcp =
    address.type === "mcp" ||
    address.transport !== undefined ||
    address.command !== undefined ||
    /^wss?:/.test(address.url ?? "");
  return isMcp ? openMcp(address, scope) : openRest(address, scope);
}
