// MCP over this process's standard input and output. Output carries the protocol and nothing else.

import type { McpServer } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";

const parentLookMs = 2000;

/** Settles when there is nobody left to serve: input has ended, output is gone, the parent has died, or we are told to end. */
function untilDeserted(): Promise<void> {
  const parent = process.ppid;
  return new Promise((resolve) => {
    const done = (): void => resolve();
    process.stdin.once("end", done).once("close", done);
    process.stdout.once("error", done);
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, done);
    // Another process may hold our input open when the parent is gone.
    setInterval(() => process.ppid === parent || done(), parentLookMs).unref();
  });
}

/** Serves until the client is gone. `create` is called once the client has said which revision it speaks. */
export async function serveOnStdio(
  create: () => McpServer,
  onFault: (error: Error) => void,
): Promise<void> {
  const deserted = untilDeserted();
  const handle = serveStdio(create, { onerror: onFault });
  await deserted;
  await handle.close();
}
