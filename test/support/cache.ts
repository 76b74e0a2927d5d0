// A real cache file for a test.

import { join } from "node:path";
import { onTestFinished } from "vitest";
import { openCache } from "../../src/state/cache/cache-file.ts";
import { saveResponse, configureSources } from "../../src/state/cache/task-snapshots.ts";
import type { SnapshotKey } from "../../src/state/cache/task-snapshots.ts";
import type { ResponseNotes } from "../../src/core/ports.ts";
import type { Task } from "../../src/core/task/task.ts";
import type { Sqlite } from "../../src/state/sqlite/sqlite.ts";
import { saturday } from "./builders.ts";
import { temporaryFolder } from "./temporary.ts";

/** Opens a new, empty, migrated cache and closes it at the end of the test. */
export function temporaryCache(): Sqlite {
  const db = openCache(join(temporaryFolder(), "cache.db"));
  onTestFinished(() => {
    db.close();
  });
  return db;
}

export function aKey(overrides: Partial<SnapshotKey> = {}): SnapshotKey {
  return {
    project: "/work/shop-api",
    source: "embedded",
    origin: "file:/state/tasks.db",
    subject: "",
    ...overrides,
  };
}

/** Saves a good response of a configured source. */
export function response(
  db: Sqlite,
  tasks: readonly Task[],
  overrides: {
    key?: SnapshotKey;
    at?: number;
    ended?: readonly Task[];
    notes?: ResponseNotes;
    isFallback?: boolean;
    bySession?: string;
  } = {},
): void {
  const key = overrides.key ?? aKey();
  configureSources(db, key.project, [{ key, isFallback: overrides.isFallback ?? false }]);
  saveResponse(db, key, {
    tasks,
    ended: overrides.ended ?? [],
    notes: overrides.notes ?? null,
    at: overrides.at ?? saturday,
    bySession: overrides.bySession ?? null,
  });
}
