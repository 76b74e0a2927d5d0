// A task service, or a configured source, behind the task tools. Loaded when it is chosen: the embedded store needs none
// of it.

import { setTimeout as sleep } from "node:timers/promises";
import { serverKeyFor } from "../../config/server-keys.ts";
import { originOf } from "../../config/source-address.ts";
import { variable } from "../../config/environment.ts";
import { environmentTickets } from "../../config/environment-sources.ts";
import type { SourceConfig } from "../../config/source-config.ts";
import { SitrepError } from "../../core/errors.ts";
import type { ProjectScope } from "../../core/ports.ts";
import { remoteNameOf } from "../../git/remote.ts";
import type { HeaderSource } from "../../http/header-source.ts";
import { ownSession, refreshNow } from "../../sources/local-tasks.ts";
import type { TaskBackend } from "../backend.ts";
import { createRestBackend } from "../backends/rest-backend.ts";
import { createSourceBackend } from "../backends/source-backend.ts";
import { afterWrites } from "../backends/wrap-calls.ts";
import { type BackendChoice, type ToolBackend } from "./choose-backend.ts";
import { configOf } from "../../config/command-config.ts";
import type { CommandContext } from "../../config/context.ts";
import {
  keyMissing,
  keyVariable,
  serviceAddress,
  urlVariable,
  usualUrl,
} from "../service-address.ts";
import {
  headersOf,
  overCheckedTls,
  sourceContextOf,
  withPrincipal,
} from "../../sources/credentials.ts";
import { requireSafe } from "../../sources/configured-server.ts";
import { createSourcePool, type SourcePool } from "../../sources/source-pool.ts";

/** A tool's answer waits no longer for a slow source to be read again; the reading goes on. */
const longestWaitMs = 2000;

const now = (): Date => new Date();

const missing = (): SitrepError =>
  keyMissing(`Set it to the key of the service at ${urlVariable}, or use --backend embedded.`);

const bearer = (key: string | null): Record<string, string> =>
  key === null ? {} : { authorization: `Bearer ${key}` };

/** Where the service is and how to sign in. Throws `secret-missing`, `config-invalid`, `tls-off`. */
async function restTarget(
  context: CommandContext,
  source: SourceConfig | null,
): Promise<{ url: string; headers: HeaderSource }> {
  const sources = sourceContextOf(context.files, configOf(context), context.env, null);
  if (source === null) {
    const given = variable(context.env, keyVariable) ?? null;
    const url = serviceAddress(context.env, sources.allowInsecureHosts);
    // Looked up each time: the key goes nowhere once that server has ended.
    const keyNow = (): string | null => given ?? serverKeyFor(context.files.serverKeys, url);
    if (keyNow() === null) throw missing();
    return { url, headers: async () => bearer(keyNow()) };
  }
  requireSafe(source, sources);
  const headers = headersOf(source, sources);
  try {
    // A secret that is missing fails the start, as the service's own key does.
    if (source.auth?.type === "bearer" || source.auth?.type === "header")
      await headers({ isAfterRefusal: false });
    return { url: source.url ?? usualUrl, headers };
  } catch (error) {
    if (error instanceof SitrepError && error.code === "secret-missing") throw missing();
    throw error;
  }
}

/** Reads one source of the project again and writes down what it says. */
async function refresh(
  context: CommandContext,
  pool: SourcePool,
  scope: ProjectScope,
  only: string,
): Promise<void> {
  const bySession = ownSession(context);
  await refreshNow(context, scope, await pool.sourcesOf(scope), { bySession, only });
}

/** Resolves when `refreshed` is done or has had its time. */
async function patiently(refreshed: () => Promise<void>): Promise<void> {
  const patience = new AbortController();
  const longest = sleep(longestWaitMs, undefined, { signal: patience.signal });
  // What was written stays written: a cache that cannot be refreshed now is refreshed by the monitor.
  await Promise.race([refreshed(), longest]).catch(() => undefined);
  longest.catch(() => undefined);
  patience.abort();
}

/** Writes of tasks are answered when `refreshed` is done or has had its time. */
const refreshing = (backend: TaskBackend, refreshed: () => Promise<void>): TaskBackend =>
  afterWrites(backend, async ({ tasks }) => {
    if (tasks?.length !== 0) await patiently(refreshed);
  });

const closing = (backend: TaskBackend, pool: SourcePool) => async (): Promise<void> => {
  await backend[Symbol.asyncDispose]();
  await pool[Symbol.asyncDispose]();
};

async function openRest(
  context: CommandContext,
  scope: ProjectScope,
  pool: SourcePool,
  { own, sources }: { own: SourceConfig | null; sources: readonly SourceConfig[] },
): Promise<ToolBackend> {
  const { url, headers } = await restTarget(context, own);
  const { origin } = new URL(url);
  const isIt = (one: SourceConfig): boolean =>
    one.type === "task-tracking" && originOf(one) === origin;
  const source = own ?? sources.find(isIt);
  const rest = createRestBackend({ url, headers });
  const backend =
    source === undefined
      ? rest
      : refreshing(rest, () => refresh(context, pool, scope, source.name));
  const project = source?.with["project"] ?? remoteNameOf(scope.path)?.repo ?? scope.name;
  const name = source?.name ?? origin;
  return { backend, project, name, [Symbol.asyncDispose]: closing(backend, pool) };
}

async function openSource(
  context: CommandContext,
  scope: ProjectScope,
  pool: SourcePool,
  name: string,
): Promise<ToolBackend> {
  const found = (await pool.sourcesOf(scope)).find(({ source }) => source.name === name);
  if (found === undefined) {
    throw new SitrepError("source-unknown", `The source "${name}" is switched off.`);
  }
  const { source } = found;
  const plain = createSourceBackend({ source, scope, project: scope.name, clock: now });
  const backend = refreshing(plain, () => refresh(context, pool, scope, name));
  return { backend, project: scope.name, name, [Symbol.asyncDispose]: closing(backend, pool) };
}

/** Whose tickets they are, and how to sign in there. The environment's token is not kept: a session may have started us. */
function ticketService(context: CommandContext, chosen: SourceConfig | "environment") {
  const sources = sourceContextOf(context.files, configOf(context), context.env, null);
  const config = chosen === "environment" ? environmentTickets(context.env) : chosen;
  requireSafe(config, sources);
  if (chosen !== "environment") return { config, headers: headersOf(config, sources) };
  const authorization = `Bearer ${variable(context.env, "FASTMCP_TOKEN")}`;
  const signIn = overCheckedTls(async () => ({ authorization }));
  return { config, headers: withPrincipal(config, signIn) };
}

/** The backend, whose tickets are those of a ticket service. Throws `config-invalid`. */
export function withTickets(
  opened: ToolBackend,
  context: CommandContext,
  scope: ProjectScope,
  chosen: SourceConfig | "environment",
  sources: readonly SourceConfig[],
): ToolBackend {
  const { config, headers } = ticketService(context, chosen);
  const service = createRestBackend({ url: config.url ?? usualUrl, headers, service: "Ticket" });
  const { listTickets, getTicket, searchTickets } = service;
  const source = sources.find(
    (one) => one.type === "tickets" && originOf(one) === originOf(config),
  );
  const pool = openPool(context);
  const createTicket: TaskBackend["createTicket"] = async (ticket, asked) => {
    const created = await service.createTicket(ticket, asked);
    // The brief has tickets among its tasks.
    if (source !== undefined) await patiently(() => refresh(context, pool, scope, source.name));
    return created;
  };
  return {
    ...opened,
    backend: {
      ...opened.backend,
      listTickets,
      getTicket,
      searchTickets,
      createTicket,
      createTicketByAssistant: createTicket,
    },
    [Symbol.asyncDispose]: async () => {
      await opened[Symbol.asyncDispose]();
      await closing(service, pool)();
    },
  };
}

/** Without the environment: a repository's settings can set it. What a person has kept is known. */
function openPool(context: CommandContext): SourcePool {
  const config = configOf(context);
  return createSourcePool({ files: context.files, config: () => config, env: null });
}

/** Throws `secret-missing` (its message is the task service's own), `source-unknown`, `config-invalid`. */
export async function openRemoteBackend(
  context: CommandContext,
  scope: ProjectScope,
  choice: Exclude<BackendChoice, { kind: "store" }>,
  sources: readonly SourceConfig[],
): Promise<ToolBackend> {
  const pool = openPool(context);
  return choice.kind === "rest"
    ? await openRest(context, scope, pool, { own: choice.source, sources })
    : await openSource(context, scope, pool, choice.source.name);
}
