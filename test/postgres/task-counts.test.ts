// The counts of a store that several servers share.

import { describe, expect, test } from "vitest";
import { openStore } from "../../src/store/database/database.ts";
import { countProject } from "../../src/store/task-numbers.ts";
import { describeTaskCounts } from "../contracts/task-counts.ts";
import { onServer, serverUrl, temporaryDatabase } from "../support/postgres.ts";

describe.skipIf(serverUrl === null)("on PostgreSQL", () => {
  describeTaskCounts(async () => ({ url: await temporaryDatabase() }));

  test("a store from before is counted when it is brought up to date", async () => {
    const url = await temporaryDatabase();
    await (await openStore({ url }))[Symbol.asyncDispose]();
    await onServer(
      `drop function sitrep_count_insert, sitrep_count_update, sitrep_count_delete cascade`,
      url,
    );
    await onServer("drop table task_counts", url);
    await onServer("delete from kysely_migration where name = '007-counts'", url);
    await onServer(
      `insert into tasks (project, id, title, status, priority, assignees, labels, created_at, updated_at, depends_on, inputs, outputs)
       select 'shop', 'T-' || n, 'x', 'blocked', 'low', '[]', '[]', '', '', '[]', '[]', '[]' from generate_series(1, 7) as n`,
      url,
    );
    await using store = await openStore({ url });
    const counted = await countProject(store.db, { organization: "", project: "shop" }, 14);
    expect(counted.byStatus).toMatchObject({ blocked: 7, pending: 0 });
  });
});
