// What the calls of many clients that are written together promise: each has its own outcome, its own ids and its own place in
// the history.

import { expect, onTestFinished, test } from "vitest";
import { codeOf } from "../../src/core/errors.ts";
import { plainProjectNames } from "../../src/server/backends/project-names.ts";
import { createStoreBackend, dayMs } from "../../src/server/backends/store-backend.ts";
import { openStore, type StoreAddress } from "../../src/store/database/database.ts";
import type { NewWireTask } from "../../src/server/wire.ts";
import { askedBy } from "../support/principals.ts";
import { shortCalls } from "../support/short-calls.ts";
import type { ShortCalls } from "../support/short-calls.ts";

const organization = "acme";
const project = "shop-api";

const aWireTask = (given: Partial<NewWireTask>): NewWireTask => ({
  project_id: project,
  title: "x",
  ...given,
});

async function started(address: StoreAddress) {
  const store = await openStore(address);
  const clock = (): Date => new Date();
  const options = { store, projects: plainProjectNames, clock, reservationMs: dayMs };
  const backend = shortCalls(createStoreBackend(options));
  onTestFinished(() => backend[Symbol.asyncDispose]());
  const history = async (): Promise<{ change: string; author: string | null; task_id: string }[]> =>
    store.db
      .selectFrom("task_history")
      .select(["change", "author", "task_id"])
      .orderBy("seq")
      .execute();
  return { store, backend, history };
}

const asUser = (user: string) => {
  const asked = askedBy(organization);
  return { ...asked, as: { ...asked.as, user } };
};

const moved = (
  backend: ShortCalls,
  id: string,
  status: "in_progress" | "completed",
  user = "ann",
) =>
  backend
    .updateStatus({ taskId: id, project, status, notes: `by ${user}` }, asUser(user))
    .then(({ status: now, completion_notes: notes }) => `${now} ${notes}`, codeOf);

/** `address`: of a new, empty store each time. */
export function describeGroupedWrites(address: () => Promise<StoreAddress>): void {
  test("grouped adds each have their own ids and change, and an invalid one fails alone", async () => {
    const { backend, history } = await started(await address());
    const calls = Array.from({ length: 20 }, (_, at) => [
      aWireTask({ title: `${at} a`, ...(at % 5 === 0 ? { task_id: "same" } : {}) }),
      aWireTask({ title: `${at} b` }),
    ]);
    const outcomes = await Promise.allSettled(
      calls.map((tasks, at) => backend.addTasks(tasks, asUser(`user ${at}`))),
    );
    const refused = outcomes.filter((one) => one.status === "rejected");
    expect(refused.map(({ reason }) => codeOf(reason))).toEqual(
      Array.from({ length: 3 }, () => "task-invalid"),
    );
    const given = outcomes.flatMap((one, at) =>
      one.status === "fulfilled" ? [{ at, ids: one.value }] : [],
    );
    expect(new Set(given.flatMap(({ ids }) => ids)).size).toBe(34);
    for (const { at, ids } of given) {
      const tasks = await Promise.all(ids.map((id) => backend.getTask(id, project, asUser("ann"))));
      expect(tasks.map((task) => task?.title)).toEqual([`${at} a`, `${at} b`]);
    }
    const noted = await history();
    expect(noted).toHaveLength(34);
    for (const { at, ids } of given) {
      const own = noted.filter(({ author }) => author === `user ${at}`);
      expect(own.map((one) => one.task_id)).toEqual(ids);
      expect(new Set(own.map(({ change }) => change)).size).toBe(1);
    }
    expect(new Set(noted.map(({ change }) => change)).size).toBe(17);
  });

  test("grouped status changes each see the outcome of the ones before, and an invalid one fails alone", async () => {
    const { backend, history } = await started(await address());
    const ids = ["A", "B", "C"];
    await backend.addTasks(
      [
        ...ids.map((id) => aWireTask({ task_id: id })),
        aWireTask({ task_id: "waits", depends_on: ids }),
      ],
      asUser("ann"),
    );
    const outcomes = await Promise.all([
      moved(backend, "A", "in_progress", "ann"),
      moved(backend, "A", "in_progress", "bob"),
      moved(backend, "none", "in_progress"),
      moved(backend, "B", "completed", "bob"),
      moved(backend, "A", "completed", "cid"),
      moved(backend, "C", "completed", "dan"),
      moved(backend, "B", "completed", "eve"),
    ]);
    expect(outcomes).toEqual([
      "in_progress by ann",
      "transition-invalid",
      "task-not-found",
      "completed by bob",
      "completed by cid",
      "completed by dan",
      "transition-invalid",
    ]);
    const wanted = { project, status: "pending" } as const;
    expect(await backend.nextTask(wanted, asUser("ann"))).toMatchObject({ task_id: "waits" });
    const steps = (await history()).slice(4).map(({ task_id: id, author }) => `${id} ${author}`);
    expect(steps.toSorted()).toEqual(["A ann", "A cid", "B bob", "C dan"]);
  });

  test("grouped reservations each get consecutive ids, none of them twice", async () => {
    const { backend } = await started(await address());
    const counts = Array.from({ length: 20 }, (_, at) => 1 + (at % 7));
    const reserved = await Promise.all(
      counts.map((count) =>
        backend.reserveIds({ type: "US", project, count }, askedBy(organization)),
      ),
    );
    const numbers = reserved.map((one) =>
      one.reserved_ids.map((id) => Number(id.slice("US-".length))),
    );
    for (const [at, own] of numbers.entries()) {
      expect(own).toEqual(
        Array.from({ length: counts[at] ?? 0 }, (_, next) => (own[0] ?? 0) + next),
      );
    }
    const all = numbers.flat().toSorted((one, other) => one - other);
    expect(all).toEqual(all.map((_, at) => at + 1));
    expect(new Set(reserved.map((one) => one.reservation_id)).size).toBe(20);
  });

  test("tasks that free the same dependents can be completed on two servers at once", async () => {
    const at = await address();
    const servers = [await started(at), await started(at)];
    const backend = servers[0]?.backend;
    if (backend === undefined) return;
    const ids = Array.from({ length: 60 }, (_, index) => `T-${index}`);
    await backend.addTasks(
      ids.map((id, index) =>
        aWireTask({
          task_id: id,
          depends_on: [3, 7, 11].map((step) => `T-${(index + step) % 60}`),
        }),
      ),
      asUser("ann"),
    );
    const begun = performance.now();
    const outcomes = await Promise.all(
      ids.map((id, index) => moved(servers[index % 2]?.backend ?? backend, id, "completed")),
    );
    expect(new Set(outcomes)).toEqual(new Set(["completed by ann"]));
    // None waited for one that waited for it.
    expect(performance.now() - begun).toBeLessThan(10_000);
  });
}
