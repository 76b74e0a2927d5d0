// `sitrep serve` on PostgreSQL: a database that goes away and comes back, and two servers that serve as one.

import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { serverUrl, temporaryDatabase } from "../support/postgres.ts";
import { bearer, postRpc, rpcAnswer } from "../support/rpc.ts";
import {
  addKeyTo,
  createServeFixture,
  runVerb,
  startServeProcess,
} from "../support/serve-process.ts";

interface Line {
  /** The database's address through this line. */
  readonly url: string;
  /** Ends every connection and takes no new one. */
  cut(): Promise<void>;
  restore(): Promise<void>;
}

/** A line to the database that can be cut, as when the server is killed. */
async function createLine(databaseUrl: string): Promise<Line> {
  const target = new URL(databaseUrl);
  const open = new Set<Socket>();
  const make = () =>
    createServer((near) => {
      const far = connect(Number(target.port), target.hostname);
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        open.add(one);
        one.pipe(other);
        one.on("error", () => other.destroy());
        one.once("close", () => {
          open.delete(one);
          other.destroy();
        });
      }
    });
  let server = make();
  const listen = (port: number): Promise<void> =>
    new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const cut = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of open) socket.destroy();
    await closed;
  };
  onTestFinished(cut);
  const url = new URL(databaseUrl);
  url.port = String(port);
  return {
    url: url.href,
    cut,
    restore: async () => {
      server = make();
      await listen(port);
    },
  };
}

const next = { name: "get_next_task", arguments: { project_id: "shop-api" } };

describe.skipIf(serverUrl === null)("sitrep serve on PostgreSQL", () => {
  test("answers 503 while the database is down, and recovers by itself", async () => {
    const database = await temporaryDatabase();
    // The verb keeps this process waiting, and with it the line.
    const key = addKeyTo(
      createServeFixture({ DATABASE_URL: database }),
      "laptop",
      "--organization",
      "acme",
    );
    const line = await createLine(database);
    const { url } = await startServeProcess(createServeFixture({ DATABASE_URL: line.url }));
    const health = async (): Promise<number> => (await fetch(`${url}/health`)).status;
    const call = (): Promise<Response> =>
      postRpc(url, "tools/call", { params: next, headers: bearer(key) });
    expect(await health()).toBe(200);
    expect((await call()).status).toBe(200);
    await line.cut();
    await expect.poll(health).toBe(503);
    const refused = await call();
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ code: "store-unreachable" });
    await line.restore();
    await expect.poll(health, { timeout: 10_000 }).toBe(200);
    expect(await rpcAnswer(await call())).toMatchObject({
      result: { structuredContent: { task: null } },
    });
  });

  test("works the same from two servers on one database", async () => {
    const context = createServeFixture({ DATABASE_URL: await temporaryDatabase() });
    const key = addKeyTo(context, "laptop", "--organization", "acme");
    const [one, two] = await Promise.all([startServeProcess(context), startServeProcess(context)]);
    const headers = bearer(key);
    const call = async (url: string, name: string, args: object): Promise<unknown> => {
      const params = { name, arguments: { project_id: "shop-api", ...args } };
      return rpcAnswer(await postRpc(url, "tools/call", { params, headers }));
    };
    await call(one.url, "add_task", { tasks: [{ project_id: "shop-api", title: "Add login" }] });
    const seen = { result: { structuredContent: { task: { task_id: "TASK-001" } } } };
    expect(await call(two.url, "get_next_task", {})).toMatchObject(seen);
    const take = { task_id: "TASK-001", status: "in_progress" };
    const taken = await Promise.all(
      [one, two].map(({ url }) => call(url, "update_task_status", take)),
    );
    expect(
      taken.filter((response) => JSON.stringify(response).includes('"isError":true')),
    ).toHaveLength(1);
    const status = { status_filter: "in_progress" };
    expect(await call(two.url, "get_next_task", status)).toMatchObject(seen);
    const reserved = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        call([one, two][index % 2]?.url ?? "", "reserve_id_range", {
          artifact_type: "US",
          count: 5,
        }),
      ),
    );
    const ids = JSON.stringify(reserved).match(/US-\d+/g) ?? [];
    expect(new Set(ids).size).toBe(100);
    expect(runVerb(context, ["key", "revoke", "laptop"]).code).toBe(0);
    for (const { url } of [one, two]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect((await postRpc(url, "ping", { headers })).status).toBe(401);
    }
  });
});
