// The store as a task backend on a real PostgreSQL server: the same suite as on SQLite.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TaskBackend } from "../../src/server/backend.ts";
import { plainProjectNames } from "../../src/server/project-names.ts";
import { createStoreBackend, dayMs } from "../../src/server/store-backend.ts";
import { openStore } from "../../src/store/open-store.ts";
import { describeTaskBackend } from "../contracts/task-backend.ts";
import { saturday } from "../support/builders.ts";
import { askedBy } from "../support/principals.ts";
import { makeDatabase, onServer, serverUrl, temporaryDatabase } from "../support/postgres.ts";

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

describe.skipIf(serverUrl === null)("a database", () => {
  test("is made ready by several servers that start at once", async () => {
    for (let round = 0; round < 3; round += 1) {
      const url = await temporaryDatabase();
      const clock = () => new Date();
      const backends = await Promise.all(Array.from({ length: 6 }, () => backendOn(url, clock)));
      const asked = askedBy("acme");
      const task = { project_id: "p", title: "x" };
      const ids = await Promise.all(backends.map((one) => one.addTasks([task], asked)));
      expect(new Set(ids.flat()).size).toBe(6);
      await Promise.all(backends.map((one) => one[Symbol.asyncDispose]()));
    }
  });

  test("that does not answer is store-unreachable, without the password", async () => {
    const url = "postgres://ana:s3cret@127.0.0.1:1/tasks";
    const opening = openStore({ url });
    await expect(opening).rejects.toMatchObject({
      code: "store-unreachable",
      message: "The database at 127.0.0.1:1/tasks does not answer.",
      hint: expect.not.stringContaining("s3cret"),
    });
  });

  test("that lets nobody in is store-unreadable, without the password", async () => {
    const url = new URL(serverUrl ?? "");
    url.username = "nobody-here";
    url.password = "s3cret";
    const error: unknown = await openStore({ url: url.href }).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: "store-unreadable" });
    expect(String(error)).not.toContain("s3cret");
  });

  test("of a later version is store-unreadable and is left as it is", async () => {
    const url = await temporaryDatabase();
    await (await openStore({ url }))[Symbol.asyncDispose]();
    await onServer("insert into kysely_migration values ('999-later', '2027-01-01')", url);
    await expect(openStore({ url })).rejects.toMatchObject({ code: "store-unreadable" });
  });

  test("whose connections are cut serves again with the next call", async () => {
    const url = await temporaryDatabase();
    const backend = await backendOn(url, () => new Date());
    const asked = askedBy("acme");
    await backend.addTasks([{ project_id: "p", title: "x" }], asked);
    await onServer(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
      url,
    );
    const outcomes = new Set<string>();
    for (let tries = 0; tries < 20 && !outcomes.has("ok"); tries += 1) {
      const outcome = await backend.check(asked.signal).then(
        () => "ok",
        ({ code }: { code: string }) => code,
      );
      outcomes.add(outcome);
    }
    expect([...outcomes].filter((one) => one !== "store-unreachable")).toEqual(["ok"]);
    expect(await backend.getTask("TASK-001", "p", asked)).not.toBeNull();
    await backend[Symbol.asyncDispose]();
  });
});
