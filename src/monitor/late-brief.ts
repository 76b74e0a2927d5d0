// The brief of a session whose start was not answered, since its hook was killed or came too late: out of the cache alone,
// for the hook of its next tool call or prompt.

import { renderBrief } from "../core/brief/brief.ts";
import type { GitView } from "../core/brief/git-lines.ts";
import { withoutPaths } from "../core/git/git-state.ts";
import { hookSettingsKey, projectSettings, readHookSettings } from "../core/hook-settings.ts";
import { peerKey } from "../core/news/peers.ts";
import type { PendingNews } from "../core/news/pending-news.ts";
import { belongsToBranch } from "../core/task/branch-tasks.ts";
import type { GitRecord, SessionRecord } from "../core/session.ts";
import { dayOf, localTime } from "../core/time.ts";
import { placeOf, type Place } from "../git/repository.ts";
import { getStaleEntry } from "../state/cache/entries.ts";
import { readGitRecord } from "../state/cache/git-states.ts";
import { readLeftOff } from "../state/cache/handoffs.ts";
import { readPeers } from "../state/cache/peers.ts";
import { endedOfBranch, lastChangeSeq } from "../state/cache/task-changes.ts";
import { readSourceFailures, readSourceViews } from "../state/cache/source-views.ts";
import type { Sqlite } from "../state/sqlite/sqlite.ts";

function gitView({ isRepository, branch }: Place, known: GitRecord | null): GitView | null {
  if (!isRepository) return { kind: "no-repository" };
  const { snapshot = null, failure = null } = known ?? {};
  if (snapshot !== null)
    return { kind: "state", state: snapshot.value, readAt: snapshot.fetchedAt, failure };
  return failure === null ? null : { kind: "unknown", code: failure.code, branch };
}

/** Null while the repository has not been read. `now`: epoch milliseconds. */
export function lateBrief(
  db: Sqlite,
  { id, worktree }: SessionRecord,
  now: number,
): PendingNews | null {
  const place = placeOf(worktree);
  const git = gitView(place, readGitRecord(db, worktree));
  if (git === null) return null;
  const settings = readHookSettings(getStaleEntry(db, hookSettingsKey, 0)?.value);
  const { project } = place;
  const options = projectSettings(settings, project).brief;
  const branch = place.branch ?? place.leftBranch ?? null;
  const { me, tasks: limits } = settings;
  const today = dayOf(localTime(now), now);
  const most = options.maxTasks + 1;
  const sources = readSourceViews(db, { project, branch, now, limits, most, me, today });
  const isOpen = sources.some(({ tasks }) => tasks.some((task) => belongsToBranch(task, branch)));
  const own = { project, worktree, branch, id, now };
  const peers = readPeers(db, own);
  const brief = renderBrief({
    now,
    calendar: localTime,
    sources,
    ended: branch === null || isOpen ? [] : endedOfBranch(db, project, branch),
    cacheError: null,
    isMonitorAlive: true,
    git,
    since: null,
    me,
    peers,
    leftOff: readLeftOff(db, { ...own, own: false }),
    place: branch ?? worktree,
    options,
  });
  const delivered = {
    git: git.kind === "state" ? withoutPaths(git.state) : null,
    sources: readSourceFailures(db, project),
    peers: peers.map(peerKey),
  };
  return { at: now, items: [], seq: lastChangeSeq(db), delivered, brief };
}
