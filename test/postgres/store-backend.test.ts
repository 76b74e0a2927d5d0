// The store as a task backend on a real PostgreSQL server: the same suite as on SQLite.

import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TaskBackend } from "../../src/server/backend.ts";
import { plainProjectNames } from "../../src/server/backends/project-names.ts";
import { createStoreBackend, dayMs } from "../../src/server/backends/store-backend.ts";
import { openStore } from "../../src/store/database/database.ts";
import { openPostgresStore } from "../../src/store/database/postgres.ts";
import { describeTaskBackend } from "../contracts/task-backend.ts";
import { saturday } from "../support/builders.ts";
import { askedBy } from "../support/principals.ts";
import { withSecondMigration } from "../support/store-migrations.ts";
import { makeDatabase, onServer, serverUrl, temporaryDatabase } from "../support/postgres.ts";

/** Ends every connection to the database but the one that does it. */
const cutConnections = (url: string) =>
  onServer(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
    url,
  );

const backendOn = async (url: string, clock: () => Date): Promise<TaskBackend> =>
  createStoreBackend({
    store: await openStore({ url }),
    projects: plainProjectNames,
    clock,
    reservationMs: dayMs,
  });

describe.skipIf(serverUrl === null)("on PostgreSQL", () => {
  let now = saturday;
  let backend: TaskBackend;
  let drop: () => Promise<void>;

  beforeAll(async () => {
    const database = await makeDatabase();
    ({ drop } = database);
    backend = await backendOn(database.url, () => new Date(now));
  });
  afterAll(async () => {
    await backend[Symbol.asyncDispose]();
    await drop();
  });

  describeTaskBackend(async () => {
    now = saturday;
    return { backend, pass: (ms) => void (now += ms) };
  });
});

describe.skipIf(serverUrl === null)("the database of the task server", () => {
  test("several servers that start at once set up an empty database", async () => {
    for (let round = 0; round < 3; round += 1) {
      const url = await temporaryDatabase();
      const clock = () => new Date();
      const backends = await Promise.all(Array.from({ length: 6 }, () => backendOn(url, clock)));
      const asked = askedBy("acme");
      const task = { project_id: "p", title: "x" };
      const ids = await Promise.all(backends.map((one) => one.addTasks({ tasks: [task] }, asked)));
      expect(new Set(ids.flatMap((one) => one.task_ids)).size).toBe(6);
      await Promise.all(backends.map((one) => one[Symbol.asyncDispose]()));
    }
  });

  test("several servers that start at once migrate a database once", async () => {
    const url = await temporaryDatabase();
    const backend = await backendOn(url, () => new Date());
    await backend.addTasks({ tasks: [{ project_id: "p", title: "Ship it" }] }, askedBy("acme"));
    await backend[Symbol.asyncDispose]();
    const migrations = withSecondMigration("postgres");
    const opening = Array.from({ length: 4 }, () => openPostgresStore(url, migrations));
    for (const store of await Promise.all(opening)) await store[Symbol.asyncDispose]();
    expect(await onServer("select initial from tasks", url)).toEqual([{ initial: "S" }]);
    await expect(openStore({ url })).rejects.toMatchObject({ code: "store-unreadable" });
  });

  test("a database that does not answer is store-unreachable, without the password", async () => {
    const url = "postgres://ana:s3cret@127.0.0.1:1/tasks";
    const opening = openStore({ url });
    await expect(opening).rejects.toMatchObject({
      code: "store-unreachable",
      message: "The database at 127.0.0.1:1/tasks is not responding.",
      hint: expect.not.stringContaining("s3cret"),
    });
  });

  test("a database that refuses the login is store-unreadable, without the password", async () => {
    const url = new URL(serverUrl ?? "");
    url.username = "nobody-here";
    url.password = "s3cret";
    const error: unknown = await openStore({ url: url.href }).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: "store-unreadable" });
    expect(String(error)).not.toContain("s3cret");
  });

  test("a database of a newer version is store-unreadable and left unchanged", async () => {
    const url = await temporaryDatabase();
    await (await openStore({ url }))[Symbol.asyncDispose]();
    await onServer("insert into kysely_migration values ('999-later', '2027-01-01')", url);
    await expect(openStore({ url })).rejects.toMatchObject({ code: "store-unreadable" });
  });

  test("the tables are analyzed at opening and after many added rows, so that a call does not read them all", async () => {
    const url = await temporaryDatabase();
    const counted = async (): Promise<number> => {
      const [row] = await onServer(
        "select reltuples::int as rows from pg_class where relname = 'tasks'",
        url,
      );
      return Number(row?.["rows"]);
    };
    const asked = askedBy("acme");
    const some = Array.from({ length: 600 }, () => ({ project_id: "p", title: "x" }));
    const backend = await backendOn(url, () => new Date());
    expect(await counted()).toBe(0);
    await backend.addTasks({ tasks: some }, asked);
    expect(await counted()).toBe(600);
    await backend[Symbol.asyncDispose]();
  });

  test("a query is store-busy, not store-unreachable, with every connection in use", async () => {
    const store = await openStore({ url: await temporaryDatabase() });
    const ends = new AbortController();
    const ended = once(ends.signal, "abort");
    const held = Array.from({ length: 10 }, () =>
      store.write(async (trx) => {
        await trx.selectFrom("tasks").select("id").execute();
        await ended;
      }),
    );
    const asking = store.db.selectFrom("tasks").select("id").execute();
    await expect(asking).rejects.toMatchObject({ code: "store-busy" });
    ends.abort();
    await Promise.all(held);
    await store[Symbol.asyncDispose]();
  });

  test("recovers from connections cut in the middle of a transaction", async () => {
    const url = await temporaryDatabase();
    const store = await openStore({ url });
    const working = store.write(async (trx) => {
      await trx.selectFrom("tasks").select("id").execute();
      await cutConnections(url);
      await trx.selectFrom("tasks").select("id").execute();
    });
    expect(store.errorOf(await working.catch((error: unknown) => error))).toMatchObject({
      code: "store-unreachable",
    });
    await store.db.selectFrom("tasks").select("id").execute();
    await store[Symbol.asyncDispose]();
  });

  test("recovers from cut connections with the next call", async () => {
    const url = await temporaryDatabase();
    const backend = await backendOn(url, () => new Date());
    const asked = askedBy("acme");
    await backend.addTasks({ tasks: [{ project_id: "p", title: "x" }] }, asked);
    await cutConnections(url);
    const outcomes = new Set<string>();
    for (let tries = 0; tries < 20 && !outcomes.has("ok"); tries += 1) {
      const outcome = await backend.check(asked.signal).then(
        () => "ok",
        ({ code }: { code: string }) => code,
      );
      outcomes.add(outcome);
    }
    expect([...outcomes].filter((one) => one !== "store-unreachable")).toEqual(["ok"]);
    await expect(backend.getTask({ id: "TASK-001", project: "p" }, asked)).resolves.toBeDefined();
    await backend[Symbol.asyncDispose]();
  });
});
