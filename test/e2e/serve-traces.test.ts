// The traces of `sitrep serve`, as a collector gets them.

import { expect, test } from "vitest";
import { bearer, postRpc, rpcHeaders } from "../support/rpc.ts";
import {
  addKeyTo,
  createServeFixture,
  runVerb,
  startServeProcess,
} from "../support/serve-process.ts";
import { startTraceCollector } from "../support/trace-collector.ts";

const traceId = "0af7651916cd43dd8448eb211c80319c";
const callerSpan = "b7ad6b7169203331";
const soon = { OTEL_BSP_SCHEDULE_DELAY: "50" };

async function startTraced(env: Record<string, string>) {
  const context = createServeFixture({ RATE_LIMIT_REQUESTS_PER_MINUTE: "0", ...env });
  const key = addKeyTo(context, "laptop", "--organization", "acme-private", "--user", "zoe");
  return { key, server: await startServeProcess(context) };
}

const addTask = (url: string, key: string, headers: Record<string, string> = {}) =>
  fetch(`${url}/tasks/batch`, {
    method: "POST",
    headers: { ...rpcHeaders, ...bearer(key), ...headers },
    body: JSON.stringify({
      tasks: [{ project_id: "secret-project", task_id: "SECRET-7", title: "secret title" }],
    }),
  });

test("a request, its tool call and their queries are spans of the caller's trace, without a word of a task", async () => {
  const collector = await startTraceCollector();
  const { key, server } = await startTraced({
    ...soon,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_SERVICE_NAME: "tasks-eu",
    OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=staging",
  });
  const traceparent = `00-${traceId}-${callerSpan}-01`;
  expect((await addTask(server.url, key, { traceparent })).status).toBe(201);
  const params = {
    name: "list_tasks",
    arguments: { project_id: "secret-project", status_filter: "pending" },
  };
  const headers = { ...bearer(key), traceparent };
  expect((await postRpc(server.url, "tools/call", { params, headers })).status).toBe(200);
  const wrong = { name: "get_ticket", arguments: { ticket_id: "SECRET-8" } };
  await postRpc(server.url, "tools/call", { params: wrong, headers });
  await fetch(`${server.url}/secret/path`, { headers });
  server.signal("SIGTERM");
  expect(await server.ended).toBe(0);
  const { spans } = collector;
  expect(collector.paths[0]).toBe("/v1/traces");
  const named = (name: string) => spans.find((one) => one.name === name);
  const rest = named("POST /tasks/batch");
  expect(rest).toMatchObject({
    traceId,
    parentSpanId: callerSpan,
    kind: 2,
    isError: false,
    attributes: {
      "http.request.method": "POST",
      "http.route": "/tasks/batch",
      "http.response.status_code": 201,
    },
    resource: {
      "service.name": "tasks-eu",
      "deployment.environment.name": "staging",
    },
  });
  const query = spans.find(
    (one) => one.name.toUpperCase() === "INSERT TASKS" && one.parentSpanId === rest?.spanId,
  );
  expect(query).toMatchObject({
    kind: 3,
    attributes: {
      "db.system.name": "sqlite",
      "db.operation.name": "INSERT",
      "db.collection.name": "tasks",
    },
  });
  expect(query?.durationMs).toBeGreaterThanOrEqual(0);
  const call = named("tools/call list_tasks");
  const mcp = spans.find(({ spanId }) => spanId === call?.parentSpanId);
  expect(mcp?.name).toBe("POST /mcp");
  expect(call).toMatchObject({ traceId, kind: 1, isError: false });
  expect(spans.some((one) => one.kind === 3 && one.parentSpanId === call?.spanId)).toBe(true);
  expect(named("tools/call get_ticket")).toMatchObject({
    isError: true,
    attributes: { "error.type": "ticket-not-found" },
  });
  expect(named("GET")).toMatchObject({ attributes: { "http.response.status_code": 404 } });
  for (const word of ["secret", "SECRET", "acme", "zoe", key]) {
    expect(collector.text()).not.toContain(word);
  }
});

test.for([
  ["no variable", {}],
  ["OTEL_SDK_DISABLED", { OTEL_SDK_DISABLED: "true" }],
  ["OTEL_TRACES_EXPORTER=none", { OTEL_TRACES_EXPORTER: "none" }],
  ["a sampler that is off", { OTEL_TRACES_SAMPLER: "always_off" }],
] as const)("nothing is sent with %s", async ([name, variables]) => {
  const collector = await startTraceCollector();
  const endpoint = name === "no variable" ? {} : { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
  const { key, server } = await startTraced({ ...soon, ...endpoint, ...variables });
  expect((await addTask(server.url, key)).status).toBe(201);
  server.signal("SIGTERM");
  expect(await server.ended).toBe(0);
  expect(collector.paths).toEqual([]);
});

test("a collector that is down causes a line in the log, and neither requests nor the end wait for the collector", async () => {
  const { key, server } = await startTraced({
    ...soon,
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://127.0.0.1:9/v1/traces",
    OTEL_EXPORTER_OTLP_TIMEOUT: "300",
  });
  expect((await addTask(server.url, key)).status).toBe(201);
  await expect
    .poll(() => server.log.filter(({ msg }) => msg === "traces not sent"))
    .toHaveLength(1);
  const stopped = performance.now();
  server.signal("SIGTERM");
  expect(await server.ended).toBe(0);
  expect(performance.now() - stopped).toBeLessThan(8000);
});

test("a collector that never answers does not keep the server from ending", async () => {
  const collector = await startTraceCollector(false);
  const { key, server } = await startTraced({
    ...soon,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
  });
  expect((await addTask(server.url, key)).status).toBe(201);
  await expect.poll(() => collector.paths.length).toBeGreaterThan(0);
  const stopped = performance.now();
  server.signal("SIGTERM");
  expect(await server.ended).toBe(0);
  expect(performance.now() - stopped).toBeLessThan(8000);
});

test("a protocol that is not supported is refused by the name of its variable", () => {
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4317",
    OTEL_EXPORTER_OTLP_PROTOCOL: "grpc",
  };
  const { code, err } = runVerb(createServeFixture(env), []);
  expect(code).not.toBe(0);
  expect(err).toContain('OTEL_EXPORTER_OTLP_PROTOCOL must be one of http/protobuf, not "grpc"');
});
