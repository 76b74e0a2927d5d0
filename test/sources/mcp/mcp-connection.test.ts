// When a connection is made, shared, closed and made again.

import { expect, onTestFinished, test } from "vitest";
import { createConnection } from "../../../src/sources/mcp/connect.ts";
import { startTaskServer } from "../../support/task-server.ts";
import type { TaskServer } from "../../support/task-server.ts";

function connectionTo(server: TaskServer, idleMs: number, requestTimeoutMs = 10_000) {
  let opened = 0;
  const connection = createConnection(
    async () => {
      opened += 1;
      return { transport: "http", url: server.url };
    },
    { name: "team", connectTimeoutMs: 10_000, requestTimeoutMs, idleMs },
  );
  onTestFinished(() => connection[Symbol.asyncDispose]());
  const list = () => connection.callTool("manage_task", { action: "list" });
  return { connection, list, opened: () => opened };
}

test("a connection is opened by the first call and shared by concurrent calls", async () => {
  const { connection, list, opened } = connectionTo(await startTaskServer(), 60_000);
  expect([opened(), connection.state]).toEqual([0, "disconnected"]);
  await Promise.all([list(), list(), list()]);
  await list();
  expect([opened(), connection.state]).toEqual([1, "connected"]);
  expect(connection.use).toEqual({ opened: 1, reused: 3, isOpen: true });
});

test("a connection that no call used for its idle time is closed, and opened again by the next call", async () => {
  const server = await startTaskServer();
  const { connection, list, opened } = connectionTo(server, 50);
  await list();
  await expect.poll(() => connection.state).toBe("disconnected");
  await expect.poll(() => server.sockets.open).toBe(0);
  await list();
  expect(opened()).toBe(2);
});

test("a broken connection with an idle time is closed, and the next call connects again", async () => {
  const server = await startTaskServer();
  const { connection, list, opened } = connectionTo(server, 60_000, 1000);
  await list();
  server.fault = "hang";
  await expect(list()).rejects.toMatchObject({ code: "source-timeout" });
  expect(connection.state).toBe("disconnected");
  server.fault = null;
  await list();
  expect(opened()).toBe(2);
});

test("the next call tries to reach an unreachable server again", async () => {
  const server = await startTaskServer();
  const { list, opened } = connectionTo(server, 60_000);
  await server.stop();
  await expect(list()).rejects.toMatchObject({ code: "source-unreachable" });
  await server.start();
  await list();
  expect(opened()).toBe(2);
});

test("the next call tries a server that refused the connection again", async () => {
  const server = await startTaskServer();
  const { list, opened } = connectionTo(server, 60_000);
  server.fault = { status: 403 };
  await expect(list()).rejects.toMatchObject({ code: "source-refused" });
  server.fault = null;
  await list();
  expect(opened()).toBe(2);
});

test("a closed connection does not connect again", async () => {
  const { connection, list, opened } = connectionTo(await startTaskServer(), 60_000);
  await list();
  await connection[Symbol.asyncDispose]();
  await expect(list()).rejects.toMatchObject({ code: "source-unreachable", isUnsent: true });
  expect([connection.state, opened()]).toEqual(["closed", 1]);
});

test("a connection that is closed while it opens fails its callers and stays closed", async () => {
  const server = await startTaskServer();
  server.fault = "hang";
  const { connection, list } = connectionTo(server, 60_000);
  const call = list().catch((error: unknown) => error);
  await expect.poll(() => server.requests.length).toBe(1);
  await connection[Symbol.asyncDispose]();
  expect(await call).toMatchObject({ code: "source-unreachable", isUnsent: true });
  expect(connection.state).toBe("closed");
  await expect.poll(() => server.sockets.open).toBe(0);
});
