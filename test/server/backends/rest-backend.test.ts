// The REST backend in front of the real service: the port's contract, and faults of the service.

import { describe, expect, onTestFinished, test, vi } from "vitest";
import { saturday } from "../../support/builders.ts";
import { describeTaskBackend } from "../../contracts/task-backend.ts";
import type { BackendUnderTest } from "../../contracts/task-backend.ts";
import type { CallScope, TaskBackend } from "../../../src/server/backend.ts";
import { plainProjectNames } from "../../../src/server/backends/project-names.ts";
import { createRestBackend } from "../../../src/server/backends/rest-backend.ts";
import type { RestBackend } from "../../../src/server/backends/rest-backend.ts";
import { createStoreBackend, dayMs } from "../../../src/server/backends/store-backend.ts";
import { openStore } from "../../../src/store/database/database.ts";
import { startMisbehavingServer } from "../../support/misbehaving-server.ts";
import type { MisbehavingServer } from "../../support/misbehaving-server.ts";
import { askedBy } from "../../support/principals.ts";
import { startRestService } from "../../support/rest-service.ts";
import { temporaryFolder } from "../../support/temporary.ts";
import { connectTools, textOf } from "../../support/tool-client.ts";
import { shortCalls } from "../../support/short-calls.ts";

const asked = askedBy("acme");

function restBackend(url: string, key = "ana", timeoutMs = 5000): RestBackend {
  const backend = createRestBackend({
    url,
    headers: async () => ({ authorization: `Bearer ${key}` }),
    timeoutMs,
  });
  onTestFinished(() => backend[Symbol.asyncDispose]());
  return backend;
}

/** The service knows the caller by the key: each caller of the suite has one. */
async function servedBackend(): Promise<BackendUnderTest> {
  let now = saturday;
  const store = await openStore({ file: `${temporaryFolder()}/tasks.db` });
  const options = { projects: plainProjectNames, reservationMs: dayMs };
  const behind = createStoreBackend({ ...options, store, clock: () => new Date(now) });
  onTestFinished(() => behind[Symbol.asyncDispose]());
  const { url, principals } = await startRestService({ backend: behind });
  const backends = new Map<string, RestBackend>();
  const of = ({ as }: CallScope): RestBackend => {
    const key = `${as.organization}/${as.user}`;
    principals.set(key, as);
    const backend = backends.get(key) ?? restBackend(url, key);
    backends.set(key, backend);
    return backend;
  };
  const any = restBackend(url);
  const backend = new Proxy<TaskBackend>(any, {
    get: (_, name: keyof TaskBackend) => {
      if (typeof any[name] !== "function" || name === "check") return any[name];
      return (...args: unknown[]) => {
        const method = of(args.at(-1) as CallScope)[name] as (...given: unknown[]) => unknown;
        return method(...args);
      };
    },
  });
  return { backend, pass: (ms) => void (now += ms) };
}

describe("the REST backend", () => {
  describeTaskBackend(servedBackend);
});

const json = JSON.stringify;

async function badService(): Promise<MisbehavingServer> {
  const server = await startMisbehavingServer((_request, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(json({ task: null }));
  });
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

const next = (backend: TaskBackend) =>
  shortCalls(backend).nextTask({ project: "shop", status: "pending" }, asked);
const take = (backend: TaskBackend) =>
  backend.updateTaskStatus({ id: "T-1", status: "in_progress", completion_notes: "" }, asked);

describe("a failing service behind the REST backend", () => {
  test("gets three retries of a read, and none of a write", async () => {
    const server = await badService();
    server.nextFaults.push({ status: 503 }, { status: 500 }, "reset");
    const backend = restBackend(server.origin);
    await expect(next(backend)).resolves.toBeNull();
    expect(server.requests).toHaveLength(4);
    server.nextFaults.push({ status: 503 });
    await expect(take(backend)).rejects.toMatchObject({ status: 503 });
    expect(server.requests).toHaveLength(5);
  });

  test("is a failure if it responds with a 404 page, not a missing task or ticket", async () => {
    const server = await badService();
    const backend = restBackend(server.origin);
    server.fault = { status: 404, headers: { "content-type": "text/html" }, body: "<h1>404</h1>" };
    const failure = { code: "source-failed", status: 404 };
    const getTask = () => backend.getTask({ id: "T-1", project: "shop" }, asked);
    await expect(getTask()).rejects.toMatchObject(failure);
    await expect(backend.getTicket({ id: "T-1" }, asked)).rejects.toMatchObject(failure);
    await expect(take(backend)).rejects.toMatchObject(failure);
    await expect(backend.check(asked.signal)).rejects.toMatchObject(failure);
    server.fault = { status: 404, body: json({ detail: "Not Found" }) };
    await expect(getTask()).rejects.toMatchObject({ code: "task-not-found" });
    await expect(take(backend)).rejects.toMatchObject({ code: "task-not-found" });
    await expect(backend.check(asked.signal)).rejects.toMatchObject(failure);
    server.fault = null;
    server.nextFaults.push({ status: 404 }, { status: 200, body: json({ next_id: "TASK-001" }) });
    await expect(backend.check(asked.signal)).resolves.toBeUndefined();
  });

  test("is quoted in its own words, cleaned and cut", async () => {
    const server = await badService();
    const backend = restBackend(server.origin);
    const { call } = await connectTools({ backend, project: "shop" });
    const say = async (body: string, status = 409): Promise<string> => {
      server.nextFaults.push({ status, body });
      return textOf(await call("update_task_status", { task_id: "T-1", status: "blocked" }));
    };
    const problem = {
      title: "Ambiguous task id",
      detail: "In a, b.",
      code: "task-ambiguous",
    };
    expect(await say(json(problem))).toBe(
      'Task Tracking API error: 409 - "Ambiguous task id"\n' +
        'Code: task-ambiguous. The service says: "In a, b." Retrying will not help. Pass project_id too.',
    );
    expect(await say(`\u0007${"x".repeat(500)}\u202E`)).toMatch(/^Task .*: 409 - "x{199}…"\n/);
    expect(await say("")).toMatch(/^Task Tracking API error: 409 - Conflict\n/);
    expect(
      await say(json({ detail: "It is over.", title: "Invalid status transition" }), 400),
    ).toMatch(/^Invalid status transition: "It is over\."\nCode: transition-invalid/);
    expect(await say("x".repeat(5_000_000), 418)).toContain('418 - "xxx');
  });

  test("causes a timeout if it is too slow, and a timed-out write may have been done", async () => {
    const server = await badService();
    server.fault = "hang";
    const { call } = await connectTools({
      backend: restBackend(server.origin, "k", 100),
      project: "p",
    });
    expect(textOf(await call("get_next_task"))).toBe(
      "Task Tracking microservice timeout: No response within 0.1 seconds\n" +
        "Code: source-timeout. Retrying in a moment may help.",
    );
    expect(textOf(await call("update_task_status", { task_id: "T", status: "blocked" }))).toBe(
      "Network error: No response within 0.1 seconds\n" +
        "Code: source-timeout. It may have been done anyway: check with a read-only tool before you retry.",
    );
  });

  test("delays a tool by at most a second beyond its timeout", async () => {
    const server = await badService();
    const backend = restBackend(server.origin, "k", 1000);
    const { call } = await connectTools({ backend, project: "p" });
    server.nextFaults.push({ status: 429, headers: { "retry-after": "3" } });
    const started = performance.now();
    expect(textOf(await call("get_next_task"))).toMatch(/^Task Tracking API error: 429 - /);
    expect(performance.now() - started).toBeLessThan(1000);
    server.fault = "hang";
    const other = await connectTools({
      backend: restBackend(server.origin, "k", 1000),
      project: "p",
    });
    const again = performance.now();
    expect(textOf(await other.call("get_next_task"))).toContain("No response within 1 seconds");
    expect(performance.now() - again).toBeLessThan(3000);
  });

  test("is not called for a while after repeated failures, and the reason is still reported", async () => {
    const server = await badService();
    await server.stop();
    const backend = restBackend(server.origin);
    const { call } = await connectTools({ backend, project: "p" });
    await call("get_next_task");
    const text = textOf(await call("get_next_task"));
    expect(backend.metrics().breaker).toBe("open");
    expect(text).toMatch(
      /^Task Tracking microservice unavailable: Connection refused at http:\/\/127\.0\.0\.1:\d+\nCode: source-cooldown\. Retrying in \d+ s may help\.$/,
    );
  });

  test("is called freely again half a minute later, after three good calls", async () => {
    vi.useFakeTimers({ toFake: ["Date", "performance"] });
    onTestFinished(() => void vi.useRealTimers());
    const server = await badService();
    const backend = restBackend(server.origin);
    server.fault = { status: 500 };
    for (let failures = 0; failures < 5; failures += 1) {
      // oxlint-disable-next-line no-await-in-loop -- in a row
      await expect(take(backend)).rejects.toMatchObject({ status: 500 });
    }
    await expect(take(backend)).rejects.toMatchObject({ code: "source-cooldown" });
    server.fault = null;
    vi.advanceTimersByTime(29_000);
    await expect(next(backend)).rejects.toMatchObject({ code: "source-cooldown" });
    vi.advanceTimersByTime(2000);
    const states: string[] = [];
    for (let good = 0; good < 3; good += 1) {
      // oxlint-disable-next-line no-await-in-loop -- in a row
      await next(backend);
      states.push(backend.metrics().breaker);
    }
    expect(states).toEqual(["half-open", "half-open", "closed"]);
  });

  test("has a reported reason even if the first call sends several requests", async () => {
    const server = await badService();
    const { call } = await connectTools({ backend: restBackend(server.origin), project: "p" });
    server.fault = { status: 503 };
    expect(textOf(await call("get_project_report"))).toMatch(
      /^Task Tracking (?:API error: 503 - |microservice unavailable: HTTP 503 at http:\/\/127)/,
    );
    await server.stop();
    const gone = restBackend(server.origin);
    const { call: callGone } = await connectTools({ backend: gone, project: "p" });
    expect(textOf(await callGone("get_project_report"))).toMatch(
      /^Task Tracking microservice unavailable: Connection refused at http:\/\/127\.0\.0\.1:\d+\nCode: source-/,
    );
    server.fault = null;
  });

  test("cannot send an endless error body, which is read only up to a limit", async () => {
    const server = await startMisbehavingServer((_request, response) => {
      response.writeHead(418, { "content-type": "text/plain" });
      const more = (): void => {
        if (!response.destroyed) response.write("no tea ".repeat(100), () => setImmediate(more));
      };
      more();
    });
    onTestFinished(() => server[Symbol.asyncDispose]());
    await expect(next(restBackend(server.origin))).rejects.toMatchObject({ status: 418 });
  });

  test("cannot redirect a request with the key to another server", async () => {
    const [server, other] = [await badService(), await badService()];
    server.fault = { redirect: `${other.origin}/tasks/next` };
    await expect(next(restBackend(server.origin))).rejects.toThrow("redirects to");
    expect(other.requests).toEqual([]);
  });

  test.for(["page", "cut-json", "truncated"] as const)(
    "is an error, not an empty list, if it responds with %s",
    async (fault) => {
      const server = await badService();
      server.fault = fault;
      await expect(next(restBackend(server.origin))).rejects.toThrow(
        /^Task Tracking microservice /,
      );
    },
  );

  test("gives an invalid response if a response has no task", async () => {
    const server = await badService();
    server.fault = { status: 200, body: '{"hello":"world"}' };
    const { call } = await connectTools({ backend: restBackend(server.origin), project: "p" });
    expect(textOf(await call("get_next_task"))).toMatch(/lacks "task"\nCode: source-invalid/);
  });
});

test("completed tasks by day include the latest, after any number of earlier ones", async () => {
  const { url, backend: behind } = await startRestService();
  const add = (count: number): Promise<readonly string[]> =>
    shortCalls(behind).addTasks(
      Array.from({ length: count }, () => ({
        project_id: "shop",
        title: "x",
        status: "completed" as const,
      })),
      asked,
    );
  const day = new Date().toISOString().slice(0, 10);
  await add(250);
  const { byStatus, completedByDay } = await restBackend(url).counts({ project: "shop" }, asked);
  expect(byStatus.completed).toBe(250);
  expect(completedByDay.reduce((sum, { count }) => sum + count, 0)).toBe(250);
  expect(completedByDay.at(-1)?.day).toBe(day);
});

test("a response that leaves out fields is accepted", async () => {
  const server = await badService();
  const body = json({
    task: { task_id: "TASK-051", description: "Generate HLS-006", inputs: ["a"] },
  });
  server.fault = { status: 200, body };
  await expect(next(restBackend(server.origin))).resolves.toMatchObject({
    task_id: "TASK-051",
    project_id: "shop",
    title: "Generate HLS-006",
    status: "pending",
    inputs: ["a"],
    due: null,
  });
});
