// `sitrep serve` on a PostgreSQL that crashes and comes back under twenty clients, and servers that are killed there.

import { once } from "node:events";
import { connect, createServer, type AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { onServer, serverUrl, temporaryDatabase } from "../support/postgres.ts";
import { startPostgres } from "../support/postgres-server.ts";
import { bearer, postRpc, rpcAnswer, rpcHeaders } from "../support/rpc.ts";
import { addKeyTo, createServeFixture, startServeProcess } from "../support/serve-process.ts";
import { faultsOf, startWriteStorm } from "../support/write-storm.ts";

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

describe.skipIf(serverUrl === null)("under twenty clients", () => {
  test("a database that crashes costs no acknowledged write and doubles none; meanwhile 503, and back within 5 s", async () => {
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

  test("a write whose commit has no answer is not answered with 503, which would have it done again", async () => {
    const url = await temporaryDatabase();
    const breaks = { left: 0 };
    const context = createServeFixture({ DATABASE_URL: await lineThatBreaks(url, breaks) });
    const key = addKeyTo(createServeFixture({ DATABASE_URL: url }), "a", "--organization", "acme");
    const server = await startServeProcess(context);
    breaks.left = 2;
    const answer = await fetch(`${server.url}/tasks/batch`, {
      method: "POST",
      headers: { ...rpcHeaders, ...bearer(key) },
      body: JSON.stringify({ tasks: [{ project_id: "shop-api", title: "Add login" }] }),
    });
    expect(answer.status).toBe(504);
    expect(answer.headers.has("retry-after")).toBe(false);
    expect(await answer.json()).toMatchObject({ code: "store-interrupted" });
    const task = { project_id: "shop-api", title: "Add logout" };
    const params = { name: "add_task", arguments: { tasks: [task] } };
    const told = await rpcAnswer(
      await postRpc(server.url, "tools/call", { params, headers: bearer(key) }),
    );
    expect(JSON.stringify(told)).toContain("check with a tool that reads before you retry");
    expect(told).toMatchObject({
      result: { structuredContent: { code: "store-interrupted", retryable: false } },
    });
    // It was done all the same.
    expect((await titlesIn(url)).toSorted()).toEqual(["Add login", "Add logout"]);
  });

  test("a server that is killed costs no acknowledged write and doubles none, and the other one goes on", async () => {
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
