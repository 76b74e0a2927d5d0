// Starts the misbehaving server of `sitrep/testing` and stops it at the end of the test.

import { onTestFinished } from "vitest";
import { startMisbehavingServer as start } from "../../src/client/testing/misbehaving-server.ts";
import type { MisbehavingServer } from "../../src/client/testing/misbehaving-server.ts";

export { answering } from "../../src/client/testing/misbehaving-server.ts";
export type { Fault, MisbehavingServer } from "../../src/client/testing/misbehaving-server.ts";

/** The same as in `sitrep/testing`. */
export async function startMisbehavingServer(
  ...parameters: Parameters<typeof start>
): Promise<MisbehavingServer> {
  const server = await start(...parameters);
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}
