// `sitrep status`: what is fresh, stale or failing, and what runs. It reads everything and changes nothing.

import { existsSync } from "node:fs";
import { getStaleEntry } from "../state/cache/entries.ts";
import { readGitRecords } from "../state/cache/git-states.ts";
import { readProjects } from "../state/cache/sessions.ts";
import { readSourceViews } from "../state/cache/task-views.ts";
import type { Config } from "../config/schema.ts";
import { originOf } from "../config/source-address.ts";
import { signInLine } from "../core/brief/source-lines.ts";
import { codeOf } from "../core/errors.ts";
import { freshness } from "../core/snapshot.ts";
import type { Failure, Freshness } from "../core/snapshot.ts";
import { readFailures } from "../hooks/failure-log.ts";
import type { HookFailure } from "../hooks/failure-log.ts";
import { isLeaseRunning } from "../state/live/lease.ts";
import type { MonitorIdentity } from "../state/live/lease.ts";
import { recordedFiles } from "../install/settings-file.ts";
import type { Sqlite } from "../state/sqlite/sqlite.ts";
import { configOf, readCache } from "../config/context.ts";
import type { CommandContext } from "../config/context.ts";
import { runningMonitor } from "../monitor/monitor-control.ts";
import type { SignInStatus } from "../sources/auth/person.ts";
import { listWithSignIns } from "./sources.ts";
import { sourceMetricsKey } from "../sources/source-pool.ts";
import { version } from "../config/version.ts";
import { ageWords } from "../core/time.ts";
import { signInWords } from "./sign-in-words.ts";
import { print, printJson } from "./terminal.ts";
import type { JsonOption } from "./terminal.ts";

const day = 86_400_000;

/** An answer as `status` shows it. Instants are epoch milliseconds. */
interface AnswerStatus {
  project: string;
  /** What a person has to do, as the brief says it; null when there is nothing to do. */
  wayOut: string | null;
  what: string;
  freshness: Freshness;
  fetchedAt: number | null;
  failure: Failure | null;
  pending: number | null;
}

/** A source as it is configured. */
interface SourceStatus {
  name: string;
  type: string;
  origin: string;
  /** The reference, never the secret; null where there is no sign-in. */
  secret: string | null;
  /** The person who is signed in; null where there is none. */
  signIn: SignInStatus | null;
  from: string;
  enabled: boolean;
  fallback: boolean;
}

const sourcesIn = async (context: CommandContext): Promise<SourceStatus[]> =>
  (await listWithSignIns(context, null)).map(({ config: source, from, signIn }) => ({
    name: source.name,
    type: source.preset ?? source.type,
    origin: originOf(source),
    secret: source.auth?.secret ?? null,
    signIn,
    from,
    enabled: source.enabled,
    fallback: source.fallback,
  }));

interface Status {
  version: string;
  isOff: boolean;
  monitor: (MonitorIdentity & { isHealthy: boolean }) | null;
  installedIn: string[];
  answers: AnswerStatus[];
  /** Of all projects; those of a project's own file are in `source list` there. */
  sources: SourceStatus[];
  /** Calls to servers since the monitor started: their number, failures, latency, cache hits. */
  calls: unknown;
  hookFailures: HookFailure[];
  /** Set when the cache cannot be read. */
  cacheError: string | null;
}

function answersIn(db: Sqlite, config: Config, now: number): AnswerStatus[] {
  const limits = {
    freshMs: config.tasks.freshSeconds * 1000,
    expireMs: config.tasks.expireSeconds * 1000,
  };
  const gitLimits = { freshMs: config.git.freshSeconds * 1000, expireMs: limits.expireMs };
  const tasks = readProjects(db, 0).flatMap((project) =>
    readSourceViews(db, { project: project.path, branch: null, now, limits, most: 1 }).map(
      (view) => ({
        project: project.path,
        what: `tasks of ${view.source}`,
        freshness: view.freshness,
        fetchedAt: view.fetchedAt,
        failure: view.failure,
        wayOut: view.failure === null ? null : signInLine(view.source, view.failure.code),
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
    wayOut: null,
    pending: null,
  }));
  return [...tasks, ...git];
}

/** Reads everything and changes nothing. */
async function readStatus(context: CommandContext, config: Config): Promise<Status> {
  const now = Date.now();
  const monitor = runningMonitor(context);
  let answers: AnswerStatus[] = [];
  let cacheError: string | null = null;
  let calls: unknown = null;
  try {
    readCache(context, (db) => {
      answers = answersIn(db, config, now);
      calls = getStaleEntry(db, sourceMetricsKey, now)?.value ?? null;
    });
  } catch (error) {
    cacheError = codeOf(error);
  }
  return {
    version,
    isOff: existsSync(context.files.off) || context.env["SITREP_OFF"] === "1",
    monitor:
      monitor === null ? null : { ...monitor, isHealthy: isLeaseRunning(context.files.live, now) },
    installedIn: recordedFiles(context.files.settingsRecords),
    answers,
    sources: await sourcesIn(context),
    calls,
    hookFailures: readFailures(context.files.hookFailures, now - day).slice(-20),
    cacheError,
  };
}

const ago = (at: number, now: number): string => `${ageWords(Math.max(0, now - at))} ago`;

function answerLine(answer: AnswerStatus, now: number): string {
  const when = answer.fetchedAt === null ? "never read" : `read ${ago(answer.fetchedAt, now)}`;
  const count = answer.pending === null ? "" : `, ${answer.pending} pending`;
  const failure =
    answer.failure === null
      ? ""
      : `, failing since ${ago(answer.failure.at, now)}: ${answer.failure.code}, ` +
        `${answer.failure.count} in a row, next try in ${ageWords(Math.max(0, answer.failure.nextTryAt - now))}`;
  const wayOut = answer.wayOut === null ? "" : `\n    ${answer.wayOut}`;
  return `  ${answer.what}: ${answer.freshness}, ${when}${count}${failure}${wayOut}`;
}

function monitorLine({ monitor }: Status, now: number): string {
  if (monitor === null) return "Monitor: not running (the next session starts it)";
  const state = monitor.isHealthy ? "running" : "not running (sitrep restart)";
  return `Monitor: ${state}, process ${monitor.pid}, version ${monitor.version}, since ${ago(monitor.startedAt, now)}`;
}

export async function runStatus(context: CommandContext, options: JsonOption): Promise<void> {
  const status = await readStatus(context, configOf(context));
  if (options.json === true) return printJson(status);
  const now = Date.now();
  print(`Sitrep ${status.version}${status.isOff ? ", switched OFF (sitrep on)" : ""}`);
  print(monitorLine(status, now));
  if (status.cacheError !== null) print(`Cache: cannot be read (${status.cacheError})`);
  for (const project of new Set(status.answers.map((answer) => answer.project))) {
    print(project);
    for (const answer of status.answers) {
      if (answer.project === project) print(answerLine(answer, now));
    }
  }
  for (const { name, type, origin, secret, signIn, from } of status.sources) {
    const person = signIn === null ? "" : `, ${signInWords(signIn, now)}`;
    const known = secret === null ? "" : `, secret ${secret}`;
    if (from !== "built-in") {
      print(`Source ${name}: ${type}, ${origin}${known}${person} (from ${from})`);
    }
  }
  for (const file of status.installedIn) print(`Hooks in ${file}`);
  const last = status.hookFailures.at(-1);
  if (last !== undefined) {
    print(
      `Hook failures in 24 h: ${status.hookFailures.length}, the last ${ago(last.at, now)}: ${last.event}, ${last.code}`,
    );
  }
}
