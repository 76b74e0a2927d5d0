// What `status` and `doctor` report: the state of things, and what is wrong with them.

import { accessSync, constants, existsSync, statSync } from "node:fs";
import { openCacheForReading } from "../cache/cache-file.ts";
import { readGitRecords } from "../cache/git-states.ts";
import { readProjects } from "../cache/sessions.ts";
import { readSourceViews } from "../cache/task-views.ts";
import type { Config } from "../config/schema.ts";
import { SitrepError, codeOf } from "../core/errors.ts";
import { freshness } from "../core/snapshot.ts";
import type { Freshness } from "../core/snapshot.ts";
import { requireGitVersion } from "../git/find-git.ts";
import type { Located } from "../git/locate.ts";
import { readFailures } from "../hook/failure-log.ts";
import type { HookFailure } from "../hook/failure-log.ts";
import type { MonitorIdentity } from "../live/lease.ts";
import { isLeaseRunning } from "../live/lease.ts";
import { gates } from "../settings/entries.ts";
import { gateFile } from "../settings/gate-files.ts";
import { readSettingsFile, recordedFiles } from "../settings/settings-file.ts";
import type { Sqlite } from "../sqlite/sqlite.ts";
import { configOf, gitOf, installationOf } from "./cli-world.ts";
import type { CliWorld } from "./cli-world.ts";
import { planSettings, settingsPath } from "./installer.ts";
import { scopes } from "./scopes.ts";
import { runningMonitor } from "./monitor-control.ts";
import { version } from "./version.ts";

const hour = 3_600_000;

/** An answer as `status` shows it. Instants are epoch milliseconds. */
export interface AnswerStatus {
  project: string;
  what: string;
  freshness: Freshness;
  fetchedAt: number | null;
  failure: { code: string; at: number; count: number; nextTryAt: number } | null;
  pending: number | null;
}

export interface Status {
  version: string;
  isOff: boolean;
  monitor: (MonitorIdentity & { isHealthy: boolean }) | null;
  installedIn: string[];
  answers: AnswerStatus[];
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
    readSourceViews(db, { project: project.path, branch: null, now, limits }).map((view) => ({
      project: project.path,
      what: `tasks of ${view.source}`,
      freshness: view.freshness,
      fetchedAt: view.fetchedAt,
      failure: view.failure,
      pending: view.counts.pending + view.counts.in_progress + view.counts.blocked,
    })),
  );
  const git = readGitRecords(db).map(({ worktree, snapshot, failure }) => ({
    project: worktree,
    what: "git",
    freshness: freshness(snapshot, gitLimits, now),
    fetchedAt: snapshot?.fetchedAt ?? null,
    failure,
    pending: null,
  }));
  return [...tasks, ...git];
}

/** Reads everything and changes nothing. */
export function readStatus(world: CliWorld, config: Config): Status {
  const now = Date.now();
  const monitor = runningMonitor(world);
  let answers: AnswerStatus[] = [];
  let cacheError: string | null = null;
  try {
    const db = openCacheForReading(world.files.cache, 1000);
    try {
      answers = answersIn(db, config, now);
    } finally {
      db.close();
    }
  } catch (error) {
    cacheError = codeOf(error);
  }
  return {
    version,
    isOff: existsSync(world.files.off) || world.env["SITREP_OFF"] === "1",
    monitor:
      monitor === null ? null : { ...monitor, isHealthy: isLeaseRunning(world.files.live, now) },
    installedIn: recordedFiles(world.files.settingsRecords),
    answers,
    hookFailures: readFailures(world.files.hookFailures, now - 24 * hour).slice(-20),
    cacheError,
  };
}

export interface Check {
  name: string;
  state: "ok" | "warning" | "failed";
  /** What was found. */
  detail: string;
  /** The way out; absent when all is well. */
  fix?: string;
}

/** A check that throws becomes one that failed, with the error's own hint. */
function check(name: string, look: () => Omit<Check, "name">): Check {
  try {
    return { name, ...look() };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    const hint = error instanceof SitrepError ? error.hint : undefined;
    return { name, state: "failed", detail, ...(hint === undefined ? {} : { fix: hint }) };
  }
}

function checkSettings(world: CliWorld, project: Located): Omit<Check, "name"> {
  const found = scopes.filter((scope) => {
    const file = settingsPath(world, project, scope);
    return existsSync(file) && (readSettingsFile(file).text ?? "").includes(world.files.gates);
  });
  if (found.length === 0) {
    return {
      state: "warning",
      detail: `no settings file of ${project.project} has the hooks`,
      fix: `sitrep install --project ${project.project}`,
    };
  }
  const outdated = found.filter((scope) => planSettings(world, project, scope).diff !== "");
  if (outdated.length > 0) {
    return {
      state: "warning",
      detail: `the entries in the ${outdated.join(" and ")} settings differ from what this version writes`,
      fix: `sitrep install --project ${project.project} --scope ${outdated[0] ?? "local"}`,
    };
  }
  return { state: "ok", detail: `entries present in the ${found.join(" and ")} settings` };
}

function checkFiles(world: CliWorld): Omit<Check, "name"> {
  const installation = installationOf(world);
  if (installation === null) {
    return { state: "warning", detail: "nothing is installed", fix: "sitrep install" };
  }
  const needed = [
    installation.node,
    installation.folder,
    ...gates.map((gate) => gateFile(world.files.gates, gate)),
  ];
  const missing = needed.filter((file) => !existsSync(file));
  if (missing.length > 0) {
    return { state: "failed", detail: `missing: ${missing.join(", ")}`, fix: "sitrep install" };
  }
  accessSync(installation.node, constants.X_OK);
  return { state: "ok", detail: `version ${installation.version} in ${installation.folder}` };
}

function checkState(world: CliWorld): Omit<Check, "name"> {
  const { state } = world.folders;
  const stats = statSync(state, { throwIfNoEntry: false });
  if (stats === undefined) {
    return { state: "warning", detail: `${state} does not exist yet`, fix: "sitrep install" };
  }
  accessSync(state, constants.R_OK | constants.W_OK | constants.X_OK);
  const isOpen = process.platform !== "win32" && (stats.mode & 0o077) !== 0;
  if (!isOpen) return { state: "ok", detail: state };
  return { state: "warning", detail: `${state} is open to others`, fix: `chmod 700 ${state}` };
}

function checkCache(world: CliWorld): Omit<Check, "name"> {
  const db = openCacheForReading(world.files.cache, 1000);
  try {
    const verdict = String(db.pragma("quick_check", { simple: true }));
    return verdict === "ok"
      ? { state: "ok", detail: world.files.cache }
      : { state: "failed", detail: verdict, fix: "sitrep cache clear" };
  } finally {
    db.close();
  }
}

function checkGit(world: CliWorld, project: Located): Omit<Check, "name"> {
  const program = gitOf(world, project.project);
  if (program === null) {
    return { state: "failed", detail: "git was not found", fix: "Install git 2.31 or later." };
  }
  return { state: "ok", detail: `${requireGitVersion(program.file)} at ${program.file}` };
}

function checkMonitor(world: CliWorld): Omit<Check, "name"> {
  const monitor = runningMonitor(world);
  if (monitor === null) {
    return {
      state: "warning",
      detail: "not running; the next session starts it",
      fix: "sitrep start",
    };
  }
  const isHealthy = isLeaseRunning(world.files.live, Date.now());
  return isHealthy
    ? { state: "ok", detail: `process ${monitor.pid}, version ${monitor.version}` }
    : { state: "failed", detail: `process ${monitor.pid} does not turn`, fix: "sitrep restart" };
}

function checkHooks(world: CliWorld): Omit<Check, "name"> {
  const failures = readFailures(world.files.hookFailures, Date.now() - 24 * hour);
  const last = failures.at(-1);
  if (last === undefined) return { state: "ok", detail: "no failure in the last 24 h" };
  return {
    state: "warning",
    detail: `${failures.length} in the last 24 h; the last: ${last.event}, ${last.code}, ${new Date(last.at).toISOString()}`,
    fix: `The codes are explained in the README; the log is ${world.files.hookFailures}.`,
  };
}

/** All checks, in the order in which one thing needs the other. Changes nothing. */
export function runChecks(world: CliWorld, project: Located): Check[] {
  return [
    check("Node", () => ({ state: "ok", detail: process.versions.node })),
    check("configuration", () => {
      configOf(world);
      const detail = existsSync(world.configFile) ? world.configFile : "defaults";
      return { state: "ok", detail };
    }),
    check("git", () => checkGit(world, project)),
    check("state folder", () => checkState(world)),
    check("installed files", () => checkFiles(world)),
    check("cache", () => checkCache(world)),
    check("settings", () => checkSettings(world, project)),
    check("monitor", () => checkMonitor(world)),
    check("hooks", () => checkHooks(world)),
  ];
}
