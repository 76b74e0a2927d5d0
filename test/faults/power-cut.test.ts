// A power cut: what lies on a disk of the test's own at some moment, without what the machine has only in memory.

import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import type { TestContext } from "vitest";
import { openForReading, openForWriting } from "../../src/state/sqlite/sqlite.ts";
import { requireRoot, requireTool } from "../support/settings-machine.ts";
import { startWorker } from "../support/store-processes.ts";
import { temporaryFolder } from "../support/temporary.ts";

interface Disk {
  folder: string;
  /** The disk as the power cut left it, mounted elsewhere. */
  afterPowerCut: () => string;
}

/** Nothing is written to it that no program has asked for, in the half minute until the kernel clears its memory. */
function mountImage(image: string, folder: string): void {
  mkdirSync(folder);
  execFileSync("mount", ["-o", "loop,commit=600", image, folder]);
  onTestFinished(() => void execFileSync("umount", ["-l", folder]));
}

/** An ext4 disk; skips the test where none can be mounted. */
function aDisk(context: TestContext): Disk {
  requireRoot(context);
  requireTool(context, "mkfs.ext4");
  const home = temporaryFolder();
  const [image, folder] = [join(home, "disk"), join(home, "mounted")];
  writeFileSync(image, "");
  truncateSync(image, 64 * 1024 * 1024);
  execFileSync("mkfs.ext4", ["-q", image]);
  try {
    mountImage(image, folder);
  } catch {
    context.skip("needs loop devices");
  }
  let cuts = 0;
  return {
    folder,
    afterPowerCut: () => {
      const copy = join(home, `cut-${(cuts += 1)}`);
      copyFileSync(image, copy);
      mountImage(copy, `${copy}-mounted`);
      return `${copy}-mounted`;
    },
  };
}

/** The rows of a file, which must be sound. */
function rowsIn(file: string, sql: string): unknown[] {
  const db = openForReading(file, 5000);
  try {
    expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
    return db.prepare(sql).pluck().all();
  } finally {
    db.close();
  }
}

test("F6: a power cut loses no acknowledged task and leaves the store sound", async (context) => {
  const disk = aDisk(context);
  const file = join(disk.folder, "tasks.db");
  const acknowledged: string[] = [];
  const worker = await startWorker("add-for-ever", file, "/work/shop-api");
  worker.go();
  const reading = (async () => {
    for (let id = await worker.nextLine(); id !== null; id = await worker.nextLine()) {
      acknowledged.push(id);
    }
  })();
  for (let cut = 0; cut < 8; cut += 1) {
    await sleep(200 + Math.random() * 400);
    process.kill(worker.pid, "SIGSTOP");
    await sleep(20);
    const known = acknowledged.filter((id) => /^TASK-\d+$/.test(id));
    const stored = new Set(rowsIn(join(disk.afterPowerCut(), "tasks.db"), "SELECT id FROM tasks"));
    process.kill(worker.pid, "SIGCONT");
    expect(known.filter((id) => !stored.has(id))).toEqual([]);
  }
  expect(acknowledged.length).toBeGreaterThan(100);
  await worker.kill();
  await reading;
});

test("F6: a power cut loses no rows with synchronous FULL and only the last ones with NORMAL; both files are sound", (context) => {
  const disk = aDisk(context);
  const left = (["FULL", "NORMAL"] as const).map((synchronous) => {
    const name = `${synchronous}.db`;
    const db = openForWriting(join(disk.folder, name), { timeoutMs: 5000, synchronous });
    onTestFinished(() => void db.close());
    db.exec("CREATE TABLE numbers (number INTEGER)");
    db.pragma("wal_checkpoint(TRUNCATE)");
    const add = db.prepare("INSERT INTO numbers VALUES (?)");
    for (let number = 0; number < 500; number += 1) add.run(number);
    return rowsIn(join(disk.afterPowerCut(), name), "SELECT count(*) FROM numbers")[0];
  });
  expect(left).toEqual([500, expect.any(Number)]);
  expect(left[1]).toBeLessThan(500);
});
