import { expect, test } from "vitest";
import { countRefresh, readRefreshCounts } from "../../../src/state/cache/refresh-counts.ts";
import { saveFailure } from "../../../src/state/cache/task-snapshots.ts";
import { nextFailure } from "../../../src/core/snapshot.ts";
import { day, saturday } from "../../support/builders.ts";
import { aKey, response, temporaryCache } from "../../support/cache.ts";

test("each response and each failure of a source counts for its day", () => {
  const db = temporaryCache();
  const key = aKey({ source: "github" });
  response(db, [], { key, at: saturday });
  response(db, [], { key, at: saturday });
  saveFailure(db, key, nextFailure(null, "source-unreachable", saturday));
  response(db, [], { key, at: saturday - day });
  response(db, [], { key: aKey({ source: "github", project: "/work/other" }), at: saturday });
  expect(readRefreshCounts(db, key.project)).toEqual([
    { source: "github", day: "2026-11-21", answered: 2, failed: 1 },
    { source: "github", day: "2026-11-20", answered: 1, failed: 0 },
  ]);
});

test("counts older than two weeks are removed, and projects without later counts too", () => {
  const db = temporaryCache();
  countRefresh(db, { project: "/work/old", source: "github" }, false, saturday - 20 * day);
  countRefresh(db, { project: "/work/shop-api", source: "github" }, false, saturday - 14 * day);
  countRefresh(db, { project: "/work/shop-api", source: "github" }, true, saturday);
  expect(readRefreshCounts(db, "/work/old")).toEqual([]);
  expect(readRefreshCounts(db, "/work/shop-api")).toEqual([
    { source: "github", day: "2026-11-21", answered: 0, failed: 1 },
  ]);
});

test("a project's counts do not include those of a project whose path begins the same", () => {
  const db = temporaryCache();
  countRefresh(db, { project: "/work/shop", source: "github" }, false, saturday);
  countRefresh(db, { project: "/work/shop-api", source: "github" }, false, saturday);
  expect(readRefreshCounts(db, "/work/shop")).toHaveLength(1);
});
