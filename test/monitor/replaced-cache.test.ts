// A cache that is put in another's place while the monitor comes up: it goes by the file that it has opened.

import { copyFileSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Config } from "../../src/config/schema.ts";
import type { Monitor } from "../../src/monitor/monitor.ts";
import { runMonitorLoop, type ExitReason } from "../../src/monitor/loop.ts";
import { openCache, openIdentifiedCache } from "../../src/state/cache/cache-file.ts";
import { fileIdentity } from "../../src/state/files/file-stats.ts";
import { temporaryFolder } from "../support/temporary.ts";

function aCache(): { file: string; live: string; replace: () => void } {
  const folder = temporaryFolder();
  const [file, live] = [join(folder, "cache.db"), join(folder, "live")];
  mkdirSync(live);
  openCache(file).close();
  const replace = (): void => {
    copyFileSync(file, `${file}.copy`);
    renameSync(`${file}.copy`, file);
  };
  return { file, live, replace };
}

const idle: Monitor = {
  tick: () => "go-on",
  refreshAll: () => undefined,
  publishNext: () => undefined,
  publishSettings: () => undefined,
};

/** Why a monitor leaves that has opened the cache when it is told to go just after its first tick, before which `change` happens. */
function leavingAfter(change: (replace: () => void) => void): Promise<ExitReason> {
  const { file, live, replace } = aCache();
  const { db, identity } = openIdentifiedCache(file, () => expect.unreachable());
  onTestFinished(() => void db.close());
  const stop = new AbortController();
  change(replace);
  setImmediate(() => stop.abort());
  const config = { current: () => Config.parse({}), reload: () => false };
  const deps = {
    monitor: () => idle,
    live,
    cacheFile: file,
    cacheIdentity: identity,
    config,
    lock: { isInPlace: () => true },
    isStillInstalled: () => true,
  };
  return runMonitorLoop(deps, stop.signal);
}

test("F16: a cache file that is replaced before the first tick makes the monitor restart", async () => {
  expect(await leavingAfter((replace) => replace())).toBe("restart");
  expect(await leavingAfter(() => undefined)).toBe("stopped");
});

test("a rebuilt cache has the identity of the new file", () => {
  const { file } = aCache();
  writeFileSync(file, "rubbish that is long enough to be taken for something");
  const { db, identity } = openIdentifiedCache(file, () => undefined);
  onTestFinished(() => void db.close());
  expect(identity).toBe(fileIdentity(file));
});
