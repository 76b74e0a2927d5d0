// What is said and done after a write whose response was lost or says something else: no success that is not one, nothing undone
// that was not made, and no write that hides those before it.

import { appendFileSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { stateFiles } from "../../../src/config/folders.ts";
import { SourceConfig } from "../../../src/config/source-config.ts";
import { messageOf } from "../../../src/core/errors.ts";
import type { Task } from "../../../src/core/task/task.ts";
import { setConsent } from "../../../src/sources/writing/consent.ts";
import { guardedSource } from "../../../src/sources/writing/guarded-source.ts";
import {
  beginWrite,
  lastUndoable,
  notePlanned,
  readWrites,
} from "../../../src/sources/writing/record.ts";
import { undoAt } from "../../../src/sources/writing/undo.ts";
import { jsonAnswer, signal, sourceWith, textAnswer } from "../../support/recorded-responses.ts";
import { temporaryFolder } from "../../support/temporary.ts";
import { project, startTracker, trackerSource, type Asked } from "../../support/trackers.ts";

const config = SourceConfig.parse({
  name: "tracker",
  type: "json",
  url: "https://api.acme.example",
  preset: "github",
});
const author = { session: null, via: "command" } as const;
const isWrite = ({ method }: Asked): boolean => method !== "GET";

async function prepare(count = 2) {
  const fake = await startTracker("github", count);
  const plain = trackerSource("github", fake);
  const files = stateFiles(temporaryFolder());
  setConsent(files, project.path, config, true);
  const guard = { files, project: project.path, config, author };
  const source = guardedSource(plain, guard);
  const see = (id: string) => plain.get?.(project, id, signal) as Promise<Task>;
  const complete = async (id: string, notes?: string) => {
    const seen = await see(id);
    const change = { status: "completed", seen, ...(notes !== undefined && { notes }) } as const;
    return source.update?.(project, id, change, signal);
  };
  const undo = async () => {
    const write = lastUndoable(files, project.path);
    if (write === null) throw new Error("nothing to undo");
    return undoAt(guardedSource(plain, guard, write.id), project, write, signal);
  };
  /** As if Sitrep was killed after its request was sent. */
  const cutOff = async (id: string, isMade: boolean) => {
    const { title, status: before } = await see(id);
    const sent = { status: "completed" };
    const write = { action: "update", task: id, title, before, sent, ...author } as const;
    beginWrite(files, { ...write, project: project.path, source: "tracker" });
    if (isMade) Object.assign(fake.items[Number(id) - 1] ?? {}, { state: "closed" });
  };
  const writes = (): number => fake.asked.filter(isWrite).length;
  const states = (): unknown[] => fake.items.map(({ state }) => state);
  const record = () => readWrites(files, project.path);
  return { fake, files, source, see, complete, undo, cutOff, writes, states, record };
}

describe("undo of a write that was cut off", () => {
  test("restores the task if the write was made", async () => {
    const { complete, cutOff, undo, states, writes } = await prepare();
    await complete("1");
    await cutOff("2", true);
    expect(await undo()).toBe("pending");
    expect(states()).toEqual(["closed", "open"]);
    expect(writes()).toBe(2);
    await undo();
    expect(states()).toEqual(["open", "open"]);
  });

  test("sends nothing if the write was not made, and continues with the write before it", async () => {
    const { complete, cutOff, undo, states, writes, record } = await prepare();
    await complete("1");
    await cutOff("2", false);
    await undo();
    expect(states()).toEqual(["closed", "open"]);
    expect(writes()).toBe(1);
    expect(record().at(-1)?.outcome).toMatchObject({ state: "done", isAlready: true });
    await undo();
    expect(states()).toEqual(["open", "open"]);
    await expect(undo()).rejects.toThrow("nothing to undo");
  });

  test("refuses a task that somebody changed since", async () => {
    const { fake, cutOff, undo, writes } = await prepare();
    await cutOff("2", true);
    Object.assign(fake.items[1] ?? {}, { state_reason: "not_planned" });
    await expect(undo()).rejects.toMatchObject({ code: "task-changed" });
    expect(writes()).toBe(0);
  });

  test("is not repeated if the undo itself was cut off", async () => {
    const { fake, complete, undo, states, writes } = await prepare(1);
    await complete("1");
    let isCut = false;
    fake.cut = (asked) => {
      isCut ||= isWrite(asked);
      return isCut ? "unanswered" : null;
    };
    await expect(undo()).rejects.toMatchObject({ code: "write-unknown" });
    fake.cut = null;
    expect(states()).toEqual(["open"]);
    await undo();
    expect(writes()).toBe(2);
    await expect(undo()).rejects.toThrow("nothing to undo");
  });

  test("is refused, not sent blindly, if the source cannot read one task", async () => {
    const mapping = { list: { tool: "list", tasks: "$" }, update: { tool: "set", tasks: "$" } };
    const { source, calls } = sourceWith(mapping, () => jsonAnswer([]));
    const { files, cutOff } = await prepare();
    await cutOff("2", true);
    const write = lastUndoable(files, project.path);
    if (write === null) throw new Error("no write");
    await expect(undoAt(source, project, write, signal)).rejects.toMatchObject({
      code: "write-unknown",
      message: "It is unknown whether the last change of 2 in server was made.",
    });
    expect(calls).toEqual([]);
  });
});

describe("the response to a write", () => {
  test("is not reported as success if the task was not changed, and the record says so", async () => {
    const { fake, complete, record, undo } = await prepare(1);
    fake.fault = (asked) => (isWrite(asked) ? { body: fake.items[0] } : null);
    await expect(complete("1")).rejects.toMatchObject({
      code: "write-not-applied",
      message: "tracker took the change, but 1 is pending.",
    });
    expect(record()).toMatchObject([{ outcome: { state: "not-applied" } }]);
    await expect(undo()).rejects.toThrow("nothing to undo");
  });

  test("has no status if it names none", async () => {
    const line = "^Task (?<id>\\S+) - (?<title>.+)$";
    const mapping = { list: { tool: "list" }, update: { tool: "set", text: { line } } };
    const { source } = sourceWith(mapping, () => textAnswer("Task T-1 - Fix it"));
    const files = stateFiles(temporaryFolder());
    setConsent(files, project.path, config, true);
    const guarded = guardedSource(source, { files, project: project.path, config, author });
    const made = await guarded.update?.(project, "T-1", { status: "completed" }, signal);
    expect(made).toMatchObject({ id: "T-1", status: "completed" });
  });

  test("leaves notes as unknown, not as missing, when it is lost", async () => {
    const { fake, complete } = await prepare(1);
    fake.cut = ({ path }) => (path.endsWith("/comments") ? "unanswered" : null);
    const said = await complete("1", "released").catch(messageOf);
    expect(fake.comments).toEqual(["1: released"]);
    expect(said).toBe(
      "The task is completed now, but its notes may be missing: tracker did not respond, so it is unknown whether the change was made.",
    );
  });

  test("reports the task's assignees when the response to an assignment is lost", async () => {
    const { fake, source, see } = await prepare(1);
    const seen = await see("1");
    fake.cut = (asked) => {
      if (!isWrite(asked)) return null;
      const assignees = [{ login: "jun" }];
      Object.assign(fake.items[0] ?? {}, { assignees, updated_at: "2026-11-26T09:00:00Z" });
      return "unread";
    };
    const asked = source.assign?.(project, "1", { names: ["bob"], seen }, signal);
    await expect(asked).rejects.toMatchObject({
      code: "write-unknown",
      message: "tracker did not answer the change. Sitrep read 1 again: it is assigned to jun.",
    });
  });
});

describe("the record of writes", () => {
  test("continues after a line that a full disk cut short", async () => {
    const { files, complete, record, undo } = await prepare();
    await complete("1");
    const whole = readFileSync(files.writeRecord, "utf8").trimEnd();
    appendFileSync(files.writeRecord, whole.slice(-80, -20));
    await complete("2");
    expect(record().map(({ task, outcome }) => [task, outcome.state])).toEqual([
      ["1", "done"],
      ["2", "done"],
    ]);
    expect(await undo()).toBe("pending");
  });

  test("holds a dry run in one line, which never looks like a write", () => {
    const files = stateFiles(temporaryFolder());
    const write = { action: "update", task: "1", title: "", before: "pending" } as const;
    const sent = { status: "completed" };
    const by = { session: null, via: "automation", commit: "a1b2c3d" } as const;
    notePlanned(files, { ...write, sent, ...by, project: "/p", source: "s" });
    expect(readFileSync(files.writeRecord, "utf8").trim().split("\n")).toHaveLength(1);
    expect(readWrites(files, "/p")).toMatchObject([{ outcome: { state: "planned" } }]);
  });
});
