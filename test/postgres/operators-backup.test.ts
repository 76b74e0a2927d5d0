// The commands of docs/running-a-server.md that back up and restore PostgreSQL, and that move a store from SQLite to it.

import { describe, expect, test } from "vitest";
import { expectRestore } from "../contracts/operators-backup.ts";
import { commandsUnder, runLine } from "../support/operators-commands.ts";
import { postgresPrograms, startOperatorsPostgres } from "../support/operators-postgres.ts";
import { addKeyTo, createServeFixture, runVerb } from "../support/serve-process.ts";

const programs = postgresPrograms();

/** A server as compose.yaml starts it: with an empty database that has its user's name. */
async function startDatabase() {
  const client = await startOperatorsPostgres(programs ?? "");
  const address = `postgres://sitrep@${client["PGHOST"]}:${client["PGPORT"]}/sitrep`;
  const fixture = createServeFixture({ DATABASE_URL: address });
  const run = (line: string): string => runLine(fixture, line, client);
  run("createdb --username=sitrep sitrep");
  return { fixture, run };
}

describe.skipIf(programs === null)("the backup commands in docs/running-a-server.md", () => {
  test("restore PostgreSQL as it was at the dump", async () => {
    const { fixture, run } = await startDatabase();
    const [dump = "", stop, ...rest] = commandsUnder("### PostgreSQL");
    const start = rest.pop();
    expect([stop, start]).toEqual([
      "docker compose stop server-1 server-2",
      "docker compose up -d --no-deps --wait server-1 server-2",
    ]);
    await expectRestore({
      fixture,
      serveArgs: [],
      keyArgs: [],
      backUp: () => void run(dump),
      restore: () => rest.forEach((line) => void run(line)),
    });
  });

  test("leave the database as it was when a dump is cut off", async () => {
    const { fixture, run } = await startDatabase();
    addKeyTo(fixture, "ada", "--organization", "acme");
    const lines = commandsUnder("### PostgreSQL");
    run(lines[0] ?? "");
    run("head -c 4000 sitrep.dump >cut.dump && mv cut.dump sitrep.dump");
    const restore = lines.find((line) => line.includes(" pg_restore ")) ?? "";
    run("dropdb --username=sitrep sitrep && createdb --username=sitrep sitrep");
    expect(() => run(restore)).toThrow("pg_restore");
    expect(run("psql --username=sitrep --tuples-only --command='\\dt' sitrep").trim()).toBe("");
  });

  test("copy a store with its keys from SQLite to PostgreSQL", async () => {
    const { fixture, run } = await startDatabase();
    addKeyTo(fixture, "ada", "--organization", "acme", "--database", "tasks.db");
    const lines = commandsUnder("### From SQLite to PostgreSQL");
    expect(lines).toHaveLength(2);
    for (const line of lines) expect(run(line)).toContain("1 key,");
    expect(runVerb(fixture, ["key", "list"]).out).toContain("ada (ada of acme)");
  });
});
