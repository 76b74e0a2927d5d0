// What a backup and a restoration are, of whichever store.

import { readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { sql } from "kysely";
import { describe, expect, onTestFinished, test } from "vitest";
import { plainProjectNames } from "../../src/server/backends/project-names.ts";
import { createStoreBackend, dayMs } from "../../src/server/backends/store-backend.ts";
import { createApiKeys } from "../../src/store/api-keys.ts";
import { backUp, restore } from "../../src/store/database/store-backup.ts";
import type { StoreConnection } from "../../src/store/database/connection.ts";
import { openStoreDatabase } from "../../src/store/database/database.ts";
import { insertComment } from "../../src/store/task-comments.ts";
import { askedBy } from "../support/principals.ts";
import { addKey } from "../support/serving.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { shortCalls } from "../support/short-calls.ts";

const tables = [
  "tasks",
  "task_dependencies",
  "task_history",
  "task_comments",
  "ids",
  "id_reservations",
  "tickets",
  "api_keys",
] as const;

const asked = askedBy("acme");

const backendOf = (store: StoreConnection) =>
  shortCalls(
    createStoreBackend({
      store,
      projects: plainProjectNames,
      clock: () => new Date(),
      reservationMs: dayMs,
    }),
  );

async function contentOf({ db }: StoreConnection): Promise<string[]> {
  const rows: string[] = [];
  for (const table of tables) {
    const found = await db.selectFrom(table).selectAll().execute();
    // Numbers of PostgreSQL that may be large are texts, and the order of columns is its own.
    const texts = found.map((row) =>
      Object.entries(row)
        .map(([name, value]) => `${name}=${String(value)}`)
        .toSorted()
        .join(" "),
    );
    rows.push(...texts.toSorted().map((text) => `${table} ${text}`));
  }
  return rows;
}

/** Something in each table: more than a page of tasks, of two organizations. */
async function fill(store: StoreConnection): Promise<void> {
  const backend = backendOf(store);
  const many = Array.from({ length: 1200 }, (_, index) => ({
    project_id: "shop-api",
    title: `Task "${index}" mit Ümläut 🎉`,
    ...(index > 0 ? { depends_on: [`TASK-${String(index).padStart(3, "0")}`] } : {}),
  }));
  await backend.addTasks(many, asked);
  await backend.addTasks([{ project_id: "web", title: "Other" }], askedBy("globex"));
  const started = { taskId: "TASK-001", project: "shop-api", status: "in_progress" } as const;
  await backend.updateStatus({ ...started, notes: "" }, asked);
  const key = { organization: "acme", project: "shop-api" };
  const comment = {
    id: "TASK-001",
    body: "Mind the gap",
    now: new Date().toISOString(),
    author: null,
  };
  await store.write((db) => insertComment({ kind: store.kind, db, key }, comment));
  await backend.reserveIds({ type: "US", project: "shop-api", count: 3 }, asked);
  const ticket = { title: "Login fails", description: "", category: "general" } as const;
  await backend.createTicket({ ...ticket, priority: "high" }, asked);
  await addKey(createApiKeys(store));
}

/** A file that is not there. */
const freshFile = (): string => join(temporaryFolder(), "tasks.bak");

const restoreInto = (store: StoreConnection, file: string, replace = false) =>
  restore(store, file, { replace, scratch: freshFile() });

async function openFile(): Promise<StoreConnection> {
  const store = await openStoreDatabase(join(temporaryFolder(), "tasks.db"));
  onTestFinished(() => store[Symbol.asyncDispose]());
  return store;
}

/** `open`: a new empty store. `hinder`: makes every new key fail. */
export function describeBackup(
  open: () => Promise<StoreConnection>,
  hinder: (store: StoreConnection) => Promise<void>,
): void {
  describe("a backup", () => {
    test("a backup restores every row into a store of either kind", async () => {
      const store = await open();
      await fill(store);
      const content = await contentOf(store);
      const file = freshFile();
      const counts = await backUp(store, file);
      expect(counts).toMatchObject({ tasks: 1201, tickets: 1, api_keys: 1 });
      for (const other of [await open(), await openFile()]) {
        expect(await restoreInto(other, file)).toEqual(counts);
        expect(await contentOf(other)).toEqual(content);
        expect(readdirSync(dirname(file))).toEqual(["tasks.bak"]);
        // It goes on from there: no id and no number of a change comes again.
        const backend = backendOf(other);
        const given = await backend.addTasks([{ project_id: "shop-api", title: "New" }], asked);
        expect(given).toEqual(["TASK-1201"]);
      }
    });

    test("a backup is a snapshot of one moment while others write", async () => {
      const store = await open();
      const backend = backendOf(store);
      await fill(store);
      const ending = new AbortController();
      const writing = (async () => {
        for (let index = 0; !ending.signal.aborted; index += 1) {
          // In different parts of the table, so that the copy comes to them one after the other.
          const pair = ["a", "z"].map((project) => ({
            project_id: project,
            task_id: `T-${index}`,
            title: "One of two",
          }));
          await backend.addTasks(pair, asked);
        }
      })();
      for (let round = 0; round < 5; round += 1) {
        const file = freshFile();
        await backUp(store, file);
        await using copy = await openStoreDatabase(file);
        const rows = await copy.db
          .selectFrom("tasks")
          .select(["project", "id"])
          .where("project", "in", ["a", "z"])
          .execute();
        const idsOf = (project: string): string[] =>
          rows
            .filter((row) => row.project === project)
            .map(({ id }) => id)
            .toSorted();
        expect(idsOf("a")).toEqual(idsOf("z"));
      }
      ending.abort();
      await writing;
    });

    test("a backup never overwrites a file, and leaves none when it fails", async () => {
      const store = await open();
      const folder = temporaryFolder();
      const file = join(folder, "tasks.bak");
      writeFileSync(file, "mine");
      await expect(backUp(store, file)).rejects.toMatchObject({ code: "usage" });
      expect(readdirSync(folder)).toEqual(["tasks.bak"]);
    });
  });

  describe("a restore", () => {
    /** A store, its backup, and another that is not empty. */
    async function filled() {
      const [store, other] = [await open(), await open()];
      await fill(store);
      const file = freshFile();
      await backUp(store, file);
      await backendOf(other).addTasks([{ project_id: "p", title: "Mine" }], asked);
      return { store, other, file, before: await contentOf(other) };
    }

    test("a restore refuses a store that is not empty, except with --replace", async () => {
      const { store, other, file, before } = await filled();
      await expect(restoreInto(other, file)).rejects.toMatchObject({ code: "store-not-empty" });
      expect(await contentOf(other)).toEqual(before);
      await restoreInto(other, file, true);
      expect(await contentOf(other)).toEqual(await contentOf(store));
    });

    test("a restore that fails in its last table changes nothing", async () => {
      const { other, file, before } = await filled();
      await hinder(other);
      await expect(restoreInto(other, file, true)).rejects.toMatchObject({
        code: "store-unreadable",
      });
      expect(await contentOf(other)).toEqual(before);
    });

    test("a restore refuses a file that is not a backup", async () => {
      const store = await open();
      const [text, empty] = [freshFile(), freshFile()];
      writeFileSync(text, "These are my notes.".repeat(100));
      writeFileSync(empty, "");
      for (const file of [text, empty]) {
        await expect(restoreInto(store, file)).rejects.toMatchObject({ code: "store-unreadable" });
      }
      const missing = restoreInto(store, freshFile());
      await expect(missing).rejects.toThrow("does not exist");
    });
  });
}

export const run = (store: StoreConnection, statement: string): Promise<unknown> =>
  store.write((trx) => sql.raw(statement).execute(trx));
