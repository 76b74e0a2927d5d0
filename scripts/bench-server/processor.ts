// Processor time of processes: unlike wall time, it is the same on a busy machine.

import { readFileSync } from "node:fs";
import { Client } from "pg";

/** Linux counts processor time in hundredths of a second (`proc_pid_stat(5)`, USER_HZ). */
const tickMs = 10;

/** Milliseconds that the processes have used; null if the system does not report it. Ended processes count as 0. */
export function processorMs(pids: readonly number[]): number | null {
  if (process.platform !== "linux") return null;
  return pids.reduce((sum, pid) => {
    try {
      // Splits after the name, which is in brackets and may contain anything: state is field 3, utime 14, stime 15.
      const [, rest = ""] = readFileSync(`/proc/${pid}/stat`, "utf8").split(/\) (?=[A-Z] )/);
      const fields = rest.split(" ");
      return sum + (Number(fields[11]) + Number(fields[12])) * tickMs;
    } catch {
      return sum;
    }
  }, 0);
}

/** The processes of a PostgreSQL server on this machine. */
export async function postgresPids(url: string): Promise<number[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ pid: number }>(
    "select pid from pg_stat_activity where pid <> pg_backend_pid()",
  );
  await client.end();
  return rows.map(({ pid }) => pid);
}
