import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  openCache,
  openCacheForReading,
  openCacheForShortWrite,
  openOrRebuildCache,
} from "../../../src/state/cache/cache-file.ts";
import { currentSchema, migrate } from "../../../src/state/cache/cache-schema.ts";
import { lastChangeSeq } from "../../../src/state/cache/task-changes.ts";
import { codeOf } from "../../../src/core/errors.ts";
import { openForWriting, writing } from "../../../src/state/sqlite/sqlite.ts";
import { aTask } from "../../support/builders.ts";
import { response } from "../../support/cache.ts";
import { temporaryFolder } from "../../support/temporary.ts";

function failureOf(work: () => unknown): string | null {
  try {
    work();
    return null;
  } catch (error) {
    return codeOf(error);
  }
}

const newFile = (): string => join(temporaryFolder(), "state", "cache.db");

/** A cache with one response, closed. */
function filledFile(): string {
  const file = newFile();
  const db = openCache(file);
  response(db, [aTask()]);
  db.close();
  return file;
}

describe("opening the cache for a hook", () => {
  test("a hook reads what the monitor wrote, and cannot write", () => {
    const db = openCacheForReading(filledFile(), 100);
    expect(db.prepare("SELECT count(*) FROM tasks").pluck().get()).toBe(1);
    expect(failureOf(() => db.exec("DELETE FROM tasks"))).toBe("SQLITE_READONLY");
    db.close();
  });

  test("F2: a hook creates neither the cache nor its folder", () => {
    const file = newFile();
    expect(failureOf(() => openCacheForReading(file, 100))).toBe("database-missing");
    expect(failureOf(() => openCacheForShortWrite(file, 100))).toBe("database-missing");
    expect(existsSync(join(file, ".."))).toBe(false);
  });

  test("F20: a hook does not migrate an older schema", () => {
    const file = newFile();
    openForWriting(file, { timeoutMs: 100, synchronous: "NORMAL" }).close();
    expect(failureOf(() => openCacheForReading(file, 100))).toBe("database-unreadable");
    expect(failureOf(() => openCacheForShortWrite(file, 100))).toBe("database-unreadable");
  });

  test("F20: reports cache-newer when a newer Sitrep wrote the file", () => {
    const file = filledFile();
    const db = openCache(file);
    db.pragma("user_version = 99");
    db.close();
    expect(failureOf(() => openCacheForReading(file, 100))).toBe("cache-newer");
    expect(failureOf(() => openCache(file))).toBe("cache-newer");
  });

  test("F7: a hook's read does not wait for a writer in a transaction", () => {
    const file = filledFile();
    const writer = openCache(file);
    writer.exec("BEGIN IMMEDIATE; DELETE FROM tasks");
    const started = performance.now();
    const reader = openCacheForReading(file, 100);
    expect(reader.prepare("SELECT count(*) FROM tasks").pluck().get()).toBe(1);
    expect(performance.now() - started).toBeLessThan(90);
    reader.close();
    writer.close();
  });

  test("F7: a hook's write to a locked cache gives up in time", () => {
    const file = filledFile();
    const writer = openCache(file);
    writer.exec("BEGIN IMMEDIATE");
    const db = openCacheForShortWrite(file, 100);
    const started = performance.now();
    expect(failureOf(() => writing(db, () => undefined))).toBe("SQLITE_BUSY");
    expect(performance.now() - started).toBeLessThan(400);
    db.close();
    writer.close();
  });
});

describe("a cache of an older schema", () => {
  const second = "ALTER TABLE tasks ADD COLUMN initial TEXT; UPDATE tasks SET initial = 'A'";

  test("a cache gets the migrations that it lacks, once, and keeps its rows", () => {
    const db = openCache(filledFile());
    const migrations = ["SELECT made_up_but_never_run", second];
    for (const _ of ["first", "again"]) migrate(db, migrations);
    expect(db.pragma("user_version", { simple: true })).toBe(2);
    expect(db.prepare("SELECT initial FROM tasks").pluck().all()).toEqual(["A"]);
    db.close();
  });

  test("a migration that fails leaves the cache as it was", () => {
    const db = openCache(filledFile());
    expect(failureOf(() => migrate(db, ["", second, "SELECT no_such_column"]))).toBe(
      "SQLITE_ERROR",
    );
    expect(db.pragma("user_version", { simple: true })).toBe(currentSchema);
    expect(db.pragma("table_info(tasks)")).not.toContainEqual(
      expect.objectContaining({ name: "initial" }),
    );
    db.close();
  });
});

describe("the cache's files and folders", () => {
  test("A35: the cache's files and folders are for their owner only, whatever the umask", () => {
    const before = process.umask(0);
    try {
      const file = filledFile();
      const db = openCache(file);
      response(db, [aTask({ title: "changed" })]);
      const modes = readdirSync(join(file, "..")).map(
        (name) => statSync(join(file, "..", name)).mode & 0o777,
      );
      expect(modes.length).toBeGreaterThan(1);
      expect(new Set(modes)).toEqual(new Set([0o600]));
      expect(statSync(join(file, "..")).mode & 0o777).toBe(0o700);
      db.close();
    } finally {
      process.umask(before);
    }
  });
});

describe("an unusable cache", () => {
  const ruin: Record<string, (file: string) => void> = {
    "text in its place": (file) =>
      writeFileSync(file, "not a database, and long enough to be read"),
    "a truncated file": (file) => truncateSync(file, 5000),
    "a page of rubbish": (file) => {
      const bytes = readFileSync(file);
      bytes.fill(0xff, 0, 4096);
      writeFileSync(file, bytes);
    },
    "rubbish behind a good header": (file) => {
      const bytes = readFileSync(file);
      bytes.fill(0xff, 100, 4096);
      writeFileSync(file, bytes);
    },
  };

  test.for(Object.entries(ruin))("%s: a hook reports an error and repairs nothing", ([, spoil]) => {
    const file = filledFile();
    spoil(file);
    const before = readFileSync(file);
    const read = (): unknown => {
      const db = openCacheForReading(file, 100);
      return lastChangeSeq(db);
    };
    expect(failureOf(read)).toMatch(/^(SQLITE_\w+|database-unreadable|unexpected)$/);
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  test.for(Object.entries(ruin))(
    "%s: the monitor moves it to quarantine and starts a new cache",
    ([, spoil]) => {
      const file = filledFile();
      spoil(file);
      const spoiled = readFileSync(file);
      const slots: string[] = [];
      const db = openOrRebuildCache(file, (slot) => slots.push(slot));
      response(db, [aTask()]);
      expect(db.prepare("SELECT count(*) FROM tasks").pluck().get()).toBe(1);
      expect(slots).toHaveLength(1);
      expect(readFileSync(join(slots[0] ?? "", "cache.db")).equals(spoiled)).toBe(true);
      db.close();
    },
  );

  test("quarantine keeps only the last broken cache", () => {
    const file = newFile();
    for (const text of ["first broken file, long enough", "second broken file, long enough"]) {
      mkdirSync(join(file, ".."), { recursive: true });
      writeFileSync(file, text);
      openOrRebuildCache(file, () => undefined).close();
    }
    expect(readFileSync(join(file, "..", "quarantine", "cache.db"), "utf8")).toMatch(/^second/);
  });

  test("an empty file becomes a cache and is not quarantined", () => {
    const file = newFile();
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, "");
    const slots: string[] = [];
    openOrRebuildCache(file, (slot) => slots.push(slot)).close();
    expect(slots).toEqual([]);
  });

  test("a good cache is left alone", () => {
    const file = filledFile();
    const db = openOrRebuildCache(file, () => expect.unreachable());
    expect(db.prepare("SELECT count(*) FROM tasks").pluck().get()).toBe(1);
    db.close();
  });
});
