// Requests from hooks and commands to the monitor: rows that it takes at its next tick.

import { queryRows, run, queryValue } from "../sqlite/query.ts";
import { writing, type Sqlite } from "../sqlite/sqlite.ts";

/** `project`: its folder, or one of its working trees. */
export type MonitorRequest = { kind: "refresh"; project: string } | { kind: "stop" };

export function addRequest(db: Sqlite, request: MonitorRequest, now: number): void {
  const project = request.kind === "refresh" ? request.project : null;
  const insert = "INSERT INTO requests (kind, project, at) VALUES (?, ?, ?)";
  writing(db, () => run(db, insert, request.kind, project, now));
}

/** Removes the waiting requests, and returns those made since `since`, each once. */
export function takeRequests(db: Sqlite, since: number): MonitorRequest[] {
  // Reads first, because usually there are none, and then nothing is written.
  if (queryValue(db, "SELECT 1 FROM requests LIMIT 1") === undefined) return [];
  const waiting = "SELECT DISTINCT kind, project FROM requests WHERE at >= ? ORDER BY id";
  return writing(db, () => {
    const rows = queryRows<{ kind: string; project: string | null }>(db, waiting, since);
    run(db, "DELETE FROM requests");
    return rows.flatMap(({ kind, project }): MonitorRequest[] => {
      if (kind === "stop") return [{ kind }];
      return kind === "refresh" && project !== null ? [{ kind, project }] : [];
    });
  });
}

/** Removes requests to stop, which were for a monitor that is gone. */
export const dropStops = (db: Sqlite): unknown =>
  run(db, "DELETE FROM requests WHERE kind = 'stop'");
