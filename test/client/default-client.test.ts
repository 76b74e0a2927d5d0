// The client that an environment and a configuration describe.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { getDefaultClient } from "../../src/index.ts";
import type { DefaultClientOptions, TaskClient } from "../../src/index.ts";
import { startTaskServer } from "../support/task-server.ts";
import type { TaskServer } from "../support/task-server.ts";
import { temporaryFolder } from "../support/temporary.ts";

const tasks = [{ id: "A", title: "Rotate keys" }];

function home(): string {
  return temporaryFolder();
}

async function open(
  folder: string,
  env: Record<string, string>,
  options: DefaultClientOptions = {},
): Promise<TaskClient> {
  const client = await getDefaultClient({ env: { SITREP_HOME: folder, ...env }, ...options });
  onTestFinished(() => client[Symbol.asyncDispose]());
  return client;
}

const paths = (server: TaskServer): string[] => server.requests.map(({ path }) => path);
const kept = (folder: string): string =>
  readFileSync(join(folder, "state/kept-sources.json"), "utf8");

test("asks a server without a path how it speaks, once, and keeps the answer", async () => {
  const [folder, server] = [home(), await startTaskServer({ tasks })];
  server.hasMcp = false;
  const env = { MCP_SERVER_URL: server.origin };
  expect((await (await open(folder, env)).queryPendingTasks()).value).toMatchObject([{ id: "A" }]);
  expect(paths(server)).toContain("/mcp/manage_task");
  expect(JSON.parse(kept(folder))).toMatchObject([{ name: "mcp-server", url: server.origin }]);
  const before = paths(server).filter((path) => path === "/mcp").length;
  await (await open(folder, env)).queryPendingTasks();
  expect(paths(server).filter((path) => path === "/mcp")).toHaveLength(before);
});

test("speaks MCP where the server does", async () => {
  const [folder, server] = [home(), await startTaskServer({ tasks })];
  const client = await open(folder, { MCP_SERVER_URL: server.origin });
  expect((await client.queryPendingTasks()).value).toMatchObject([{ id: "A" }]);
  expect(new Set(paths(server))).toEqual(new Set(["/mcp"]));
});

test("is optimized, and falls back to its own cache in the state folder", async () => {
  const [folder, server] = [home(), await startTaskServer({ tasks })];
  const env = { API_BASE_URL: server.origin };
  const client = await open(folder, env);
  await Promise.all([client.queryPendingTasks(), client.queryPendingTasks()]);
  expect(client.getMetrics()).toMatchObject({ calls: 2, attempts: 1, shared: 1 });
  await server.stop();
  const later = await open(folder, env);
  expect(await later.queryPendingTasks()).toMatchObject({ value: [{ id: "A" }], from: "cache" });
  const strict = await open(folder, { ...env, FALLBACK_STRATEGY: "skip" });
  expect(await strict.queryPendingTasks()).toMatchObject({ value: [], from: "none" });
});

test("signs in with the variable's secret, which is kept for that server alone", async () => {
  const [folder, server] = [home(), await startTaskServer({ tasks, key: "secret" })];
  const env = { API_BASE_URL: server.origin, FASTMCP_TOKEN: "secret" };
  expect((await (await open(folder, env)).queryPendingTasks()).from).toBe("live");
  const other = await startTaskServer({ tasks });
  const opening = open(folder, { API_BASE_URL: other.origin });
  expect((await (await opening).queryPendingTasks()).from).toBe("live");
  expect(other.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
});

test("takes the first source of config.json where no variable names one", async () => {
  const [folder, server] = [home(), await startTaskServer({ tasks })];
  mkdirSync(folder, { recursive: true });
  const source = { name: "team", type: "tickets", url: server.origin };
  writeFileSync(join(folder, "config.json"), JSON.stringify({ sources: [source] }));
  const client = await open(folder, {});
  expect([client.name, (await client.queryPendingTasks()).value.length]).toEqual(["team", 1]);
});

test("says what to do where no server is named, and which variable is wrong", async () => {
  await expect(open(home(), {})).rejects.toMatchObject({
    code: "config-invalid",
    hint: expect.stringContaining("MCP_SERVER_URL"),
  });
  for (const env of [{ MCP_SERVER_URL: "nonsense" }, { FALLBACK_STRATEGY: "hope" }]) {
    await expect(open(home(), env)).rejects.toMatchObject({
      code: "config-invalid",
      message: expect.stringContaining(Object.keys(env)[0] ?? ""),
    });
  }
});

test("options of the caller win", async () => {
  const [folder, server] = [home(), await startTaskServer({ tasks })];
  const env = { API_BASE_URL: server.origin };
  const client = await open(folder, env, { profile: "basic", name: "mine" });
  await client.queryPendingTasks();
  await client.queryPendingTasks();
  expect([client.name, client.getMetrics().attempts]).toEqual(["mine", 2]);
});
