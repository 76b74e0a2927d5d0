// Starts `rest-process.ts`: real servers of the REST routes, as many as share one store.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const program = fileURLToPath(new URL("rest-process.ts", import.meta.url));

export interface RestProcess {
  url: string;
  pid: number;
  /** SIGKILL; resolves when it is gone. */
  kill: () => Promise<void>;
}

/** `address`: of a PostgreSQL database, or an SQLite file. Killed when the test is over. */
export async function startRestProcess(address: string): Promise<RestProcess> {
  const child = spawn(process.execPath, [program, address], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.stdin.on("error", () => undefined);
  const gone = new Promise<void>((resolve) => child.on("close", () => resolve()));
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await gone;
  };
  onTestFinished(kill);
  const { value } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  if (typeof value !== "string") throw new Error(`the server for ${address} did not start`);
  return { url: value, pid: child.pid ?? 0, kill };
}
