// Two servers on one database are replaced one after the other, by a version that migrates it, while clients write and read.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { onServer, serverUrl, temporaryDatabase } from "../support/postgres.ts";
import { makeNextVersion } from "../support/next-version.ts";
import { startReadStorm } from "../support/read-storm.ts";
import { startRoundRobinProxy } from "../support/round-robin-proxy.ts";
import {
  addKeyTo,
  createServeFixture,
  runVerb,
  startServeProcess,
  type ServeProcess,
} from "../support/serve-process.ts";
import { faultsOf, startWriteStorm } from "../support/write-storm.ts";

/** Without it a server closes connections that the proxy still uses. */
const behindProxy = ["--behind-proxy"];

// The load takes what other programs leave of the machine.
describe.skipIf(serverUrl === null)("a rolling update", { timeout: 300_000 }, () => {
  test("with a migration, under load, loses and repeats no write, and fails no request", async () => {
    const database = await temporaryDatabase();
    const nextVersion = makeNextVersion();
    const context = createServeFixture({
      DATABASE_URL: database,
      RATE_LIMIT_REQUESTS_PER_MINUTE: "0",
      SITREP_METRICS_ADDRESS: "127.0.0.1:0",
      SITREP_DRAIN_SECONDS: "1",
    });
    const key = addKeyTo(context, "laptop", "--organization", "acme");
    const proxy = await startRoundRobinProxy();
    const join = (server: ServeProcess): ServeProcess => {
      proxy.add({ url: server.url, readyUrl: `${String(server.log[0]?.["metrics"])}/readyz` });
      return server;
    };
    const answeredBy = ({ url }: ServeProcess): number => proxy.answered.get(url) ?? 0;
    const first = join(await startServeProcess(context, behindProxy));
    const second = join(await startServeProcess(context, behindProxy));
    await expect.poll(async () => (await fetch(`${proxy.url}/healthz`)).status).toBe(200);

    const writes = startWriteStorm(proxy.url, key, 8);
    const reads = startReadStorm(proxy.url, key);
    /** Both versions serve, one beside the other. */
    const serveTogether = async (...servers: readonly ServeProcess[]): Promise<void> => {
      const before = servers.map(answeredBy);
      await writes.more(100);
      const more = (): boolean =>
        servers.every((server, at) => answeredBy(server) > (before[at] ?? 0) + 40);
      await expect.poll(more).toBe(true);
    };
    const replace = async (old: ServeProcess): Promise<ServeProcess> => {
      old.signal("SIGTERM");
      expect(await old.ended).toBe(0);
      proxy.remove(old.url);
      return join(await startServeProcess(context, behindProxy, nextVersion));
    };
    await serveTogether(first, second);
    const migrate = [...nextVersion, "store", "migrate", "--database", database];
    const { stdout } = await promisify(execFile)(process.execPath, migrate, {
      env: { PATH: process.env["PATH"], HOME: context.home, SITREP_HOME: context.home },
    });
    expect(stdout).toBe("The tables of the task store are up to date.\n");
    const migrations = await onServer("select name from kysely_migration order by name", database);
    expect(migrations.map(({ name }) => name)).toEqual(["001-tables", "002-board", "003-initials"]);
    const [written] = await onServer("select count(initial)::int as tasks from tasks", database);
    expect(written?.["tasks"]).toBeGreaterThanOrEqual(100);
    // As docs/running-a-server.md warns: the old version goes on, but cannot start again.
    const { code, err } = runVerb(context, ["key", "list"]);
    expect([code, err]).toEqual([1, expect.stringContaining("no newer Sitrep wrote to it")]);
    await serveTogether(first, second);
    const firstNext = await replace(first);
    await serveTogether(firstNext, second);
    const secondNext = await replace(second);
    await serveTogether(firstNext, secondNext);
    await Promise.all([writes.end(), reads.end()]);

    const stored = (await onServer("select title from tasks", database)).map(({ title }) =>
      String(title),
    );
    expect(faultsOf(stored, writes.acknowledged)).toEqual({ lost: [], doubled: [] });
    expect(stored).toHaveLength(writes.acknowledged.length);
    expect(new Set(reads.ids).size).toBe(reads.ids.length);
    expect(reads.ids.length).toBeGreaterThan(50);
    expect(proxy.failures).toEqual([]);
    expect(writes.refusals).toEqual(new Map());
    expect([...reads.statuses.keys()].toSorted()).toEqual(["200", "201"]);
  });
});
