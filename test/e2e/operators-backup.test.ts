// The commands of docs/running-a-server.md that back up and restore an SQLite store, on a server's store.

import { expect, test } from "vitest";
import { expectRestore } from "../contracts/operators-backup.ts";
import { commandsUnder, runLine } from "../support/operators-commands.ts";
import { createServeFixture } from "../support/serve-process.ts";

test("the page's commands restore a server's SQLite store as it was at the backup", async () => {
  const fixture = createServeFixture();
  const [backUp = "", restore = "", ...others] = commandsUnder("### An SQLite store");
  expect(others).toEqual([]);
  const place = ["--database", "tasks.db"];
  await expectRestore({
    fixture,
    serveArgs: place,
    keyArgs: place,
    backUp: () => expect(runLine(fixture, backUp)).toContain("1 task, 0 tickets and 2 keys"),
    restore: () => expect(runLine(fixture, restore)).toContain("1 task, 0 tickets and 2 keys"),
  });
});
