// What `sitrep status` tells: what is fresh, stale or failing, and what runs. It reads everything and changes nothing.

import { isAbsolute } from "node:path";
import { getStaleEntry } from "../../state/cache/entries.ts";
import { lastFailures, nextRefresh } from "../../state/cache/last-failures.ts";
import { readGitRecords } from "../../state/cache/git-states.ts";
import { readProjects } from "../../state/cache/sessions.ts";
import { readSourceViews } from "../../state/cache/source-views.ts";
import { hookSettingsOf } from "../../config/config-file.ts";
import type { Config } from "../../config/schema.ts";
import { originOf } from "../../config/source-address.ts";
import { wayOutLine } from "../../core/brief/source-lines.ts";
import { freshness } from "../../core/snapshot.ts";
import { readFailures } from "../../hooks/failure-log.ts";
import { isLeaseRunning } from "../../state/live/lease.ts";
import { recordedFiles } from "../../install/settings-file.ts";
import type { Sqlite } from "../../state/sqlite/sqlite.ts";
import { cacheError, settingsOf } from "../../config/command-config.ts";
import { readProjectsOff } from "../../config/installation.ts";
import { processUse } from "../../config/process-identity.ts";
import { whatIsOff } from "../../config/off.ts";
import { projectSettings } from "../../core/hook-settings.ts";
import { projectOf, readCache, type CommandContext, installationOf } from "../../config/context.ts";
import { runningMonitor } from "../../monitor/monitor-control.ts";
import { needsFolder } from "../../sources/program-place.ts";
import { listWithSignIns } from "../source/sources.ts";
import { sourceMetricsKey } from "../../sources/source-pool.ts";
import type { Check } from "../doctor/finding.ts";
import { version } from "../../config/version.ts";

const day = 86_400_000;

/** The sources as they are configured. */
const sourcesIn = async (context: CommandContext) =>
  (await listWithSignIns(context, null)).map(({ config: source, from, signIn }) => ({
    name: source.name,
    type: source.preset ?? source.type,
    origin: originOf(source),
    /** Why its program is not started: it is for all projects and means one. */
    meansFolder: source.projects?.some(isAbsolute) === true ? null : needsFolder(source),
    /** The reference, never the secret; null where there is no sign-in. */
    secret: source.auth?.secret ?? null,
    /** The person who is signed in; null where there is none. */
    signIn,
    from,
    enabled: source.enabled,
    fallback: source.fallback,
  }));

/** Answers as `status` shows them. Instants are epoch milliseconds. */
function answersIn(db: Sqlite, config: Config, now: number, isRefreshed: boolean) {
  const failedLast = lastFailures(db);
  const next = isRefreshed ? nextRefresh(db, now) : null;
  const { tasks: limits } = hookSettingsOf(config, []);
  const gitLimits = { freshMs: config.git.freshSeconds * 1000, expireMs: limits.expireMs };
  const tasks = readProjects(db, 0).flatMap((project) =>
    readSourceViews(db, { project: project.path, branch: null, now, limits, most: 1 }).map(
      (view) => ({
        project: project.path,
        what: `tasks of ${view.source}`,
        freshness: view.freshness,
        fetchedAt: view.fetchedAt,
        failure: view.failure,
        /** Also of one that has answered since; null where none is known of the last two weeks. */
        lastFailure: failedLast(project.path, view.source),
        /** When it is asked next; null where nobody asks. */
        nextTryAt: view.failure?.nextTryAt ?? next,
        /** What a person has to do, as the brief says it; null when there is nothing to do. */
        wayOut: view.failure === null ? null : wayOutLine(view.source, view.failure.code),
        pending: view.counts.pending + view.counts.in_progress + view.counts.blocked,
      }),
    ),
  );
  const git = readGitRecords(db).map(({ worktree, snapshot, failure }) => ({
    project: worktree,
    what: "git",
    freshness: freshness(snapshot, gitLimits, now),
    fetchedAt: snapshot?.fetchedAt ?? null,
    failure,
    lastFailure: null,
    nextTryAt: null,
    wayOut: null,
    pending: null,
  }));
  return [...tasks, ...git];
}

/** Reads everything and changes nothing. `look`: the doctor's checks. */
export async function readStatus(
  context: CommandContext,
  config: Config,
  look: () => Promise<Check[]>,
) {
  const now = Date.now();
  const monitor = runningMonitor(context);
  const installation = installationOf(context);
  const plugin = installation?.plugin ?? installation?.other?.plugin;
  const { project } = projectOf(context, undefined);
  const settings = projectSettings(settingsOf(context, config), project);
  const off = whatIsOff(context.files, context.env, project, settings.off);
  let answers: ReturnType<typeof answersIn> = [];
  /** Set when the cache cannot be read. */
  let cacheFailure: { code: string; message: string } | null = null;
  /** Calls to servers since the monitor started: their number, failures, latency, cache hits. */
  let calls: unknown = null;
  try {
    readCache(context, (db) => {
      answers = answersIn(db, config, now, monitor !== null);
      calls = getStaleEntry(db, sourceMetricsKey, now)?.value ?? null;
    });
  } catch (error) {
    const { code, message, hint } = cacheError(context.files.cache, error);
    cacheFailure = { code, message: [message, hint ?? ""].join(" ").trim() };
  }
  const checks = await look();
  return {
    version,
    /** What is not as it should be, in the order in which to mend it. */
    wrong: checks.filter(({ state }) => state !== "ok"),
    isOff: off.length > 0,
    /** What silences the hooks in this folder's project. */
    off,
    /** Real paths of other projects that a command has silenced. */
    projectsOff: readProjectsOff(context.files.projectsOff).filter((one) => one !== project),
    monitor:
      monitor === null
        ? null
        : {
            ...monitor,
            isHealthy: isLeaseRunning(context.files.live, now),
            /** Null where the system does not say. */
            use: processUse(monitor.pid),
          },
    installedIn: [
      ...recordedFiles(context.files.settingsRecords),
      ...(plugin === undefined ? [] : [`${plugin} (Claude Code's plugin, every project)`]),
    ],
    answers,
    /** Of all projects; those of a project's own file are in `source list` there. */
    sources: await sourcesIn(context),
    calls,
    hookFailures: readFailures(context.files.hookFailures, now - day).slice(-20),
    cacheError: cacheFailure?.code ?? null,
    cacheMessage: cacheFailure?.message ?? null,
  };
}

export type Status = Awaited<ReturnType<typeof readStatus>>;
