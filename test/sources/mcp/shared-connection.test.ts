import { expect, onTestFinished, test } from "vitest";
import { connectMcp } from "../../../src/sources/mcp/connect.ts";
import { createSharedConnection } from "../../../src/sources/mcp/shared-connection.ts";
import { startTaskServer } from "../../support/task-server.ts";
import type { TaskServer } from "../../support/task-server.ts";
import { eventually } from "../../support/waiting.ts";

function connectionTo(server: TaskServer, idleMs: number, requestTimeoutMs = 10_000) {
  let opened = 0;
  let closed = 0;
  const shared = createSharedConnection(
    "team",
    async () => {
      opened += 1;
      const connection = await connectMcp(
        { transport: "http", url: server.url },
        { name: "team", connectTimeoutMs: 10_000, requestTimeoutMs },
      );
      return Object.assign(Object.create(connection) as typeof connection, {
        [Symbol.asyncDispose]: () => {
          closed += 1;
          return connection[Symbol.asyncDispose]();
        },
      });
    },
    idleMs,
  );
  onTestFinished(() => shared[Symbol.asyncDispose]());
  const list = () =>
    shared.use((connection) => connection.callTool("manage_task", { action: "list" }));
  return { shared, list, counts: () => [opened, closed] };
}

test("a connection is made when it is needed and shared by calls at once", async () => {
  const { list, counts } = connectionTo(await startTaskServer(), 60_000);
  expect(counts()).toEqual([0, 0]);
  await Promise.all([list(), list(), list()]);
  await list();
  expect(counts()).toEqual([1, 0]);
});

test("it is closed when nobody needed it for a while, and made again", async () => {
  const { list, counts } = connectionTo(await startTaskServer(), 50);
  await list();
  await eventually(() => expect(counts()).toEqual([1, 1]));
  await list();
  expect(counts()[0]).toBe(2);
});

test("one that broke is not used again", async () => {
  const server = await startTaskServer();
  const { list, counts } = connectionTo(server, 60_000, 1000);
  await list();
  server.fault = "hang";
  await expect(list()).rejects.toMatchObject({ code: "source-timeout" });
  server.fault = null;
  await list();
  expect(counts()).toEqual([2, 1]);
});

test("a server that cannot be reached is tried again by the next call", async () => {
  const server = await startTaskServer();
  const { list, counts } = connectionTo(server, 60_000);
  await server.stop();
  await expect(list()).rejects.toMatchObject({ code: "source-unreachable" });
  await server.start();
  await list();
  expect(counts()[0]).toBe(2);
});

test("a server that refused the connection is tried again by the next call", async () => {
  const server = await startTaskServer();
  const { list, counts } = connectionTo(server, 60_000);
  server.fault = { status: 403 };
  await expect(list()).rejects.toMatchObject({ code: "source-refused" });
  server.fault = null;
  await list();
  expect(counts()[0]).toBe(2);
});

test("once it is closed, nothing connects again", async () => {
  const { shared, list, counts } = connectionTo(await startTaskServer(), 60_000);
  await list();
  await shared[Symbol.asyncDispose]();
  await expect(list()).rejects.toMatchObject({ code: "source-unreachable", isUnsent: true });
  expect([shared.state, ...counts()]).toEqual(["closed", 1, 1]);
});
