// Writes to task servers and MCP servers, each with the connection cut at every point: sent once, and told as what it is.

import { describe, expect, test } from "vitest";
import { stateFiles } from "../../../src/config/folders.ts";
import { SourceConfig } from "../../../src/config/source-config.ts";
import { codeOf } from "../../../src/core/errors.ts";
import type { Task } from "../../../src/core/task/task.ts";
import { setConsent } from "../../../src/sources/writing/consent.ts";
import { guardedSource } from "../../../src/sources/writing/guarded-source.ts";
import { readWrites } from "../../../src/sources/writing/record.ts";
import { aNewTask } from "../../support/builders.ts";
import { startCuttingProxy, type CuttingProxy } from "../../support/cutting-proxy.ts";
import { signal } from "../../support/recorded-answers.ts";
import { startTaskServer } from "../../support/task-server.ts";
import { temporaryFolder } from "../../support/temporary.ts";
import { cuts, project, sourceAt } from "../../support/trackers.ts";

const isUpdate: CuttingProxy["isWrite"] = (_, body) =>
  /"action":\s*"(?:update|complete)"/.test(body);
const mcp = { type: "mcp", transport: "http" };
const servers = {
  "a task service over REST": {
    config: { type: "task-tracking" },
    path: "",
    isWrite: (method: string) => !["GET", "HEAD"].includes(method),
  },
  "manage_task over REST": { config: { type: "manage-task" }, path: "", isWrite: isUpdate },
  "an MCP server with a preset": {
    config: { ...mcp, preset: "4genthub" },
    path: "/mcp",
    isWrite: isUpdate,
  },
};

describe.each(Object.entries(servers))("%s", (_, { config, path, isWrite }) => {
  async function prepare() {
    const server = await startTaskServer();
    await server.add(project.name, [aNewTask({ id: "T-1", title: "Fix it" })]);
    const proxy = await startCuttingProxy(server.origin, isWrite);
    const plain = sourceAt(proxy.origin + path, { ...config, retries: 2 });
    const files = stateFiles(temporaryFolder());
    const own = SourceConfig.parse({ name: "tracker", url: proxy.origin, ...config });
    setConsent(files, project.path, own, true);
    const author = { session: null, via: "command" } as const;
    const source = guardedSource(plain, { files, project: project.path, config: own, author });
    const [seen] = (await plain.listOpen(project, signal)).tasks;
    if (seen === undefined) throw new Error("no task");
    const now = () => plain.get?.(project, seen.id, signal) as Promise<Task>;
    return { proxy, source, seen, now, record: () => readWrites(files, project.path) };
  }

  test.each(cuts)("a change whose connection is cut (%s) is sent once and told", async (cut) => {
    const { proxy, source, seen, now, record } = await prepare();
    proxy.cut = cut;
    const change = { status: "completed", notes: "done", seen } as const;
    const failed = await source
      .update?.(project, seen.id, change, signal)
      .catch((error: unknown) => error);
    proxy.cut = null;
    const isMade = cut !== "unread";
    expect((await now()).status).toBe(isMade ? "completed" : "pending");
    expect(proxy.writes).toHaveLength(1);
    expect(failed instanceof Error ? codeOf(failed) : null).toBe(isMade ? null : "write-not-made");
    expect(record()).toMatchObject([{ outcome: { state: isMade ? "done" : "not-made" } }]);
  });

  test("a task that was changed since it was read is left alone, with what changed", async () => {
    const { proxy, source, seen } = await prepare();
    await source.update?.(project, seen.id, { status: "in_progress", seen }, signal);
    await expect(
      source.update?.(project, seen.id, { status: "completed", seen }, signal),
    ).rejects.toMatchObject({
      code: "task-changed",
      message: "T-1 was changed in tracker since it was read: status pending → in progress.",
    });
    expect(proxy.writes).toHaveLength(1);
  });

  test("a comment is not offered where there is no call for it", async () => {
    const { source } = await prepare();
    expect(source.comment).toBeUndefined();
    expect(source.assign).toBeUndefined();
  });
});
