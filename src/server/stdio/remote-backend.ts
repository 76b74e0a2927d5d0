// A task service, or a configured source, behind the task tools. Loaded only when it is chosen.

import { setTimeout as sleep } from "node:timers/promises";
import { loadOwnConfig } from "../../config/command-config.ts";
import type { CommandContext } from "../../config/context.ts";
import { environmentTickets } from "../../config/environment-sources.ts";
import { variable } from "../../config/environment.ts";
import { readServerKey } from "../../config/server-keys.ts";
import { sourceOrigin } from "../../config/source-address.ts";
import type { SourceConfig } from "../../config/source-config.ts";
import { SitrepError } from "../../core/errors.ts";
import type { ProjectScope } from "../../core/ports.ts";
import { readRemoteName } from "../../git/remote.ts";
import type { HeaderSource } from "../../http/header-source.ts";
import { requireTls } from "../../sources/configured-server.ts";
import {
  createHeaders,
  withCheckedTls,
  createSourceContext,
  withPrincipalHeaders,
} from "../../sources/credentials.ts";
import { ownSession, refreshNow } from "../../sources/local-tasks.ts";
import { createSourcePool, type SourcePool } from "../../sources/source-pool.ts";
import { guardedSource } from "../../sources/writing/guarded-source.ts";
import { guardOf } from "../../sources/writing/write-at-source.ts";
import type { Calls, TaskBackend } from "../backend.ts";
import { guardedBackend } from "../backends/guarded-backend.ts";
import { createRestBackend } from "../backends/rest-backend.ts";
import { createSourceBackend } from "../backends/source-backend.ts";
import { afterWrites } from "../backends/wrap-calls.ts";
import {
  keyError,
  keyVariable,
  serviceAddress,
  urlVariable,
  defaultUrl,
} from "../service-address.ts";
import type { BackendChoice, ToolBackend } from "./choose-backend.ts";

interface Place {
  readonly context: CommandContext;
  readonly scope: ProjectScope;
  readonly sources: readonly SourceConfig[];
}

const clock = (): Date => new Date();

const guardIn = ({ context, scope }: Place, config: SourceConfig) =>
  guardOf(context, scope, config, "tool");

/** A write waits this long for the source's refresh; the refresh goes on. */
const maxWaitMs = 2000;

const missing = (): SitrepError =>
  keyError(`Set it to the key for the service at ${urlVariable}, or use --backend embedded.`);

const bearer = (key: string | null): Record<string, string> =>
  key === null ? {} : { authorization: `Bearer ${key}` };

const credentialsFor = ({ context }: Place) =>
  createSourceContext(context.files, loadOwnConfig(context), context.env, null);

/** Throws `secret-missing`, `config-invalid`, `tls-off`. */
async function restTarget(
  place: Place,
  source: SourceConfig | null,
): Promise<{ url: string; headers: HeaderSource }> {
  const { files, env } = place.context;
  const sources = credentialsFor(place);
  if (source === null) {
    const url = serviceAddress(env, sources.allowInsecureHosts);
    // Read for each call: a kept key must not be sent once its server has ended.
    const key = (): string | null =>
      variable(env, keyVariable) ?? readServerKey(files.serverKeys, url);
    if (key() === null) throw missing();
    return { url, headers: async () => bearer(key()) };
  }
  requireTls(source, sources);
  const headers = createHeaders(source, sources);
  const hasSecret = source.auth?.type === "bearer" || source.auth?.type === "header";
  try {
    // A missing secret fails the start, as a missing key of the service does.
    if (hasSecret) await headers({ isAfterRefusal: false });
  } catch (error) {
    throw error instanceof SitrepError && error.code === "secret-missing" ? missing() : error;
  }
  return { url: source.url ?? defaultUrl, headers };
}

/** Refreshes one source, for at most `maxWaitMs`. The write itself is done: a failed refresh is left to the monitor. */
async function refresh({ context, scope }: Place, pool: SourcePool, only: string): Promise<void> {
  const patience = new AbortController();
  const longest = sleep(maxWaitMs, undefined, { signal: patience.signal });
  const bySession = ownSession(context);
  const refreshed = async () =>
    void (await refreshNow(context, scope, pool.sourcesOf, { bySession, only }));
  await Promise.race([refreshed(), longest]).catch(() => undefined);
  longest.catch(() => undefined);
  patience.abort();
}

const refreshing = (
  backend: TaskBackend,
  place: Place,
  pool: SourcePool,
  source: string,
): TaskBackend =>
  afterWrites(backend, async ({ tasks }) => {
    if (tasks?.length !== 0) await refresh(place, pool, source);
  });

const closing =
  (...parts: AsyncDisposable[]) =>
  async (): Promise<void> => {
    for (const part of parts) await part[Symbol.asyncDispose]();
  };

async function openRest(
  place: Place,
  pool: SourcePool,
  own: SourceConfig | null,
): Promise<ToolBackend> {
  const { url, headers } = await restTarget(place, own);
  const { origin } = new URL(url);
  const isSame = (one: SourceConfig) =>
    one.type === "task-tracking" && sourceOrigin(one) === origin;
  const source = own ?? place.sources.find(isSame);
  const plain = createRestBackend({ url, headers });
  const { path, name: folder } = place.scope;
  // Only a configured source needs consent. A person allowed the environment's service by setting its key.
  const rest = source === undefined ? plain : guardedBackend(plain, guardIn(place, source));
  return {
    backend: source === undefined ? rest : refreshing(rest, place, pool, source.name),
    project: source?.with["project"] ?? readRemoteName(path)?.repo ?? folder,
    name: source?.name ?? origin,
    tools: ["ids"],
    [Symbol.asyncDispose]: closing(rest, pool),
  };
}

async function openSource(
  place: Place,
  pool: SourcePool,
  config: SourceConfig,
): Promise<ToolBackend> {
  const { scope } = place;
  const { name } = config;
  const found = (await pool.sourcesOf(scope)).find(({ source }) => source.name === name);
  if (found === undefined) {
    throw new SitrepError("source-unknown", `The source "${name}" is switched off.`);
  }
  const project = scope.name;
  const source = guardedSource(found.source, guardIn(place, config));
  const plain = createSourceBackend({ source, scope, project, clock });
  const backend = refreshing(plain, place, pool, name);
  return { backend, project, name, tools: [], [Symbol.asyncDispose]: closing(plain, pool) };
}

/** Ignores environment variables, which a repository's settings can set, but knows the sources that a person kept. */
function openPool({ context }: Place): SourcePool {
  const config = loadOwnConfig(context);
  return createSourcePool({ files: context.files, config: () => config, env: null });
}

/** The environment's token is not kept: a session may have started us. */
function ticketService(place: Place, chosen: SourceConfig | "environment") {
  const { env } = place.context;
  const sources = credentialsFor(place);
  const config = chosen === "environment" ? environmentTickets(env) : chosen;
  requireTls(config, sources);
  if (chosen !== "environment") return { config, headers: createHeaders(config, sources) };
  const authorization = `Bearer ${variable(env, "FASTMCP_TOKEN")}`;
  return {
    config,
    headers: withPrincipalHeaders(
      config,
      withCheckedTls(async () => ({ authorization })),
    ),
  };
}

/** The backend with the tickets of a ticket service. Throws `config-invalid`. */
export function withTickets(
  opened: ToolBackend,
  place: Place,
  chosen: SourceConfig | "environment",
): ToolBackend {
  const { config, headers } = ticketService(place, chosen);
  const service = createRestBackend({ url: config.url ?? defaultUrl, headers, service: "Ticket" });
  const { listTickets, getTicket, searchTickets } = service;
  const isSame = (one: SourceConfig) =>
    one.type === "tickets" && sourceOrigin(one) === sourceOrigin(config);
  const source = place.sources.find(isSame);
  const pool = openPool(place);
  const writer = source === undefined ? service : guardedBackend(service, guardIn(place, source));
  const createTicket: Calls["createTicket"] = async (ticket, asked) => {
    const created = await writer.createTicket(ticket, asked);
    // The brief shows tickets among its tasks.
    if (source !== undefined) await refresh(place, pool, source.name);
    return created;
  };
  const created = { createTicket, createTicketByAssistant: createTicket };
  return {
    ...opened,
    tools: [...opened.tools, "tickets"],
    backend: { ...opened.backend, listTickets, getTicket, searchTickets, ...created },
    [Symbol.asyncDispose]: closing(opened, service, pool),
  };
}

/** Throws `secret-missing` (with the task service's own message), `source-unknown`, `config-invalid`. */
export async function openRemoteBackend(
  place: Place,
  choice: Exclude<BackendChoice, { kind: "store" }>,
): Promise<ToolBackend> {
  const pool = openPool(place);
  return choice.kind === "rest"
    ? await openRest(place, pool, choice.source)
    : await openSource(place, pool, choice.source);
}
