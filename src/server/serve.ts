import type { Environment } from "../config/folders.ts";
import { loadConfig } from "../config/config-file.ts";
import { createForwardingBackend, type ForwardTarget } from "./backends/forwarding-backend.ts";
import { createStoreBackend, readReservationMs } from "./backends/store-backend.ts";
import { createServerLog, standardError } from "./observe/server-log.ts";
import { createServedProjects, plainProjectNames } from "./backends/project-names.ts";
import { openTracing } from "./observe/tracing.ts";
import { startHttpServer, type RunningServer, type ServerParts } from "./task-server.ts";
import { listTools } from "./tools/tool-server.ts";
import { firstKey } from "./first-key.ts";
import { keepServerKey } from "../config/server-keys.ts";
import { isLoopback } from "../core/address.ts";
import { createWebSessions } from "../store/web-sessions.ts";
import { createApiKeys } from "../store/api-keys.ts";
import type { StoreConnection } from "../store/database/connection.ts";
import type { CommandContext } from "../config/context.ts";
import { variable, withEnvFile } from "../config/environment.ts";
import { version } from "../config/version.ts";
import { openServerStore, type StorePlace } from "./server-store.ts";
import { keyError, keyVariable, serviceAddress, urlVariable } from "./service-address.ts";
import { readLogLevel, serveSettings, type ServeFlags, type ServerSettings } from "./settings.ts";

export interface ServeOptions extends ServeFlags, StorePlace {
  backend?: string;
}

/** Address and key of the service that this server forwards to. Throws `secret-missing`, `config-invalid` and `tls-off`. */
function serviceBehind({ configFile }: CommandContext, env: Environment): ForwardTarget {
  const key = variable(env, keyVariable);
  if (key === undefined) {
    throw keyError(
      `Set it to a key for the service at ${urlVariable} that can act for others (act_as).`,
    );
  }
  // This server uses no other setting of config.json.
  const name = "SITREP_ALLOW_INSECURE_HOSTS";
  const { allowInsecureHosts } = loadConfig(configFile, { [name]: env[name] });
  return { key, url: serviceAddress(env, allowInsecureHosts) };
}

function openServed(
  context: CommandContext,
  env: Environment,
  store: StoreConnection,
  kind = "store",
): Pick<ServerParts, "backend" | "breaker"> & AsyncDisposable {
  if (kind === "rest") {
    const backend = createForwardingBackend(serviceBehind(context, env));
    const close = backend[Symbol.asyncDispose];
    return { backend, breaker: () => backend.metrics().breaker, [Symbol.asyncDispose]: close };
  }
  const backend = createStoreBackend({
    store,
    projects: store.kind === "sqlite" ? createServedProjects(store) : plainProjectNames,
    clock: () => new Date(),
    reservationMs: readReservationMs(env),
  });
  return { backend, breaker: () => "off", [Symbol.asyncDispose]: async () => undefined };
}

function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    const codes = { SIGTERM: 143, SIGINT: 130 } as const;
    let isEnding = false;
    for (const [signal, code] of Object.entries(codes)) {
      process.on(signal, () => {
        if (isEnding) process.exit(code);
        isEnding = true;
        resolve();
      });
    }
  });
}

/** False beyond loopback, or with another way to sign in: then a person adds keys. */
const needsFirstKey = ({ host, isBehindProxy, opensTo, tokens }: ServerSettings): boolean =>
  isLoopback(host) &&
  !isBehindProxy &&
  opensTo === "nobody" &&
  tokens.issuer === null &&
  tokens.secret === null;

/** `onNewKey` gets a first key made now, to show it once. False if something was cut off. */
export async function serve(
  context: CommandContext,
  options: ServeOptions,
  onNewKey: (key: string) => void,
  onStart: (server: RunningServer) => void,
): Promise<boolean> {
  // Comes first, so that a signal during the start also shuts down cleanly.
  const end = untilSignal();
  const env = withEnvFile(context.env, options.envFile);
  const log = createServerLog(readLogLevel(env), standardError());
  await using tracing = await openTracing(env, version, log.tracesLost);
  await using store = await openServerStore(context, options, tracing.query);
  await using served = openServed(context, env, store, options.backend);
  const tools = listTools(null).map(({ name }) => name);
  const settings = serveSettings(options, env, tools, served.backend.kind === "store");
  const keys = createApiKeys(store);
  const { serverKeys } = context.files;
  const first = needsFirstKey(settings) ? await firstKey(keys, serverKeys) : null;
  if (first?.isNew === true) onNewKey(first.key);
  const server = await startHttpServer(settings, {
    ...served,
    keys,
    webSessions: createWebSessions(store),
    log,
    store,
    tracing,
  });
  if (first !== null) keepServerKey(serverKeys, first.key, new URL(server.url).origin);
  onStart(server);
  await end;
  const isComplete = await server.stop();
  await log.end();
  return isComplete;
}
