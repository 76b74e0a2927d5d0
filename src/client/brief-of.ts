// Renders a response as a brief, for programs that pass it to a model themselves: quoted, cut to length, with its age.

import { unknownIdentity } from "../core/task/identity.ts";
import { renderBrief } from "../core/brief/brief.ts";
import { defaultBriefOptions, type BriefOptions } from "../core/brief/options.ts";
import type { GitState } from "../core/git/git-state.ts";
import { localTime } from "../core/time.ts";
import { noNotes } from "../core/ports.ts";
import { countByStatus, type Task } from "../core/task/task.ts";
import type { QueryResult } from "./task-queries.ts";
import type { TaskClient } from "./task-client.ts";

export interface BriefOfOptions {
  client: Pick<TaskClient, "name">;
  /** Null if there is no repository. Default null. */
  git?: GitState | null;
  options?: Partial<BriefOptions>;
}

/** Renders tasks as a brief. Quotes other people's text. If the response is not live, shows its age and the reason. */
export function briefOf(
  { value: tasks, from, ageMs, failure }: QueryResult<Task[]>,
  { client, git = null, options }: BriefOfOptions,
): string {
  const now = Date.now();
  const isThere = from === "live" || from === "cache";
  return renderBrief({
    now,
    calendar: localTime,
    me: unknownIdentity,
    ended: [],
    sources: [
      {
        source: client.name,
        freshness: from === "live" ? "fresh" : isThere ? "stale" : "absent",
        fetchedAt: isThere && ageMs !== null ? now - ageMs : null,
        failure:
          failure === null
            ? null
            : { code: failure.code, at: now, since: now, count: 1, nextTryAt: now },
        counts: countByStatus(tasks),
        tasks,
        notes: noNotes,
        isFallback: false,
      },
    ],
    cacheError: null,
    // The program asked the server itself, so it needs no monitor.
    isMonitorAlive: true,
    peers: [],
    git:
      git === null
        ? { kind: "no-repository" }
        : { kind: "state", state: git, readAt: now, failure: null },
    since: null,
    options: { ...defaultBriefOptions, ...options },
  });
}
