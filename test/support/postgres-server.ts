// Starts `postgres-process.ts`: a PostgreSQL server for tests and benchmarks.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("postgres-process.ts", import.meta.url));

export interface PostgresServer extends AsyncDisposable {
  /** The address of its first database, with the permission to create others. */
  readonly url: string;
  /** Kills the server like a crash. */
  down(): Promise<void>;
  /** Starts the server again. Resolves when it accepts connections. */
  up(): Promise<void>;
}

/** Starts a server. `isDurable: false`: a power cut may lose data, which tests accept. Throws if none can run here. */
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
