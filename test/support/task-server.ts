// Starts the task server of `sitrep/testing` and stops it at the end of the test.

import { onTestFinished } from "vitest";
import { startTaskServer as start } from "../../src/client/testing/task-server.ts";
import type { TaskServer, TaskServerOptions } from "../../src/client/testing/task-server.ts";

export type { TaskServer } from "../../src/client/testing/task-server.ts";

/** The same as in `sitrep/testing`. */
export async function startTaskServer(options: TaskServerOptions = {}): Promise<TaskServer> {
  const server = await start(options);
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}
