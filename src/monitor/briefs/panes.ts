// Writes the pane file of each session whose pane in Claude Code is open.

import { join } from "node:path";
import { createPane, paneFiles, renewOpenMs, type Pane } from "../../core/pane.ts";
import type { SessionRecord } from "../../core/session.ts";
import { readDeliveries } from "../../state/cache/deliveries.ts";
import { readChangedAt } from "../../state/files/file-stats.ts";
import { publishFile } from "../../state/files/replace-file.ts";
import type { Sqlite } from "../../state/sqlite/sqlite.ts";
import { cachedBrief } from "./late-brief.ts";
import { idSet, keepOnly } from "../project-state-key.ts";

export type PanePublisher = (
  sessions: readonly Pick<SessionRecord, "id" | "worktree">[],
  now: number,
) => void;

const maxDeliveries = 3;
/** The pane shows its age, so unchanged texts are written again, but only after this time. */
const sameForMs = 20_000;

const isSame = (before: Pane | undefined, pane: Pane): boolean =>
  before !== undefined &&
  pane.at - before.at < sameForMs &&
  JSON.stringify({ ...pane, at: before.at, time: before.time }) === JSON.stringify(before);

export function createPanePublisher(db: Sqlite, live: string): PanePublisher {
  const published = new Map<string, Pane>();
  return (sessions, now) => {
    keepOnly(published, idSet(sessions));
    for (const session of sessions) {
      const files = paneFiles(session.id);
      const openedAt = readChangedAt(join(live, files.open)) ?? Number.NEGATIVE_INFINITY;
      if (Math.abs(now - openedAt) > 3 * renewOpenMs) continue;
      const cached = cachedBrief(db, session, now);
      if (cached === null) continue;
      const pane = createPane(cached.brief, readDeliveries(db, session.id, maxDeliveries));
      if (isSame(published.get(session.id), pane)) continue;
      publishFile(join(live, files.pane), JSON.stringify(pane));
      published.set(session.id, pane);
    }
  };
}
