// Writers that come together in one process.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sql } from "kysely";
import { expect, onTestFinished, test } from "vitest";
import { openStore } from "../../../src/store/database/database.ts";
import type { StoreConnection } from "../../../src/store/database/connection.ts";
import { temporaryFolder } from "../../support/temporary.ts";

async function started(): Promise<{ file: string; store: StoreConnection }> {
  const file = join(temporaryFolder(), "tasks.db");
  const store = await openStore({ file });
  onTestFinished(() => store[Symbol.asyncDispose]());
  await store.write((trx) => sql`create table notes (text text)`.execute(trx));
  return { file, store };
}

const note = (store: StoreConnection, text: string): Promise<string> =>
  store.write(async (trx) => {
    await sql`insert into notes values (${text})`.execute(trx);
    if (text.startsWith("bad")) throw new Error(text);
    return text;
  });

const notesIn = async ({ db }: StoreConnection): Promise<string[]> => {
  const { rows } = await sql<{ text: string }>`select text from notes order by rowid`.execute(db);
  return rows.map(({ text }) => text);
};

/** Frames of the write-ahead log that end a transaction (https://sqlite.org/fileformat2.html#the_write_ahead_log). */
function commitsIn(file: string): number {
  const log = readFileSync(`${file}-wal`);
  const pageSize = log.readUInt32BE(8);
  let count = 0;
  for (let at = 32; at < log.length; at += 24 + pageSize)
    count += log.readUInt32BE(at + 4) > 0 ? 1 : 0;
  return count;
}

test("concurrent writes share one commit, in order", async () => {
  const { file, store } = await started();
  const before = commitsIn(file);
  const texts = Array.from({ length: 20 }, (_, at) => `note ${at}`);
  expect(await Promise.all(texts.map((text) => note(store, text)))).toEqual(texts);
  expect(commitsIn(file) - before).toBe(1);
  expect(await notesIn(store)).toEqual(texts);
});

test("a write that fails in a shared commit fails alone and leaves nothing", async () => {
  const { store } = await started();
  const texts = ["one", "bad", "two", "bad again", "three"];
  const outcomes = await Promise.allSettled(texts.map((text) => note(store, text)));
  expect(outcomes.map(({ status }) => status === "fulfilled")).toEqual([
    true,
    false,
    true,
    false,
    true,
  ]);
  expect(outcomes[3]).toMatchObject({ reason: { message: "bad again" } });
  expect(await notesIn(store)).toEqual(["one", "two", "three"]);
});

test("a write that breaks a deferred constraint fails alone", async () => {
  const { store } = await started();
  await store.write((trx) => sql`create table parents (id integer primary key)`.execute(trx));
  await store.write((trx) =>
    sql`create table children (parent integer references parents deferrable initially deferred)`.execute(
      trx,
    ),
  );
  const orphan = store.write((trx) => sql`insert into children values (1)`.execute(trx));
  const outcomes = await Promise.allSettled([note(store, "one"), orphan, note(store, "two")]);
  expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(await notesIn(store)).toEqual(["one", "two"]);
});

test("a write after which SQLite rolls back everything fails alone", async () => {
  const { store } = await started();
  const rollsBack = store.write(async (trx) => {
    await sql`insert into notes values ('lost')`.execute(trx);
    await sql`create unique index once on notes (text)`.execute(trx);
    await sql`insert or rollback into notes values ('lost')`.execute(trx);
  });
  const outcomes = await Promise.allSettled([note(store, "one"), rollsBack, note(store, "two")]);
  expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(await notesIn(store)).toEqual(["one", "two"]);
});

test("no write resolves before it is in the file", async () => {
  const { file, store } = await started();
  await using other = await openStore({ file });
  const seen = ["one", "bad", "two"].map((text) =>
    note(store, text).then(
      () => notesIn(other),
      () => notesIn(other),
    ),
  );
  const all = ["one", "two"];
  expect(await Promise.all(seen)).toEqual([all, all, all]);
});
