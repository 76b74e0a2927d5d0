// `sitrep serve` on a PostgreSQL that crashes and comes back under twenty clients, and servers that are killed there.

import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { onServer, serverUrl, temporaryDatabase } from "../support/postgres.ts";
import { startPostgres } from "../support/postgres-server.ts";
import { bearer, postRpc, rpcAnswer, rpcHeaders } from "../support/rpc.ts";
import { addKeyTo, createServeFixture, startServeProcess } from "../support/serve-process.ts";
import { faultsOf, fillDiskUnder, startWriteStorm } from "../support/write-storm.ts";

const childrenOf = (pid: string): string[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");

const titlesIn = async (url: string): Promise<string[]> =>
  (await onServer("select title from tasks", url)).map(({ title }) => String(title));

/** The database's address through a line that breaks when it has passed a commit on, as often as `breaks` says. */
async function lineThatBreaks(databaseUrl: string, breaks: { left: number }): Promise<string> {
  const target = new URL(databaseUrl);
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    near.on("error", () => far.destroy()).on("close", () => far.end());
    far.on("error", () => near.destroy());
    far.pipe(near);
    near.on("data", (data) => {
      const isLast = data.includes("commit") && breaks.left > 0;
      if (isLast) breaks.left -= 1;
      if (isLast) far.unpipe(near);
      far.write(data);
      if (isLast) far.once("data", () => near.destroy()).resume();
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const line = new URL(databaseUrl);
  line.port = String((server.address() as AddressInfo).port);
  return line.href;
}

const none = { lost: [], doubled: [] };

describe.skipIf(serverUrl === null)("a server under twenty clients", () => {
  test("loses and doubles no acknowledged write after a database crash; it answers 503 meanwhile, and recovers within 5 s", async () => {
    const database = await startPostgres({ isDurable: true });
    onTestFinished(() => database[Symbol.asyncDispose]());
    const context = createServeFixture({
      DATABASE_URL: database.url,
      RATE_LIMIT_REQUESTS_PER_MINUTE: "0",
    });
    const key = addKeyTo(context, "laptop", "--organization", "acme");
    const [one, two] = await Promise.all([startServeProcess(context), startServeProcess(context)]);
    const storms = [startWriteStorm(one.url, key, 10), startWriteStorm(two.url, key, 10)];
    for (let round = 0; round < 5; round += 1) {
      await Promise.all(storms.map((storm) => storm.more(20)));
      await database.down();
      const refused = await postRpc(one.url, "ping", { headers: bearer(key) });
      expect(refused.status).toBe(503);
      expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
      await database.up();
      await Promise.all(storms.map((storm) => storm.more(1, 5000)));
    }
    await Promise.all(storms.map((storm) => storm.end()));
    const statuses = new Set(storms.flatMap(({ refusals }) => [...refusals.keys()]));
    // 504: it broke in the middle of a commit, so that nobody knows.
    expect([...statuses].filter((status) => !["503 wait", "504"].includes(status))).toEqual([]);
    const acknowledged = storms.flatMap((storm) => storm.acknowledged);
    expect(acknowledged.length).toBeGreaterThan(200);
    expect(faultsOf(await titlesIn(database.url), acknowledged)).toEqual(none);
  });

  test.skipIf(process.getuid?.() !== 0)(
    "loses and doubles no acknowledged write when the database's disk fills up; it answers 503 meanwhile, and recovers within 5 s",
    async () => {
      const folder = mkdtempSync(join(tmpdir(), "sitrep-tablespace-"));
      const [{ data_directory: data } = {}] = await onServer("show data_directory");
      const { uid, gid } = statSync(String(data));
      const options = `size=40m,mode=700,uid=${uid},gid=${gid}`;
      execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder]);
      const database = `sitrep_small_${process.pid}`;
      onTestFinished(async () => {
        await onServer(`drop database if exists ${database} with (force)`);
        await onServer(`drop tablespace if exists ${database}`);
        execFileSync("umount", ["-l", folder]);
        rmSync(folder, { recursive: true });
      });
      await onServer(`create tablespace ${database} location '${folder}'`);
      await onServer(`create database ${database} tablespace ${database}`);
      const url = new URL(serverUrl ?? "");
      url.pathname = `/${database}`;
      const limits = { RATE_LIMIT_REQUESTS_PER_MINUTE: "0" };
      const context = createServeFixture({ DATABASE_URL: url.href, ...limits });
      const key = addKeyTo(context, "laptop", "--organization", "acme");
      const server = await startServeProcess(context);
      const storm = startWriteStorm(server.url, key, 20);
      await fillDiskUnder(storm, folder, 60_000);
      expect(faultsOf(await titlesIn(url.href), storm.acknowledged)).toEqual(none);
    },
  );

  test("gives up a database that hangs, fails the next call within 8 s, and uses the database again once it answers", async () => {
    const database = await startPostgres({ isDurable: true });
    onTestFinished(() => database[Symbol.asyncDispose]());
    const context = createServeFixture({ DATABASE_URL: database.url });
    const key = addKeyTo(context, "laptop", "--organization", "acme");
    const { url } = await startServeProcess(context);
    const list = async (): Promise<{ status: number; isTold: boolean; ms: number }> => {
      const begin = performance.now();
      const response = await fetch(`${url}/tasks?project=shop-api`, { headers: bearer(key) });
      await response.text();
      const isTold = response.headers.has("retry-after");
      return { status: response.status, isTold, ms: performance.now() - begin };
    };
    expect(await list()).toMatchObject({ status: 200 });
    const [{ data_directory: data } = {}] = await onServer("show data_directory", database.url);
    const [first = ""] = readFileSync(join(String(data), "postmaster.pid"), "utf8").split("\n");
    // It is the first to stop and the last to go on: so none of the others is collected meanwhile.
    process.kill(Number(first), "SIGSTOP");
    const all = [first, ...childrenOf(first)].map(Number);
    for (const pid of all) process.kill(pid, "SIGSTOP");
    const refused = await list();
    expect(refused).toMatchObject({ status: 503, isTold: true });
    expect(refused.ms).toBeLessThan(40_000);
    const next = await list();
    expect(next).toMatchObject({ status: 503, isTold: true });
    expect(next.ms).toBeLessThan(8000);
    for (const pid of all.toReversed()) process.kill(pid, "SIGCONT");
    await expect.poll(list, { timeout: 5000 }).toMatchObject({ status: 200 });
  });

  test("does not answer 503 to a write whose commit got no response, because a client would repeat the write", async () => {
    const url = await temporaryDatabase();
    const breaks = { left: 0 };
    const context = createServeFixture({ DATABASE_URL: await lineThatBreaks(url, breaks) });
    const key = addKeyTo(createServeFixture({ DATABASE_URL: url }), "a", "--organization", "acme");
    const server = await startServeProcess(context);
    breaks.left = 2;
    const response = await fetch(`${server.url}/tasks/batch`, {
      method: "POST",
      headers: { ...rpcHeaders, ...bearer(key) },
      body: JSON.stringify({ tasks: [{ project_id: "shop-api", title: "Add login" }] }),
    });
    expect(response.status).toBe(504);
    expect(response.headers.has("retry-after")).toBe(false);
    expect(await response.json()).toMatchObject({ code: "store-interrupted" });
    const task = { project_id: "shop-api", title: "Add logout" };
    const params = { name: "add_task", arguments: { tasks: [task] } };
    const told = await rpcAnswer(
      await postRpc(server.url, "tools/call", { params, headers: bearer(key) }),
    );
    expect(JSON.stringify(told)).toContain("check with a read-only tool before you retry");
    expect(told).toMatchObject({
      result: { structuredContent: { code: "store-interrupted", retryable: false } },
    });
    // It was done anyway.
    expect((await titlesIn(url)).toSorted()).toEqual(["Add login", "Add logout"]);
  });

  test("loses and doubles no acknowledged write when it is killed, and the other server continues", async () => {
    const url = await temporaryDatabase();
    const context = createServeFixture({ DATABASE_URL: url, RATE_LIMIT_REQUESTS_PER_MINUTE: "0" });
    const key = addKeyTo(context, "laptop", "--organization", "acme");
    const other = await startServeProcess(context);
    const steady = startWriteStorm(other.url, key, 10);
    const acknowledged: string[] = [];
    for (let round = 0; round < 5; round += 1) {
      const server = await startServeProcess(context);
      const storm = startWriteStorm(server.url, key, 10);
      await storm.more(20);
      server.signal("SIGKILL");
      await server.ended;
      await storm.end();
      acknowledged.push(...storm.acknowledged);
      await steady.more(1, 5000);
    }
    await steady.end();
    acknowledged.push(...steady.acknowledged);
    expect(faultsOf(await titlesIn(url), acknowledged)).toEqual(none);
    expect([...steady.refusals.keys()]).toEqual([]);
  });
});
