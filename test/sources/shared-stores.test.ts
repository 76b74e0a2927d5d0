// One store for all projects of a monitor: however many are in use, it is opened once, and a new one is made at once.

import { readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { loadConfig } from "../../src/config/config-file.ts";
import { stateFiles } from "../../src/config/folders.ts";
import { createSourcePool } from "../../src/sources/source-pool.ts";
import { temporaryFolder } from "../support/temporary.ts";

const scopes = Array.from({ length: 20 }, (_, at) => ({ path: `/work/p${at}`, name: `p${at}` }));

test("twenty projects that make a new store together do not wait for each other, and open it once", async () => {
  const files = stateFiles(join(temporaryFolder(), "state"));
  const pool = createSourcePool({ files, config: () => loadConfig("", {}), env: null });
  onTestFinished(() => pool[Symbol.asyncDispose]());
  const begin = performance.now();
  const responses = scopes.map(async (scope) => {
    const [embedded] = await pool.sourcesOf(scope);
    return (await embedded?.source.listOpen(scope, AbortSignal.timeout(10_000)))?.tasks;
  });
  expect(await Promise.all(responses)).toEqual(scopes.map(() => []));
  expect(performance.now() - begin).toBeLessThan(5000);
  const linksTo = (fd: string): string => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return "";
    }
  };
  const open = readdirSync("/proc/self/fd").filter((fd) => linksTo(fd) === files.store);
  // One to write, one to read.
  expect(open.length).toBeLessThanOrEqual(2);
});
