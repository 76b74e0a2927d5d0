// A PostgreSQL server from a distribution's package, with its client programs: `pg_dump` refuses a server newer than
// itself, and the server of the other tests has no `pg_dump`.

import { execFileSync, spawn } from "node:child_process";
import { chmodSync, chownSync, existsSync, globSync, mkdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { onTestFinished } from "vitest";
import { freePort } from "./operators.ts";
import { temporaryFolder } from "./temporary.ts";

const needed = ["initdb", "postgres", "pg_dump", "pg_restore", "createdb", "dropdb"];

/** Returns the folder of its programs. Null if they are missing, which is reported on the console. */
export function postgresPrograms(): string | null {
  const folders = [
    ...globSync("/usr/lib/postgresql/*/bin").toSorted().toReversed(),
    ...(process.env["PATH"] ?? "").split(delimiter),
  ];
  const found = folders.find((folder) => needed.every((name) => existsSync(join(folder, name))));
  if (found !== undefined) return found;
  // oxlint-disable-next-line no-console
  console.warn("\n*** SKIPPED: tests need pg_dump and its server. apt-get install postgresql\n");
  return null;
}

/** The user that the package creates for the server, because PostgreSQL refuses to run as root. */
function serverUser(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const idOf = (flag: string): number =>
    Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  return { uid: idOf("-u"), gid: idOf("-g") };
}

/** Starts it on a free loopback port with the user `sitrep`, until the test ends. Returns its clients' variables. */
export async function startOperatorsPostgres(programs: string): Promise<Record<string, string>> {
  const top = temporaryFolder();
  const folder = join(top, "data");
  mkdirSync(folder, { mode: 0o700 });
  const as = serverUser();
  if (as.uid !== undefined && as.gid !== undefined) {
    chmodSync(top, 0o755);
    chownSync(folder, as.uid, as.gid);
  }
  const options = { ...as, cwd: folder, env: { PATH: programs, LC_ALL: "C.UTF-8" } };
  const make = ["-D", folder, "--username=sitrep", "--auth=trust", "--encoding=UTF8", "--no-sync"];
  execFileSync(join(programs, "initdb"), make, { ...options, stdio: "ignore" });
  const port = await freePort();
  const settings = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off"];
  const args = ["-D", folder, "-p", String(port), ...settings.flatMap((one) => ["-c", one])];
  const child = spawn(join(programs, "postgres"), args, {
    ...options,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const gone = new Promise((resolve) => child.once("close", resolve));
  onTestFinished(async () => {
    child.kill("SIGQUIT");
    await gone;
  });
  await new Promise<void>((resolve, reject) => {
    let said = "";
    child.stderr.on("data", (text) => {
      said += String(text);
      if (said.includes("ready to accept connections")) resolve();
    });
    child.once("close", () => reject(new Error(said)));
  });
  return {
    PATH: `${programs}${delimiter}${process.env["PATH"]}`,
    PGHOST: "127.0.0.1",
    PGPORT: String(port),
  };
}
