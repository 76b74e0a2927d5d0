// Starts `postgres-process.ts`: a PostgreSQL server for tests and benchmarks.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("postgres-process.ts", import.meta.url));

export interface PostgresServer extends AsyncDisposable {
  /** Of its first database, with the right to make others. */
  readonly url: string;
  /** Kills it as a crash does. */
  down(): Promise<void>;
  /** Starts it again; resolves when it takes connections. */
  up(): Promise<void>;
}

/** `isDurable`: false gives up what a power cut would take, which tests do not mind. Throws where none can run. */
export async function startPostgres(options: { isDurable: boolean }): Promise<PostgresServer> {
  const flags = options.isDurable ? ["--durable"] : [];
  const child = spawn(process.execPath, [program, ...flags], { stdio: ["pipe", "pipe", "pipe"] });
  let said = "";
  child.stderr.on("data", (text) => (said += String(text)));
  const gone = new Promise<void>((resolve) => child.on("close", () => resolve()));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const { value } = await lines.next();
  const order = async (line: string): Promise<void> => {
    child.stdin.write(`${line}\n`);
    await lines.next();
  };
  if (typeof value !== "string") {
    await gone;
    throw new Error(said.trim());
  }
  return {
    url: value,
    down: () => order("down"),
    up: () => order("up"),
    [Symbol.asyncDispose]: async () => {
      child.stdin.end();
      await gone;
    },
  };
}
