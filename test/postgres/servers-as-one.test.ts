// Several `sitrep serve` on one PostgreSQL are one to their users: what one of them writes, counts or is told, all know.

import { describe, expect, onTestFinished, test } from "vitest";
import { onServer, serverUrl, temporaryDatabase } from "../support/postgres.ts";
import { bearer, postRpc, rpcAnswer, rpcHeaders } from "../support/rpc.ts";
import {
  addKeyTo,
  createServeFixture,
  runVerb,
  startServeProcess,
} from "../support/serve-process.ts";
import type { ServeFixture, ServeProcess } from "../support/serve-process.ts";

const project = "shop-api";

interface Pair {
  readonly context: ServeFixture;
  readonly database: string;
  readonly key: string;
  readonly one: ServeProcess;
  readonly two: ServeProcess;
}

async function startPair(env: Record<string, string> = {}): Promise<Pair> {
  const database = await temporaryDatabase();
  const context = createServeFixture({ DATABASE_URL: database, ...env });
  const key = addKeyTo(context, "laptop", "--organization", "acme");
  const [one, two] = await Promise.all([startServeProcess(context), startServeProcess(context)]);
  return { context, database, key, one, two };
}

async function callTool(
  { url }: ServeProcess,
  key: string,
  name: string,
  args: object = {},
): Promise<Record<string, unknown>> {
  const params = { name, arguments: { project_id: project, ...args } };
  const response = await postRpc(url, "tools/call", { params, headers: bearer(key) });
  const { result } = await rpcAnswer(response);
  return (result as { structuredContent: Record<string, unknown> }).structuredContent;
}

const addTask = (server: ServeProcess, key: string, title: string) =>
  callTool(server, key, "add_task", { tasks: [{ project_id: project, title }] });

/** A stream of notices; gives what has come so far, and whether it has ended. */
async function subscribe(
  { url }: ServeProcess,
  key: string,
): Promise<{ text: string; isOver: boolean }> {
  const end = new AbortController();
  onTestFinished(() => end.abort());
  const headers = { ...rpcHeaders, ...bearer(key) };
  const response = await fetch(`${url}/mcp`, { headers, signal: end.signal });
  const stream = { text: "", isOver: false };
  void (async () => {
    const decoder = new TextDecoder();
    try {
      for await (const part of response.body ?? []) stream.text += decoder.decode(part);
    } catch {
      // It was cut.
    }
    stream.isOver = true;
  })();
  await expect.poll(() => stream.text).toContain(": open");
  return stream;
}

const noticesIn = ({ text }: { text: string }): number => text.split("list_changed").length - 1;

describe.skipIf(serverUrl === null)("two servers on one database", () => {
  test("a read never returns what another server has changed, however long results are cached", async () => {
    const { key, one, two } = await startPair({
      SITREP_TOOL_CACHE_SECONDS: "300",
      RATE_LIMIT_REQUESTS_PER_MINUTE: "0",
    });
    for (let round = 1; round <= 25; round += 1) {
      const [writer, reader] = round % 2 === 0 ? [one, two] : [two, one];
      const before = await callTool(reader, key, "list_tasks");
      expect(before["total"]).toBe(round - 1);
      expect(await callTool(reader, key, "list_tasks")).toEqual(before);
      await addTask(writer, key, `Task ${round}`);
      expect((await callTool(reader, key, "list_tasks"))["total"]).toBe(round);
    }
  });

  test("a read never returns what another program has changed in the database", async () => {
    const { database, key, one } = await startPair({ SITREP_TOOL_CACHE_SECONDS: "300" });
    await addTask(one, key, "As it was");
    expect(JSON.stringify(await callTool(one, key, "list_tasks"))).toContain("As it was");
    await onServer("update tasks set title = 'As it is'", database);
    expect(JSON.stringify(await callTool(one, key, "list_tasks"))).toContain("As it is");
  });

  test("a write on one server notifies the other's subscribers once, and no other organization's", async () => {
    const { context, key, one, two } = await startPair();
    const strange = addKeyTo(context, "strange", "--organization", "globex");
    const own = await subscribe(one, key);
    const far = await subscribe(two, key);
    const strangers = await subscribe(two, strange);
    await addTask(one, key, "Add login");
    await expect.poll(() => noticesIn(far), { timeout: 2000 }).toBe(1);
    await expect.poll(() => noticesIn(own), { timeout: 2000 }).toBe(1);
    // A later notice has come, so that an earlier one would have.
    await addTask(two, strange, "Other work");
    await expect.poll(() => noticesIn(strangers), { timeout: 2000 }).toBe(1);
    expect([noticesIn(own), noticesIn(far)]).toEqual([1, 1]);
  });

  test("batches too large for a notice are reported too", async () => {
    const { key, one, two } = await startPair();
    const far = await subscribe(two, key);
    const tasks = Array.from({ length: 1000 }, (_, index) => ({
      project_id: project,
      task_id: `T-${index}-${"x".repeat(100)}`,
      title: `Task ${index}`,
    }));
    const response = await fetch(`${one.url}/tasks/batch`, {
      method: "POST",
      headers: { ...rpcHeaders, ...bearer(key) },
      body: JSON.stringify({ tasks }),
    });
    expect(response.ok).toBe(true);
    await expect.poll(() => noticesIn(far), { timeout: 2000 }).toBe(1);
  });

  test("a server that lost its notice connection listens again and notifies its subscribers", async () => {
    const { database, key, one, two } = await startPair({ SITREP_TOOL_CACHE_SECONDS: "300" });
    const far = await subscribe(two, key);
    expect((await callTool(two, key, "list_tasks"))["total"]).toBe(0);
    const lines = await onServer(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'sitrep notices' and datname = current_database()",
      database,
    );
    // One connection for each server.
    expect(lines).toHaveLength(2);
    await addTask(one, key, "Add login");
    expect((await callTool(two, key, "list_tasks"))["total"]).toBe(1);
    await expect.poll(() => noticesIn(far), { timeout: 5000 }).toBeGreaterThan(0);
    const seen = noticesIn(far);
    await addTask(one, key, "Add logout");
    await expect.poll(() => noticesIn(far), { timeout: 2000 }).toBeGreaterThan(seen);
  });

  test("servers count requests together, including those of a key with its own limit", async () => {
    const { context, key, one, two } = await startPair({ RATE_LIMIT_REQUESTS_PER_MINUTE: "10" });
    const slow = addKeyTo(context, "slow", "--organization", "acme", "--requests-per-minute", "6");
    /** How many of so many requests pass; the others are told to wait. */
    const passed = async (secret: string, tries: number): Promise<number> => {
      let count = 0;
      for (let index = 0; index < tries; index += 1) {
        const { url } = index % 2 === 0 ? one : two;
        const { status, headers } = await postRpc(url, "ping", { headers: bearer(secret) });
        const isTold = status === 429 && Number(headers.get("retry-after")) > 0;
        if (status !== 200 && !isTold) throw new Error(`answered ${status}`);
        if (status === 200) count += 1;
      }
      return count;
    };
    // Ten, and a burst of twenty.
    expect(await passed(key, 40)).toBe(30);
    expect(await passed(slow, 10)).toBe(6);
  });

  test("servers count wrong keys together", async () => {
    const { one, two } = await startPair();
    const statuses: number[] = [];
    for (let index = 0; index < 24; index += 1) {
      const { url } = index % 2 === 0 ? one : two;
      const headers = bearer(`sitrep_${"x".repeat(40)}${index}`);
      statuses.push((await postRpc(url, "ping", { headers })).status);
    }
    expect(statuses.filter((status) => status === 401)).toHaveLength(20);
    expect(statuses.slice(20)).toEqual([429, 429, 429, 429]);
  });

  test("both servers refuse a revoked key at once, and end its streams", async () => {
    const { context, key, one, two } = await startPair();
    const streams = [await subscribe(one, key), await subscribe(two, key)];
    expect(runVerb(context, ["key", "revoke", "laptop"]).code).toBe(0);
    for (const { url } of [one, two]) {
      expect((await postRpc(url, "ping", { headers: bearer(key) })).status).toBe(401);
    }
    await expect
      .poll(() => streams.map(({ isOver }) => isOver), { timeout: 2000 })
      .toEqual([true, true]);
  });
});
