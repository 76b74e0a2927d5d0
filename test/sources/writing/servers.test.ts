// Writes to task servers and MCP servers, each with the connection cut at every point: sent once, and told as what it is.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { stateFiles } from "../../../src/config/folders.ts";
import { SourceConfig } from "../../../src/config/source-config.ts";
import { codeOf } from "../../../src/core/errors.ts";
import type { Task } from "../../../src/core/task/task.ts";
import { setConsent } from "../../../src/sources/writing/consent.ts";
import { guardedSource } from "../../../src/sources/writing/guarded-source.ts";
import { lastUndoable, readWrites } from "../../../src/sources/writing/record.ts";
import { undoAt } from "../../../src/sources/writing/undo.ts";
import { aNewTask } from "../../support/builders.ts";
import { startCuttingProxy, type CuttingProxy } from "../../support/cutting-proxy.ts";
import { signal } from "../../support/recorded-responses.ts";
import { startTaskServer } from "../../support/task-server.ts";
import { temporaryFolder } from "../../support/temporary.ts";
import { cuts, project, sourceAt, sourceOf } from "../../support/trackers.ts";

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

  test.each(cuts)(
    "reports a change whose connection is cut (%s), and sends it once",
    async (cut) => {
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
      expect(failed instanceof Error ? codeOf(failed) : null).toBe(
        isMade ? null : "write-not-applied",
      );
      expect(record()).toMatchObject([{ outcome: { state: isMade ? "done" : "not-applied" } }]);
    },
  );

  test("does not change a task that was changed since it was read, and says what changed", async () => {
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

  test("offers no comment if its mapping has no call for it", async () => {
    const { source } = await prepare();
    expect(source.comment).toBeUndefined();
    expect(source.assign).toBeUndefined();
  });
});

describe("an MCP server as a program, killed in the middle of a call", () => {
  function prepare(when: string) {
    const folder = temporaryFolder();
    const at = (name: string): string => join(folder, name);
    const saved = [{ id: "T-1", title: "Fix it", status: "todo" }];
    writeFileSync(at("tasks.json"), JSON.stringify(saved));
    writeFileSync(at("calls"), "");
    const program = join(import.meta.dirname, "../../support/mcp/dying-server.ts");
    const settings = {
      name: "tracker",
      type: "mcp",
      command: process.execPath,
      args: [program],
      env: { FOLDER: folder },
      preset: "4genthub",
      retries: 2,
    };
    const [config, plain] = [SourceConfig.parse(settings), sourceOf(settings)];
    const files = stateFiles(temporaryFolder());
    setConsent(files, project.path, config, true);
    const author = { session: null, via: "command" } as const;
    const guard = { files, project: project.path, config, author };
    return {
      source: guardedSource(plain, guard),
      see: async () => (await plain.listOpen(project, signal)).tasks[0] as Task,
      now: () => plain.get?.(project, "T-1", signal) as Promise<Task>,
      kill: () => writeFileSync(at("die"), when),
      calls: () => readFileSync(at("calls"), "utf8").trim().split("\n"),
      count: () => (JSON.parse(readFileSync(at("tasks.json"), "utf8")) as object[]).length,
      record: () => readWrites(files, project.path),
      undo: () => {
        const write = lastUndoable(files, project.path);
        if (write === null) throw new Error("nothing to undo");
        return undoAt(guardedSource(plain, guard, write.id), project, write, signal);
      },
    };
  }

  test.each(["before", "after", "half"])(
    "sends a change (killed %s) once, reports its outcome, and undoes it once",
    async (when) => {
      const { source, see, now, kill, calls, record, undo } = prepare(when);
      const seen = await see();
      kill();
      const change = { status: "completed", seen } as const;
      const failed = await source.update?.(project, "T-1", change, signal).catch(codeOf);
      const isMade = when !== "before";
      expect(calls()).toEqual(["update"]);
      expect((await now()).status).toBe(isMade ? "completed" : "pending");
      const told = typeof failed === "string" ? failed : failed?.id;
      expect(told).toBe(isMade ? "T-1" : "write-not-applied");
      expect(record()).toMatchObject([{ outcome: { state: isMade ? "done" : "not-applied" } }]);
      const again = await source.update?.(project, "T-1", change, signal).catch(codeOf);
      expect(again === "task-changed").toBe(isMade);
      expect(calls()).toHaveLength(isMade ? 1 : 2);
      await undo();
      expect((await now()).status).toBe("pending");
      expect(undo).toThrow("nothing to undo");
    },
  );

  test.each(["before", "after", "half"])(
    "sends a new task (killed %s) once, and records it as unknown",
    async (when) => {
      const { source, see, kill, calls, count, record } = prepare(when);
      await see();
      kill();
      const added = source.create?.(project, aNewTask({ title: "Ship it" }), signal);
      await expect(added).rejects.toMatchObject({ code: "write-unknown" });
      expect(calls()).toEqual(["create"]);
      expect(count()).toBe(when === "before" ? 1 : 2);
      expect(record()).toMatchObject([{ action: "create", outcome: { state: "unknown" } }]);
    },
  );
});
