// `sitrep serve` as a process: its parts from flags and environment, and its end by a signal.

import { hostname } from "node:os";
import { createStoreBackend, dayMs } from "../server/store-backend.ts";
import { createServerLog, standardError } from "../server/observe/log.ts";
import { plainProjectNames } from "../server/project-names.ts";
import { startServer } from "../server/serve.ts";
import type { RunningServer } from "../server/serve.ts";
import { createApiKeys } from "../store/api-keys.ts";
import type { CliWorld } from "./cli-world.ts";
import { withEnvFile } from "./env-file.ts";
import { serveSettings } from "./serve-settings.ts";
import type { ServeFlags } from "./serve-settings.ts";
import { openServeStore } from "./serve-store.ts";

export interface ServeOptions extends ServeFlags {
  envFile?: string;
  /** As `DATABASE_URL`, or the path of an SQLite file. */
  database?: string;
}

/** Resolves at the first signal; a second one ends the process at once. */
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

/**
 * Serves until a signal, then finishes what is under way. Resolves with false when something was cut off. Throws what
 * keeps the server from starting.
 */
export async function serve(
  world: CliWorld,
  options: ServeOptions,
  onStart: (server: RunningServer) => void,
): Promise<boolean> {
  // From the beginning: a signal that comes while it starts ends it in order too.
  const end = untilSignal();
  const env = withEnvFile(world.env, options.envFile);
  const store = await openServeStore(world, env, options.database);
  await using backend = createStoreBackend({
    store,
    projects: plainProjectNames,
    clock: () => new Date(),
    reservationMs: dayMs,
  });
  const settings = serveSettings(options, env, store.kind === "postgres");
  const log = createServerLog(env["SITREP_LOG_LEVEL"] ?? "info", standardError());
  const server = await startServer(settings, {
    backend,
    keys: createApiKeys(store),
    log,
    breaker: () => "off",
    machine: hostname(),
    clock: () => performance.now(),
  });
  onStart(server);
  await end;
  const isComplete = await server.stop();
  log.flush();
  return isComplete;
}
