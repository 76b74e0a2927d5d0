// Opening SQLite files: what is there instead of a database, who may read it, and what a lock does.

import {
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  isBroken,
  openForReading,
  openForWriting,
  openPlain,
  writing,
} from "../../../src/state/sqlite/sqlite.ts";
import type { Sqlite } from "../../../src/state/sqlite/sqlite.ts";
import { makeFifo } from "../../support/git-fifo.ts";
import { startWorker } from "../../support/store-processes.ts";
import { temporaryFolder } from "../../support/temporary.ts";

const closing = (db: Sqlite): Sqlite => {
  onTestFinished(() => void db.close());
  return db;
};

const forWriting = (file: string, timeoutMs = 1000): Sqlite =>
  closing(openForWriting(file, { timeoutMs, synchronous: "NORMAL" }));

const forReading = (file: string, timeoutMs = 1000): Sqlite =>
  closing(openForReading(file, timeoutMs));

/** A database with one row, closed. */
function databaseFile(): string {
  const file = join(temporaryFolder(), "cache.db");
  const db = openForWriting(file, { timeoutMs: 1000, synchronous: "NORMAL" });
  db.exec("CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (1)");
  db.close();
  return file;
}

/** What is thrown by `use`, which has to throw. */
function thrownBy(use: () => unknown): unknown {
  try {
    use();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

describe("openForReading", () => {
  test("openForReading gives a connection that cannot write", () => {
    const db = forReading(databaseFile());
    expect(db.prepare("SELECT n FROM t").pluck().get()).toBe(1);
    expect(() => db.exec("INSERT INTO t VALUES (2)")).toThrow("readonly database");
  });

  test("openForReading throws database-missing and creates nothing", () => {
    const folder = temporaryFolder();
    const missing = () => openForReading(join(folder, "deep/cache.db"), 100);
    expect(missing).toThrow(expect.objectContaining({ code: "database-missing" }));
    expect(readdirSync(folder)).toEqual([]);
  });

  test("F1: openForReading reads while another process writes", async () => {
    const file = databaseFile();
    const holder = await startWorker("hold-writing", file);
    holder.go();
    expect(await holder.outcome()).toMatchObject({ code: "ok" });
    expect(forReading(file, 0).prepare("SELECT n FROM t").pluck().get()).toBe(1);
  });
});

describe("openForWriting", () => {
  test("openForWriting creates file and folders for their owner only, under any umask", () => {
    const before = process.umask(0);
    onTestFinished(() => void process.umask(before));
    const folder = join(temporaryFolder(), "state");
    const file = join(folder, "sitrep/cache.db");
    forWriting(file).exec("CREATE TABLE t (n INTEGER)");
    const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);
    expect([folder, join(folder, "sitrep")].map(mode)).toEqual(["700", "700"]);
    expect([file, `${file}-wal`, `${file}-shm`].map(mode)).toEqual(["600", "600", "600"]);
  });

  test.each([
    { synchronous: "NORMAL" as const, level: 1 },
    { synchronous: "FULL" as const, level: 2 },
  ])("opens in write-ahead mode with synchronous $synchronous", ({ synchronous, level }) => {
    const file = join(temporaryFolder(), "cache.db");
    const db = closing(openForWriting(file, { timeoutMs: 1000, synchronous }));
    const pragma = (name: string): unknown => db.pragma(name, { simple: true });
    expect(pragma("journal_mode")).toBe("wal");
    expect(pragma("synchronous")).toBe(level);
    expect(pragma("foreign_keys")).toBe(1);
    expect(pragma("trusted_schema")).toBe(0);
    expect(pragma("busy_timeout")).toBe(1000);
  });

  test("F21: the SQLite in use has the fix for the WAL-reset bug", () => {
    const version = forWriting(databaseFile()).prepare("SELECT sqlite_version()").pluck().get();
    const [major = 0, minor = 0, patch = 0] = String(version).split(".").map(Number);
    expect(major * 1e6 + minor * 1e3 + patch).toBeGreaterThanOrEqual(3_051_003);
  });
});

describe("another kind of file in a database's path", () => {
  const verbs = ["open-for-reading", "open-for-writing"] as const;
  const things: readonly { what: string; put: (file: string) => void }[] = [
    { what: "a folder", put: (file) => void mkdirSync(file) },
    { what: "a FIFO", put: makeFifo },
    { what: "a link to a FIFO", put: linkToFifo },
    { what: "a link to /dev/zero", put: (file) => symlinkSync("/dev/zero", file) },
    { what: "a link to a folder", put: (file) => symlinkSync("/etc", file) },
  ];

  function linkToFifo(file: string): void {
    makeFifo(`${file}.fifo`);
    symlinkSync(`${file}.fifo`, file);
  }

  // In a process of its own: one that hangs in open(2) cannot be interrupted.
  test.each(things.flatMap((thing) => verbs.map((verb) => ({ ...thing, verb }))))(
    "database-unreadable without hanging: $what, $verb",
    async ({ put, verb }) => {
      const file = join(temporaryFolder(), "cache.db");
      put(file);
      const worker = await startWorker(verb, file);
      worker.go();
      expect(await worker.outcome()).toEqual({ code: "database-unreadable", value: null });
    },
  );

  test("a text file is SQLite's own error and left unchanged", () => {
    const file = join(temporaryFolder(), "cache.db");
    const text = "no database\n".repeat(100);
    writeFileSync(file, text);
    const error = thrownBy(() => forReading(file).prepare("SELECT 1 FROM sqlite_master").get());
    expect(error).toMatchObject({ code: "SQLITE_NOTADB" });
    expect(thrownBy(() => forWriting(file))).toMatchObject({ code: "SQLITE_NOTADB" });
    expect(readFileSync(file, "utf8")).toBe(text);
    expect(readdirSync(join(file, ".."))).toEqual(["cache.db"]);
  });

  // `connect` has opened it by then; it stays open until the collector comes by.
  test("a connection whose set-up fails is closed", () => {
    const file = join(temporaryFolder(), "cache.db");
    writeFileSync(file, "no database\n".repeat(100));
    thrownBy(() => openForWriting(file, { timeoutMs: 100, synchronous: "NORMAL" }));
    const targets = readdirSync("/proc/self/fd").map((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`);
      } catch {
        return "";
      }
    });
    expect(targets).not.toContain(file);
  });
});

describe("a file that another process is writing to", () => {
  test("F7: a locked file is busy for a writer after its timeout, not before", async () => {
    const file = databaseFile();
    const db = forWriting(file, 300);
    const holder = await startWorker("hold-writing", file);
    holder.go();
    expect(await holder.outcome()).toMatchObject({ code: "ok" });
    const start = performance.now();
    const error = thrownBy(() => writing(db, () => db.exec("INSERT INTO t VALUES (2)")));
    expect(error).toMatchObject({ code: "SQLITE_BUSY" });
    expect(isBroken(error)).toBe(false);
    expect(performance.now() - start).toBeGreaterThanOrEqual(290);
    await holder.kill();
    writing(db, () => db.exec("INSERT INTO t VALUES (3)"));
    expect(db.prepare("SELECT n FROM t ORDER BY n").pluck().all()).toEqual([1, 3]);
  });
});

describe("writing", () => {
  test("writing returns the result of the work", () => {
    const db = forWriting(databaseFile());
    const last = writing(db, () =>
      db.prepare("INSERT INTO t VALUES (2) RETURNING n").pluck().get(),
    );
    expect(last).toBe(2);
  });

  test("writing rolls back when the work throws", () => {
    const db = forWriting(databaseFile());
    const work = () =>
      writing(db, () => {
        db.exec("INSERT INTO t VALUES (2)");
        throw new Error("half-way");
      });
    expect(work).toThrow("half-way");
    expect(db.prepare("SELECT count(*) FROM t").pluck().get()).toBe(1);
  });

  test("F3: writing takes the write lock before it reads", () => {
    const file = databaseFile();
    const [one, other] = [forWriting(file), forWriting(file, 0)];
    writing(one, () => {
      expect(one.prepare("SELECT count(*) FROM t").pluck().get()).toBe(1);
      const error = thrownBy(() => writing(other, () => undefined));
      expect(error).toMatchObject({ code: "SQLITE_BUSY" });
    });
  });
});

describe("isBroken", () => {
  const withCode = (code: string): Error => Object.assign(new Error(code), { code });

  test.each([
    ["SQLITE_CORRUPT", true],
    ["SQLITE_CORRUPT_INDEX", true],
    ["SQLITE_NOTADB", true],
    ["SQLITE_IOERR_SHORT_READ", true],
    ["SQLITE_BUSY", false],
    ["SQLITE_BUSY_SNAPSHOT", false],
    ["SQLITE_LOCKED", false],
    ["SQLITE_FULL", false],
    ["SQLITE_READONLY", false],
    ["SQLITE_CANTOPEN", false],
    ["SQLITE_IOERR_READ", false],
    ["ENOSPC", false],
  ])("%s: %s", (code, expected) => {
    expect(isBroken(withCode(code))).toBe(expected);
  });

  test.each([null, undefined, "SQLITE_CORRUPT", { code: "SQLITE_CORRUPT" }, new Error("corrupt")])(
    "isBroken is false for anything but SQLite's errors: %s",
    (error) => {
      expect(isBroken(error)).toBe(false);
    },
  );

  test("isBroken is true for a real damaged file", () => {
    const file = databaseFile();
    const bytes = readFileSync(file);
    bytes.fill(0xff, 4096);
    writeFileSync(file, bytes);
    const db = forReading(file);
    expect(isBroken(thrownBy(() => db.prepare("SELECT n FROM t").all()))).toBe(true);
  });
});

test("openPlain uses no write-ahead log, so a lock is a single file", () => {
  const file = join(temporaryFolder(), "lock");
  const db = closing(openPlain(file, 0));
  expect(db.pragma("journal_mode", { simple: true })).toBe("delete");
  expect(readdirSync(join(file, ".."))).toEqual(["lock"]);
});
