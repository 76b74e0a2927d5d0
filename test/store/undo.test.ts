// The history of tasks in the store, and taking changes back.

import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { closing, openForWriting } from "../../src/state/sqlite/sqlite.ts";
import { openTaskStore, type TaskStore } from "../../src/store/task-store.ts";
import { aNewTask } from "../support/builders.ts";
import { temporaryFolder } from "../support/temporary.ts";

const project = "/work/shop-api";

/** Opens the store as a session, or as a person at a terminal. */
async function openAs(file: string, author: string | null): Promise<TaskStore> {
  let second = 0;
  const clock = (): Date => new Date(Date.UTC(2026, 10, 21, 10, 0, (second += 1)));
  const store = await openTaskStore(file, { source: "embedded", clock, author });
  onTestFinished(() => store[Symbol.asyncDispose]());
  return store;
}

const aFile = (): string => join(temporaryFolder(), "tasks.db");

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.catch((error: unknown) => error);

/** Takes the last change of anybody back. */
async function undo(store: TaskStore): Promise<void> {
  const last = await store.lastChange(project, null);
  await store.undo(project, last?.id ?? "");
}

describe("undo", () => {
  test("undoes one change after another, down to none", async () => {
    const store = await openAs(aFile(), null);
    const states = [await store.list(project)];
    const note = async (work: Promise<unknown>): Promise<void> => {
      await work;
      states.push(await store.list(project));
    };
    const tasks = [aNewTask({ id: "A-1" }), aNewTask({ id: "A-2", dependsOn: ["A-1"] })];
    await note(store.add(project, tasks));
    await note(store.update(project, "A-1", () => ({ due: "2026-12-01", labels: ["x"] })));
    await note(store.update(project, "A-1", () => ({ due: undefined, dependsOn: ["A-3"] })));
    await note(store.import(project, [aNewTask({ id: "A-3" }), aNewTask({ id: "A-2" })]));
    await note(store.remove(project, ["A-1", "A-3"]));
    await note(store.removeLabeled(project, "none of them"));
    for (const before of states.slice(0, -2).toReversed()) {
      await undo(store);
      expect(await store.list(project)).toEqual(before);
    }
    expect(await store.lastChange(project, null)).toBeNull();
  });

  test("an edit without a difference is not a change to undo", async () => {
    const store = await openAs(aFile(), null);
    const [added] = await store.add(project, [aNewTask({ id: "A-1", dependsOn: ["A-2"] })]);
    await store.update(project, "A-1", () => ({ title: "Another" }));
    const [before] = await store.list(project);
    const same = await store.update(project, "A-1", (task) => ({ ...task, due: undefined }));
    expect(same).toEqual(before);
    expect(await store.past(project, "A-1")).toHaveLength(2);
    await undo(store);
    expect((await store.list(project)).map(({ title }) => title)).toEqual([added?.title]);
  });

  test("undoing a removal holds the dependents back again", async () => {
    const file = aFile();
    const store = await openAs(file, null);
    await store.add(project, [
      aNewTask({ id: "A-1" }),
      aNewTask({ id: "A-2", dependsOn: ["A-1"] }),
    ]);
    const held = (): unknown =>
      closing(openForWriting(file, { timeoutMs: 100, synchronous: "FULL" }), (db) =>
        db.prepare("SELECT held FROM tasks WHERE id = 'A-2'").pluck().get(),
      );
    await store.remove(project, ["A-1"]);
    expect(held()).toBe(0);
    await undo(store);
    expect(held()).toBe(1);
  });

  test("refuses to undo a change to a task that was changed since", async () => {
    const file = aFile();
    const [mine, theirs] = [await openAs(file, null), await openAs(file, "session-1")];
    await mine.add(project, [aNewTask({ id: "A-1" }), aNewTask({ id: "A-2" })]);
    await mine.update(project, "A-1", () => ({ title: "Mine" }));
    await theirs.update(project, "A-1", () => ({ title: "Theirs" }));
    await theirs.update(project, "A-2", () => ({ title: "Theirs too" }));
    const own = await mine.lastChange(project, { author: null });
    expect(own?.steps).toMatchObject([{ id: "A-1", before: { title: "Add OIDC login" } }]);
    const failure = await failureOf(mine.undo(project, own?.id ?? ""));
    expect(failure).toMatchObject({ code: "task-changed", message: "Changed since then: A-1." });
    expect(await mine.get(project, "A-1")).toMatchObject({ title: "Theirs" });
    expect(await mine.lastChange(project, null)).toMatchObject({ author: "session-1" });
  });

  test("refuses to undo a change twice", async () => {
    const store = await openAs(aFile(), null);
    await store.add(project, [aNewTask({ id: "A-1" })]);
    const { id = "" } = (await store.lastChange(project, null)) ?? {};
    await store.undo(project, id);
    expect(await failureOf(store.undo(project, id))).toMatchObject({ code: "task-changed" });
  });

  test("undo does not see other projects' changes", async () => {
    const store = await openAs(aFile(), null);
    await store.add("/work/other", [aNewTask({ id: "A-1" })]);
    expect(await store.lastChange(project, null)).toBeNull();
  });
});

describe("a task's history", () => {
  test("a task's history has each step with before, after and author", async () => {
    const file = aFile();
    const [mine, theirs] = [await openAs(file, null), await openAs(file, "session-1")];
    await mine.add(project, [aNewTask({ id: "A-1", title: "One" })]);
    await theirs.update(project, "A-1", () => ({ title: "Two" }));
    await mine.remove(project, ["A-1"]);
    await undo(mine);
    expect(await mine.past(project, "A-1")).toMatchObject([
      { author: null, before: null, after: { title: "One" }, isUndo: false },
      { author: "session-1", before: { title: "One" }, after: { title: "Two" } },
      { before: { title: "Two" }, after: null },
      { before: null, after: { title: "Two" }, isUndo: true },
    ]);
  });

  test("a task's history is removed after ninety days", async () => {
    const file = aFile();
    const old = await openAs(file, null);
    await old.add(project, [aNewTask({ id: "A-1" })]);
    const clock = (): Date => new Date(Date.UTC(2027, 2, 1));
    await using store = await openTaskStore(file, { source: "embedded", clock, author: null });
    await store.add(
      project,
      Array.from({ length: 64 }, () => aNewTask()),
    );
    expect(await store.past(project, "A-1")).toEqual([]);
    expect(await store.past(project, "TASK-001")).toHaveLength(1);
  });
});
