import { isAbsolute } from "node:path";
import { cacheError, loadOwnConfig, readOffSwitches } from "../../config/command-config.ts";
import { createHookSettings } from "../../config/config-file.ts";
import {
  loadInstallation,
  locateProject,
  readCache,
  type CommandContext,
} from "../../config/context.ts";
import { readProjectsOff } from "../../config/installation.ts";
import { processUse } from "../../config/process-identity.ts";
import type { Config } from "../../config/schema.ts";
import { sourceOrigin } from "../../config/source-address.ts";
import { version } from "../../config/version.ts";
import { fixLine } from "../../core/brief/source-lines.ts";
import { freshness } from "../../core/snapshot.ts";
import { readFailures } from "../../hooks/failure-log.ts";
import { recordedFiles } from "../../install/settings-file.ts";
import { runningMonitor } from "../../monitor/monitor-control.ts";
import { needsFolder } from "../../sources/locate-program.ts";
import { sourceMetricsKey } from "../../sources/source-pool.ts";
import { getStaleEntry } from "../../state/cache/cache-entries.ts";
import { readGitRecords } from "../../state/cache/git-states.ts";
import { lastFailures, nextRefresh } from "../../state/cache/last-failures.ts";
import { readProjects } from "../../state/cache/sessions.ts";
import { readPullRequests } from "../../state/cache/pull-requests.ts";
import { readSourceViews } from "../../state/cache/source-views.ts";
import { isLeaseRunning } from "../../state/live/lease.ts";
import type { Sqlite } from "../../state/sqlite/sqlite.ts";
import type { Check } from "../doctor/finding.ts";
import { listWithSignIns } from "../source/lookup.ts";

const day = 86_400_000;

const sourcesIn = async (context: CommandContext) =>
  (await listWithSignIns(context, null)).map(({ config: source, from, signIn }) => ({
    name: source.name,
    type: source.preset ?? source.type,
    origin: sourceOrigin(source),
    /** The reason not to start its program: the source is for all projects, but the program depends on one folder. */
    meansFolder: source.projects?.some(isAbsolute) === true ? null : needsFolder(source),
    /** The reference to the secret, never the secret itself; null without a sign-in. */
    secret: source.auth?.secret ?? null,
    signIn,
    from,
    enabled: source.enabled,
    fallback: source.fallback,
  }));

/** The monitor reads pull requests once a minute while a session is on the branch. */
const pullLimits = { freshMs: 120_000, expireMs: day };

function responsesIn(db: Sqlite, config: Config, now: number, isRefreshed: boolean) {
  const failedLast = lastFailures(db);
  const next = isRefreshed ? nextRefresh(db, now) : null;
  const { tasks: limits } = createHookSettings(config, []);
  const gitLimits = { freshMs: config.git.freshSeconds * 1000, expireMs: limits.expireMs };
  const tasks = readProjects(db, 0).flatMap(({ path: project }) =>
    readSourceViews(db, { project, branch: null, now, limits, most: 1 }).map((view) => ({
      project,
      what: `tasks from ${view.source}`,
      freshness: view.freshness,
      fetchedAt: view.fetchedAt,
      failure: view.failure,
      /** Set even if the source has answered since; null without a failure in the last two weeks. */
      lastFailure: failedLast(project, view.source),
      /** Null when the monitor is not running. */
      nextTryAt: view.failure?.nextTryAt ?? next,
      /** The user's next step, in the words of the brief; null when there is none. */
      wayOut: view.failure === null ? null : fixLine(view.source, view.failure.code),
      pending: view.counts.pending + view.counts.in_progress + view.counts.blocked,
    })),
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
  const pulls = readPullRequests(db).map(({ project, branch, readAt, failure, wayOut }) => ({
    project,
    what: `pull request of ${branch}`,
    freshness: freshness(readAt === null ? null : { fetchedAt: readAt }, pullLimits, now),
    fetchedAt: readAt,
    failure,
    lastFailure: null,
    nextTryAt: failure?.nextTryAt ?? null,
    wayOut: wayOut ?? null,
    pending: null,
  }));
  return [...tasks, ...git, ...pulls];
}

/** Returns the cache's contents, or why it cannot be read. */
function cachedIn(context: CommandContext, config: Config, now: number, isRefreshed: boolean) {
  try {
    return readCache(context, (db) => ({
      responses: responsesIn(db, config, now, isRefreshed),
      /** Calls to servers since the monitor started: count, failures, latency, cache hits. */
      calls: getStaleEntry(db, sourceMetricsKey, now)?.value ?? null,
      cacheError: null,
      cacheMessage: null,
    }));
  } catch (error) {
    const { code, message, hint = "" } = cacheError(context.files.cache, error);
    const cacheMessage = `${message} ${hint}`.trim();
    return { responses: [], calls: null, cacheError: code, cacheMessage };
  }
}

export async function readStatus(context: CommandContext, look: () => Promise<Check[]>) {
  const { files } = context;
  const config = loadOwnConfig(context);
  const now = Date.now();
  const monitor = runningMonitor(context);
  const installation = loadInstallation(context);
  const plugin = installation?.plugin ?? installation?.other?.plugin;
  const { project } = locateProject(context, undefined);
  const off = readOffSwitches(context, project, config);
  const cached = cachedIn(context, config, now, monitor !== null);
  const checks = await look();
  return {
    version,
    wrong: checks.filter(({ state }) => state !== "ok"),
    isOff: off.length > 0,
    off,
    projectsOff: readProjectsOff(files.projectsOff).filter((one) => one !== project),
    monitor:
      monitor === null
        ? null
        : { ...monitor, isHealthy: isLeaseRunning(files.live, now), use: processUse(monitor.pid) },
    installedIn: [
      ...recordedFiles(files.settingsRecords),
      ...(plugin === undefined ? [] : [`${plugin} (the Claude Code plugin, every project)`]),
    ],
    /** The sources of all projects, except those in a project's own file: `source list` in that project shows them. */
    sources: await sourcesIn(context),
    hookFailures: readFailures(files.hookFailures, now - day).slice(-20),
    ...cached,
  };
}

export type Status = Awaited<ReturnType<typeof readStatus>>;
