// `sitrep serve` for a long time and with a large store: what it costs, and that it keeps nothing. 20,000 calls here;
// SITREP_SERVE_CALLS=100000 is the figure that is promised.

import { readdirSync, readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Agent, request } from "undici";
import { localPrincipal } from "../../src/server/principal.ts";
import { plainProjectNames } from "../../src/server/backends/project-names.ts";
import { createStoreBackend, dayMs } from "../../src/server/backends/store-backend.ts";
import { openStore } from "../../src/store/database/database.ts";
import { rpcBody, rpcHeaders } from "../support/rpc.ts";
import { createServeFixture, startServeProcess } from "../support/serve-process.ts";
import type { ServeFixture } from "../support/serve-process.ts";

const calls = Number(process.env["SITREP_SERVE_CALLS"] ?? 20_000);
const callers = 50;
const project = "shop-api";
const asked = { as: localPrincipal, signal: AbortSignal.timeout(600_000) };

async function fillStore({ home }: ServeFixture, count: number): Promise<void> {
  const store = await openStore({ file: join(home, "state/tasks.db") });
  const clock = (): Date => new Date();
  const projects = plainProjectNames;
  await using backend = createStoreBackend({ store, projects, clock, reservationMs: dayMs });
  for (let first = 0; first < count; first += 1000) {
    const tasks = Array.from({ length: Math.min(1000, count - first) }, (_, index) => ({
      project_id: project,
      title: `Task number ${first + index}`,
      description: "What is to be done, in a sentence or two.",
    }));
    // oxlint-disable-next-line no-await-in-loop -- one transaction after the other
    await backend.addTasks({ tasks }, asked);
  }
}

/** What is called, in turn: reads of all kinds, and now and then a write. */
const turns: readonly [string, object][] = [
  ["get_next_task", { project_id: project }],
  ["list_tasks", { project_id: project, page_size: 10 }],
  ["get_next_available_id", { project_id: project, artifact_type: "US" }],
  ["list_tickets", {}],
  ["get_next_task", { project_id: project, status_filter: "blocked" }],
];
const write: [string, object] = [
  "reserve_id_range",
  { project_id: project, artifact_type: "US", count: 1 },
];

async function callOnce(url: string, dispatcher: Agent, index: number): Promise<number> {
  const [name, args] = index % 50 === 0 ? write : (turns[index % turns.length] ?? write);
  const body = rpcBody("tools/call", { name, arguments: args });
  const started = performance.now();
  const options = { method: "POST", headers: rpcHeaders, body, dispatcher } as const;
  const response = await request(`${url}/mcp`, options);
  const text = await response.body.text();
  if (response.statusCode !== 200 || text.includes('"isError":true')) throw new Error(text);
  return performance.now() - started;
}

/** Fifty callers at once; gives the time of each call. */
async function callMany(url: string, dispatcher: Agent, count: number): Promise<number[]> {
  const times: number[] = [];
  let next = 0;
  async function caller(): Promise<void> {
    while (next < count) {
      next += 1;
      // oxlint-disable-next-line no-await-in-loop -- a caller asks one thing after the other
      times.push(await callOnce(url, dispatcher, next));
    }
  }
  await Promise.all(Array.from({ length: callers }, caller));
  return times;
}

function createDispatcher(connections: number): Agent {
  const dispatcher = new Agent({ connections });
  onTestFinished(() => dispatcher.destroy());
  return dispatcher;
}

const residentMiB = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
const descriptors = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

test.skipIf(process.platform !== "linux")(
  `F39: ${calls} calls of ${callers} clients keep the server below 150 MiB, let it grow by at most 20 and leave no descriptor open`,
  { timeout: 600_000 },
  async () => {
    const context = createServeFixture({ RATE_LIMIT_REQUESTS_PER_MINUTE: "0" });
    await fillStore(context, 1000);
    const { url, pid } = await startServeProcess(context, ["--open"]);
    const dispatcher = createDispatcher(callers);
    const idle = descriptors(pid);
    // What is compiled and what is pooled is there after this.
    await callMany(url, dispatcher, Math.min(20_000, calls));
    const before = residentMiB(pid);
    await callMany(url, dispatcher, calls);
    const grown = residentMiB(pid) - before;
    await dispatcher.destroy();
    const now = residentMiB(pid);
    process.stdout.write(
      `${now.toFixed(0)} MiB, grown by ${grown.toFixed(1)} MiB in ${calls} calls\n`,
    );
    // 131 to 137 were measured, 48 of them Node's own program; 361 before it began again with V8's own limits lowered.
    expect(now).toBeLessThanOrEqual(150);
    expect(grown).toBeLessThanOrEqual(20);
    await expect.poll(() => descriptors(pid)).toBeLessThanOrEqual(idle);
  },
);

test("95 of 100 calls over loopback take at most 25 ms with 100,000 tasks", async () => {
  const context = createServeFixture({
    RATE_LIMIT_REQUESTS_PER_MINUTE: "0",
    SITREP_TOOL_CACHE_SECONDS: "0",
  });
  await fillStore(context, 100_000);
  const { url } = await startServeProcess(context, ["--open"]);
  const dispatcher = createDispatcher(1);
  const times: number[] = [];
  for (let index = 0; index < 1200; index += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const time = await callOnce(url, dispatcher, index);
    if (index >= 200) times.push(time);
  }
  const p95 = times.toSorted((a, b) => a - b)[Math.ceil(times.length * 0.95) - 1] ?? Infinity;
  process.stdout.write(`p95 with 100,000 tasks: ${p95.toFixed(1)} ms\n`);
  expect(p95).toBeLessThanOrEqual(25);
});

const maxFiles = Number(
  /Max open files +\d+ +(\d+)/.exec(
    process.platform === "linux" ? readFileSync("/proc/self/limits", "utf8") : "",
  )?.[1] ?? 0,
);
const flood = 15_000;

test.skipIf(maxFiles < flood + 1000)(
  "15,000 connections that never finish a request do not enlarge the server, and it still answers",
  { timeout: 120_000 },
  async () => {
    const context = createServeFixture({ RATE_LIMIT_REQUESTS_PER_MINUTE: "0" });
    const { url, pid } = await startServeProcess(context, ["--open"]);
    const dispatcher = createDispatcher(1);
    await callOnce(url, dispatcher, 1);
    const before = residentMiB(pid);
    const port = Number(new URL(url).port);
    const attack = async (): Promise<Socket> => {
      const socket = connect(port, "127.0.0.1");
      socket.on("error", () => undefined);
      await new Promise((resolve) => socket.once("connect", resolve).once("close", resolve));
      socket.write(`GET /tasks HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: ${"a".repeat(100)}`);
      return socket;
    };
    const sockets = await Promise.all(Array.from({ length: flood }, attack));
    for (const socket of sockets) socket.destroy();
    await expect.poll(() => residentMiB(pid) - before, { timeout: 60_000 }).toBeLessThanOrEqual(40);
    expect(await callOnce(url, createDispatcher(1), 2)).toBeGreaterThan(0);
  },
);
