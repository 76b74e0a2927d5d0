// The built `sitrep serve` over a filled store, with a key, as a team runs it, but without rate limits and result caches,
// which would distort the figures.

import { execFileSync, spawn } from "node:child_process";
import type { StdioOptions } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseObject } from "../../src/core/read.ts";
import { organization } from "./fill.ts";
import { postgresPids } from "./processor.ts";

const program = join(import.meta.dirname, "../../dist/cli.cjs");

export interface Served extends AsyncDisposable {
  readonly url: string;
  readonly key: string;
  readonly pid: number;
  /** Pids of its database; none for a file. */
  readonly databasePids: () => Promise<readonly number[]>;
}

/** `address`: a file or a PostgreSQL address. `home`: an empty folder for everything else. */
export async function startServed(address: string, home: string): Promise<Served> {
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: home,
    SITREP_HOME: home,
    DATABASE_URL: address,
    RATE_LIMIT_REQUESTS_PER_MINUTE: "0",
    SITREP_TOOL_CACHE_SECONDS: "0",
  };
  const add = ["serve", "key", "add", "bench", "--organization", organization];
  const quiet: StdioOptions = ["ignore", "pipe", "pipe"];
  const said = { env, encoding: "utf8", stdio: quiet } as const;
  const key = execFileSync(process.execPath, [program, ...add], said).trim();
  const child = spawn(process.execPath, [program, "serve", "--port", "0"], {
    env,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const gone = new Promise<void>((resolve) => child.on("close", () => resolve()));
  const other: string[] = [];
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stderr }).on("line", (line) => {
      const entry = parseObject(line);
      if (entry?.["msg"] === "started") resolve(String(entry["address"]));
      if (entry === null) other.push(line);
    });
    child.once("close", () => reject(new Error(`it did not start: ${other.join("\n")}`)));
  });
  return {
    url,
    key,
    pid: child.pid ?? 0,
    databasePids: async () => (address.includes("://") ? postgresPids(address) : []),
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGTERM");
      await gone;
    },
  };
}
