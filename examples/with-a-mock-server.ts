// Test a program that uses the library against a server on loopback that fails on demand.

import assert from "node:assert/strict";
import { join } from "node:path";
import { createTaskClient, openSessionCache } from "sitrep";
import { startTaskServer } from "sitrep/testing";
import { show } from "./demo/show.ts";

/** A server with two tasks that asks for a token. */
export async function testListing(): Promise<void> {
  const tasks = [
    { id: "mock-1", title: "First", status: "todo", priority: "high" },
    { id: "mock-2", title: "Second", status: "in_progress" },
  ];
  await using server = await startTaskServer({ tasks, key: "token" });
  const headers = { authorization: "Bearer token" };
  await using client = createTaskClient({ url: server.origin, headers });
  const { value } = await client.queryPendingTasks({ limit: 5 });
  assert.deepEqual(value.map(({ id }) => id).toSorted(), ["mock-1", "mock-2"]);
  assert.equal(server.requests[0]?.headers.authorization, "Bearer token");
}

/** A refused sign-in. */
export async function testRefusal(): Promise<void> {
  await using server = await startTaskServer({ key: "token" });
  await using client = createTaskClient({ url: server.origin });
  await assert.rejects(client.queryPendingTasks(), { code: "source-refused" });
}

/** A server that fails after the first call: the client falls back to the last good response. */
export async function testOutage(cacheFile: string): Promise<void> {
  await using server = await startTaskServer({ tasks: [{ id: "mock-1", title: "First" }] });
  using cache = openSessionCache({ file: cacheFile });
  const policy = { retryDelaysMs: [], resultCacheMs: 0 };
  await using client = createTaskClient({ url: server.origin, cache, policy });
  await client.queryPendingTasks();
  for (const fault of ["reset", "page", "cut-json", { status: 503 }] as const) {
    server.fault = fault;
    const response = await client.queryPendingTasks();
    assert.equal(response.from, "cache");
    assert.equal(response.value[0]?.id, "mock-1");
    assert.notEqual(response.failure, null);
  }
}

if (import.meta.main) {
  await show(async ({ folder }) => {
    await testListing();
    await testRefusal();
    await testOutage(join(folder, "cache.db"));
    return "all passed";
  });
}
