// The disk space of a filled store, and its server's memory.

import { readFileSync, statSync } from "node:fs";
import { Client } from "pg";
import type { StoreAddress } from "../../src/store/database/database.ts";

const megabyte = 1024 * 1024;

/** MiB on disk, indexes included. */
export async function diskMiB(address: StoreAddress): Promise<number> {
  if ("file" in address) return statSync(address.file).size / megabyte;
  const client = new Client({ connectionString: address.url });
  await client.connect();
  const { rows } = await client.query<{ bytes: string }>(
    "select pg_database_size(current_database()) as bytes",
  );
  await client.end();
  return Number(rows[0]?.bytes) / megabyte;
}

/** A process's peak memory in MiB; null if the system does not report it. */
export function peakMemoryMiB(pid: number): number | null {
  if (process.platform !== "linux") return null;
  const [, kibibytes] =
    /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return kibibytes === undefined ? null : Number(kibibytes) / 1024;
}
