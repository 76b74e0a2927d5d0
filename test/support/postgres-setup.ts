// Starts a server before the tests on PostgreSQL. If none can run, they are skipped with a notice, or fail if required.

import type { TestProject } from "vitest/node";
import { startPostgres } from "./postgres-server.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Null: no server runs. */
    databaseUrl: string | null;
  }
}

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const given = process.env["TEST_DATABASE_URL"];
  if (given !== undefined && given !== "") {
    provide("databaseUrl", given);
    return async () => undefined;
  }
  try {
    const server = await startPostgres({ isDurable: false });
    provide("databaseUrl", server.url);
    return async () => server[Symbol.asyncDispose]();
  } catch (error) {
    if (process.env["SITREP_NEED_POSTGRES"] === "1") throw error;
    process.stderr.write(
      `\nSKIPPED: every test on PostgreSQL. ${String(error)}\nSet TEST_DATABASE_URL to a server where databases may be made.\n\n`,
    );
    provide("databaseUrl", null);
    return async () => undefined;
  }
}
