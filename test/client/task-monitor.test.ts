// The task monitor against a real server.

import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { createTaskClient, createTaskMonitor } from "../../src/index.ts";
import type { TaskMonitorOptions } from "../../src/index.ts";
import { startTaskServer } from "../support/task-server.ts";

async function fixture(options: Partial<TaskMonitorOptions> = {}) {
  const server = await startTaskServer({
    tasks: [{ id: "A", title: "Rotate keys", priority: "low" }],
  });
  const client = createTaskClient({ url: server.origin, profile: "basic" });
  const monitor = createTaskMonitor({ client, everyMs: 10, retryMs: () => 10, ...options });
  onTestFinished(async () => {
    await monitor.stop();
    await client[Symbol.asyncDispose]();
  });
  return { server, monitor };
}

test("a task monitor asks at once and at intervals, and reports a pressing task once", async () => {
  const { server, monitor } = await fixture();
  const pressing: string[][] = [];
  monitor.on("tasks", () => {
    throw new Error("of the listener");
  });
  monitor.on("pressing", (tasks) => pressing.push(tasks.map(({ id }) => id)));
  monitor.start();
  monitor.start();
  await expect.poll(() => monitor.lastTasks?.length).toBe(1);
  await server.add("", []);
  Object.assign(server.tasks[0] ?? {}, { priority: "high" });
  await expect.poll(() => pressing).toEqual([["A"]]);
  const asked = server.requests.length;
  await expect.poll(() => server.requests.length).toBeGreaterThan(asked + 2);
  expect(pressing).toEqual([["A"]]);
});

test("a task monitor keeps the last good tasks while the server fails, and continues when the server is back", async () => {
  const { server, monitor } = await fixture();
  const failures: unknown[] = [];
  monitor.on("error", (error) => failures.push(error));
  monitor.start();
  await expect.poll(() => monitor.lastTasks?.length).toBe(1);
  server.fault = { status: 500 };
  await expect.poll(() => failures.length).toBeGreaterThan(1);
  expect(failures[0]).toMatchObject({ code: "source-failed" });
  expect(monitor.lastTasks).toHaveLength(1);
  server.tasks.length = 0;
  server.fault = null;
  await expect.poll(() => monitor.lastTasks?.length).toBe(0);
});

test("a task monitor stops at once, even during a request", async () => {
  const { server, monitor } = await fixture();
  server.fault = "hang";
  monitor.start();
  expect(monitor.isRunning).toBe(true);
  await expect.poll(() => server.requests.length).toBe(1);
  const isStopped = monitor.stop().then(() => true);
  expect(await Promise.race([isStopped, sleep(2000, false)])).toBe(true);
  expect(monitor.isRunning).toBe(false);
  expect(server.requests).toHaveLength(1);
});
