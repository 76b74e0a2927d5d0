// Reads the contents of a report from the cache and git. It does not start the monitor or change anything.

import { existsSync } from "node:fs";
import { findProjectGit, readCache, type CommandContext } from "../../config/context.ts";
import { offText } from "../../config/off.ts";
import { version } from "../../config/version.ts";
import { renderBrief } from "../../core/brief/brief.ts";
import { parseSessionId } from "../../core/session.ts";
import { reportOf, type ListedBranch, type Report } from "../../core/report/report.ts";
import { listBranches } from "../../git/list-branches.ts";
import type { Located } from "../../git/repository.ts";
import { createSpawnGit } from "../../git/spawn-git.ts";
import { readFailures } from "../../hooks/failure-log.ts";
import { readProjectDeliveries } from "../../state/cache/deliveries.ts";
import { readGitRecords } from "../../state/cache/git-states.ts";
import { readRefreshCounts } from "../../state/cache/refresh-counts.ts";
import { readProjectSessions } from "../../state/cache/sessions.ts";
import type { Sqlite } from "../../state/sqlite/sqlite.ts";
import { readOutbox } from "../../state/live/outbox.ts";
import { createScope } from "../program/verb-context.ts";
import { readCachedViews } from "../source/lookup.ts";
import { gatherScreen } from "../today.ts";

const maxSessions = 30;
const gitTimeBoxMs = 3000;
const day = 86_400_000;

const readHistory = (db: Sqlite, project: string) => ({
  trees: readGitRecords(db).filter((tree) => tree.project === project),
  sessions: readProjectSessions(db, project, maxSessions),
  deliveries: readProjectDeliveries(db, project),
  refreshes: readRefreshCounts(db, project),
});

const noHistory = { trees: [], sessions: [], deliveries: [], refreshes: [] };

/** Includes deliveries from the outbox, which the monitor has not recorded in the cache yet. */
function historyOf(context: CommandContext, project: string): ReturnType<typeof readHistory> {
  const { cache, live } = context.files;
  if (!existsSync(cache)) return noHistory;
  const history = readCache(context, (db) => readHistory(db, project));
  const own = new Set(history.sessions.map(({ id }) => id));
  const left = existsSync(live) ? readOutbox(live) : [];
  const late = left.flatMap(({ delivery }) =>
    delivery !== null && own.has(parseSessionId(delivery.sessionId) ?? "") ? [delivery] : [],
  );
  return { ...history, deliveries: [...history.deliveries, ...late] };
}

async function branchesOf(context: CommandContext, place: Located): Promise<ListedBranch[]> {
  const program = findProjectGit(context, place.project);
  if (program === null || place.repository === null) return [];
  const caller = { program, run: createSpawnGit(program), timeoutMs: gitTimeBoxMs };
  return await listBranches(place.repository, caller);
}

export async function gatherReport(context: CommandContext, place: Located): Promise<Report> {
  const { brief, off, isInstalled } = await gatherScreen(context, place);
  const unreadable = brief.cacheError !== null;
  return reportOf({
    project: place.projectName,
    folder: place.project,
    worktree: place.worktree,
    version,
    brief: { ...brief, sources: unreadable ? [] : readCachedViews(context, createScope(place)) },
    text: off.length > 0 ? null : renderBrief(brief),
    off: off.map(offText),
    isInstalled,
    branches: await branchesOf(context, place),
    hookFailures: readFailures(context.files.hookFailures, brief.now - day).length,
    ...(unreadable ? noHistory : historyOf(context, place.project)),
  });
}
