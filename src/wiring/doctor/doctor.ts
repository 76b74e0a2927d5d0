// What `doctor` looks at, in the order in which one thing needs the other. It changes nothing.

import { accessSync, constants, existsSync, statSync } from "node:fs";
import { openCacheForReading } from "../../cache/cache-file.ts";
import { SitrepError } from "../../core/errors.ts";
import { requireGitVersion } from "../../git/find-git.ts";
import type { Located } from "../../git/locate.ts";
import { readFailures } from "../../hook/failure-log.ts";
import { isLeaseRunning } from "../../live/lease.ts";
import { requireCheckedTls } from "../../resilience/tls.ts";
import { gates } from "../../settings/entries.ts";
import { gateFile } from "../../settings/gate-files.ts";
import { readSettingsFile } from "../../settings/settings-file.ts";
import { parseSettings } from "../../settings/strict-json.ts";
import { codeCacheFile } from "../installation/code-cache.ts";
import { configOf, gitOf, installationOf } from "../cli-world.ts";
import type { CliWorld } from "../cli-world.ts";
import type { Check } from "./doctor-check.ts";
import { checkSecrets, checkSources } from "./doctor-sources.ts";
import { planSettings } from "../installation/settings-plan.ts";
import { runningMonitor } from "../monitor/monitor-control.ts";
import { scopes } from "../installation/scopes.ts";
import { settingsPath } from "../installation/settings-target.ts";

const day = 86_400_000;

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
    const { text } = readSettingsFile(file);
    if (text !== null) parseSettings(file, text);
    return text?.includes(world.files.gates) ?? false;
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
  const hooks = ["session-start", "pre-tool-use"] as const;
  if (hooks.some((hook) => !existsSync(codeCacheFile(installation.folder, hook)))) {
    const detail = "the hooks' code is not prepared: they take a quarter longer";
    return { state: "warning", detail, fix: "sitrep install" };
  }
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

function verdictOn(file: string): string {
  try {
    const db = openCacheForReading(file, 1000);
    try {
      return String(db.pragma("quick_check", { simple: true }));
    } finally {
      db.close();
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function checkCache(world: CliWorld): Omit<Check, "name"> {
  const file = world.files.cache;
  const verdict = verdictOn(file);
  return verdict === "ok"
    ? { state: "ok", detail: file }
    : { state: "failed", detail: `${file}: ${verdict}`, fix: "sitrep restart makes it anew" };
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
  const failures = readFailures(world.files.hookFailures, Date.now() - day);
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
    check("certificates", () => {
      requireCheckedTls(world.env);
      return { state: "ok", detail: "checked" };
    }),
    check("git", () => checkGit(world, project)),
    check("state folder", () => checkState(world)),
    check("installed files", () => checkFiles(world)),
    check("cache", () => checkCache(world)),
    check("sources", () => checkSources(world, project)),
    check("secrets", () => checkSecrets(world, project)),
    check("settings", () => checkSettings(world, project)),
    check("monitor", () => checkMonitor(world)),
    check("hooks", () => checkHooks(world)),
  ];
}
