// What the store counts by itself is what is there, whoever changed it and however many did so at once.

import { sql } from "kysely";
import { expect, onTestFinished, test } from "vitest";
import { taskPriorities, taskStatuses } from "../../src/core/task/task.ts";
import { maxDays } from "../../src/server/backend.ts";
import { plainProjectNames } from "../../src/server/backends/project-names.ts";
import { createStoreBackend, dayMs } from "../../src/server/backends/store-backend.ts";
import { openStore, type StoreAddress } from "../../src/store/database/database.ts";
import type { StoreConnection } from "../../src/store/database/connection.ts";
import { saturday } from "../support/builders.ts";
import { askedBy } from "../support/principals.ts";
import { shortCalls } from "../support/short-calls.ts";
import type { ShortCalls } from "../support/short-calls.ts";

const organization = "acme";
const projects = ["shop", "blog"];

interface Server {
  store: StoreConnection;
  backend: ShortCalls;
}

async function startOn(address: StoreAddress): Promise<Server> {
  const store = await openStore(address);
  const clock = (): Date => new Date(saturday + Math.floor(Math.random() * 20) * dayMs);
  const options = { store, projects: plainProjectNames, clock, reservationMs: dayMs };
  const backend = shortCalls(createStoreBackend(options));
  onTestFinished(() => backend[Symbol.asyncDispose]());
  return { store, backend };
}

/** Numbers that are not those of the rows. */
async function wrongIn({ store: { db }, backend }: Server, project: string): Promise<unknown[]> {
  const asked = askedBy(organization);
  const { rows } = await sql<Record<"status" | "priority" | "day", string | null>>`
    select status, priority, substr(completed_at, 1, 10) as day from tasks
    where organization = ${organization} and project = ${project}`.execute(db);
  const countOf = (wanted: (row: (typeof rows)[number]) => boolean) => rows.filter(wanted).length;
  const wrong: unknown[] = [];
  const compare = (what: object, told: number, there: number): void =>
    void (told === there || wrong.push({ project, ...what, told, there }));
  const { byStatus, completedByDay } = await backend.counts(project, asked);
  for (const status of taskStatuses) {
    compare(
      { status },
      byStatus[status],
      countOf((row) => row.status === status),
    );
    for (const priority of taskPriorities) {
      const filter = { project, status, priority, page: 2, pageSize: 1 };
      const { total } = await backend.listTasks(filter, asked);
      const isOne = (row: (typeof rows)[number]) =>
        row.status === status && row.priority === priority;
      compare(filter, total, countOf(isOne));
    }
  }
  for (const { day, count } of completedByDay)
    compare(
      { day },
      count,
      countOf((row) => row.day === day),
    );
  const days = [...new Set(rows.flatMap(({ day }) => day ?? []))].toSorted().slice(-maxDays);
  compare({ days }, completedByDay.length, days.length);
  return wrong;
}

const oneOf = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)] as T;

/** One change of some tasks; one in three by a program that knows nothing of the counts. */
async function changeSomething({ store, backend }: Server): Promise<void> {
  const asked = askedBy(organization);
  const project = oneOf(projects);
  const [status, priority] = [oneOf(taskStatuses), oneOf(taskPriorities)];
  const id = `T-${Math.floor(Math.random() * 30)}`;
  const ways = [
    () =>
      backend.addTasks(
        [1, 2].map(() => ({ project_id: project, title: "x", status, priority })),
        asked,
      ),
    () => backend.updateStatus({ taskId: id, project, status, notes: "" }, asked),
    () =>
      store.write((trx) =>
        trx
          .updateTable("tasks")
          .set({ status, priority })
          .where("id", "like", `%${id.at(-1)}`)
          .execute(),
      ),
    () =>
      store.write((trx) =>
        trx
          .updateTable("tasks")
          .set({ project: oneOf(projects) })
          .where("id", "=", `${project}-${id}`)
          .execute(),
      ),
    () => store.write((trx) => trx.deleteFrom("tasks").where("id", "=", id).execute()),
  ];
  // A move that its status does not allow changes nothing.
  await oneOf(ways)().catch(() => undefined);
}

/** `address` gives a new, empty store each time. */
export function describeTaskCounts(address: () => Promise<StoreAddress>): void {
  test("counts equal the rows while two servers and other programs change them at once", async () => {
    const place = await address();
    const servers = [await startOn(place), await startOn(place)];
    for (const project of projects) {
      const tasks = Array.from({ length: 30 }, (_, at) => ({
        task_id: `T-${at}`,
        project_id: project,
        title: "x",
      }));
      await servers[0]?.backend.addTasks(tasks, askedBy(organization));
    }
    for (let round = 0; round < 8; round += 1) {
      await Promise.all(
        Array.from({ length: 40 }, (_, at) => changeSomething(servers[at % 2] as Server)),
      );
      for (const server of servers) {
        for (const project of projects) expect(await wrongIn(server, project)).toEqual([]);
      }
    }
  });
}
