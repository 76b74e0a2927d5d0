// What hooks and commands ask of the monitor: rows that it takes at its next tick.

import { writing, type Sqlite } from "../sqlite/sqlite.ts";

export type MonitorRequest = { kind: "refresh"; project: string } | { kind: "stop" };

export function addRequest(db: Sqlite, request: MonitorRequest, now: number): void {
  writing(db, () =>
    db
      .prepare("INSERT INTO requests (kind, project, at) VALUES (?, ?, ?)")
      .run(request.kind, request.kind === "refresh" ? request.project : null, now),
  );
}

/** Removes and returns the waiting requests, those younger than `since` only, each once. */
export function takeRequests(db: Sqlite, since: number): MonitorRequest[] {
  const hasAny = db.prepare("SELECT 1 FROM requests LIMIT 1").get() !== undefined;
  if (!hasAny) return [];
  return writing(db, () => {
    const rows = db
      .prepare<[number], { kind: string; project: string | null }>(
        "SELECT DISTINCT kind, project FROM requests WHERE at >= ? ORDER BY id",
      )
      .all(since);
    db.prepare("DELETE FROM requests").run();
    return rows.flatMap((row): MonitorRequest[] => {
      if (row.kind === "stop") return [{ kind: "stop" }];
      return row.kind === "refresh" && row.project !== null
        ? [{ kind: "refresh", project: row.project }]
        : [];
    });
  });
}

/** One that was not taken was for a monitor that is gone. */
export const dropStops = (db: Sqlite): unknown =>
  db.prepare("DELETE FROM requests WHERE kind = 'stop'").run();
