// The counts of a store on SQLite.

import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openStore } from "../../src/store/database/database.ts";
import { countProject } from "../../src/store/task-numbers.ts";
import { describeTaskCounts } from "../contracts/task-counts.ts";
import { temporaryFolder } from "../support/temporary.ts";

describeTaskCounts(async () => ({ file: join(temporaryFolder(), "tasks.db") }));

test("a store from before is counted when it is brought up to date", async () => {
  const file = join(temporaryFolder(), "tasks.db");
  copyFileSync(join(import.meta.dirname, "../fixtures/stores/version-1.db"), file);
  await using store = await openStore({ file });
  const key = { organization: "", project: "/work/shop-api" };
  const statuses = await store.db
    .selectFrom("tasks")
    .select(["status", "completed_at"])
    .where("project", "=", key.project)
    .execute();
  const of = (wanted: string): number => statuses.filter(({ status }) => status === wanted).length;
  const { byStatus, completedByDay } = await countProject(store.db, key, 14);
  expect(Object.entries(byStatus)).toEqual(
    Object.keys(byStatus).map((status) => [status, of(status)]),
  );
  const completed = statuses.filter((row) => row.completed_at !== null);
  expect(completed).not.toEqual([]);
  expect(completedByDay.reduce((sum, { count }) => sum + count, 0)).toBe(completed.length);
});
