// Statements that PostgreSQL keeps for a connection, when the tables are no longer as they were.

import { sql } from "kysely";
import { describe, expect, onTestFinished, test } from "vitest";
import { plainProjectNames } from "../../src/server/backends/project-names.ts";
import { createStoreBackend, dayMs } from "../../src/server/backends/store-backend.ts";
import { openStore } from "../../src/store/database/database.ts";
import { onServer, serverUrl, temporaryDatabase } from "../support/postgres.ts";
import { askedBy } from "../support/principals.ts";
import { shortCalls } from "../support/short-calls.ts";

const asked = askedBy("acme");
const project = "shop";

async function startOn(url: string) {
  const store = await openStore({ url });
  const clock = (): Date => new Date();
  const options = { store, projects: plainProjectNames, clock, reservationMs: dayMs };
  const backend = shortCalls(createStoreBackend(options));
  onTestFinished(() => backend[Symbol.asyncDispose]());
  const [id = ""] = await backend.addTasks([{ project_id: project, title: "Ship it" }], asked);
  const title = async () => (await backend.getTask(id, project, asked))?.title;
  const move = async (status: "pending" | "in_progress") =>
    (await backend.updateStatus({ taskId: id, project, status, notes: "" }, asked)).status;
  /** From the second time they are kept; one after the other they go over one connection. */
  const keep = async (): Promise<void> => {
    for (const status of ["in_progress", "pending", "in_progress", "pending"] as const) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect([await title(), await move(status)]).toEqual(["Ship it", status]);
    }
    const kept = await sql`select 1 from pg_prepared_statements where name like 'sitrep%'`.execute(
      store.db,
    );
    expect(kept.rows.length).toBeGreaterThan(3);
  };
  return { store, title, move, keep };
}

describe.skipIf(serverUrl === null)("on PostgreSQL", () => {
  test("kept statements survive a changed table", async () => {
    const url = await temporaryDatabase();
    const { title, move, keep } = await startOn(url);
    await keep();
    await onServer("alter table tasks add column one text", url);
    expect(await title()).toBe("Ship it");
    await keep();
    await onServer("alter table tasks add column another text", url);
    expect(await move("in_progress")).toBe("in_progress");
  });

  test("statements that the server has dropped are prepared again", async () => {
    const { store, title, move, keep } = await startOn(await temporaryDatabase());
    await keep();
    await sql`deallocate all`.execute(store.db);
    expect(await title()).toBe("Ship it");
    await keep();
    await sql`deallocate all`.execute(store.db);
    expect(await move("in_progress")).toBe("in_progress");
  });
});
