// `sitrep doctor`: looks for what is wrong, in the order in which one thing needs the other. It changes nothing.

import { accessSync, constants, existsSync, statSync } from "node:fs";
import { SitrepError } from "../core/errors.ts";
import { requireGitVersion } from "../git/find-git.ts";
import type { Located } from "../git/repository.ts";
import { readFailures } from "../hooks/failure-log.ts";
import { isLeaseRunning } from "../state/live/lease.ts";
import { requireCheckedTls } from "../http/header-source.ts";
import { gates, scopes } from "../install/entries.ts";
import { gateFile } from "../install/gate-files.ts";
import { readSettingsFile } from "../install/settings-file.ts";
import { parseSettings } from "../install/settings-text.ts";
import { codeCacheFile } from "../install/hook-run.ts";
import { configOf, readCache, gitOf, installationOf, projectOf } from "../config/context.ts";
import type { CommandContext } from "../config/context.ts";
import { checkSecrets, checkSources } from "./doctor-sources.ts";
import type { Finding } from "./doctor-sources.ts";
import { planSettings } from "../install/settings-plan.ts";
import { runningMonitor } from "../monitor/monitor-control.ts";
import { settingsPath } from "../install/settings-target.ts";
import type { ProjectOptions } from "./options.ts";
import { printResult } from "./terminal.ts";

const day = 86_400_000;

interface Check extends Finding {
  name: string;
}

/** A check that throws becomes one that failed, with the error's own hint. */
function check(name: string, look: () => Finding): Check {
  try {
    return { name, ...look() };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    const hint = error instanceof SitrepError ? error.hint : undefined;
    return { name, state: "failed", detail, ...(hint === undefined ? {} : { fix: hint }) };
  }
}

function checkSettings(context: CommandContext, project: Located): Finding {
  const found = scopes.filter((scope) => {
    const file = settingsPath(context, project, scope);
    const { text } = readSettingsFile(file);
    if (text !== null) parseSettings(file, text);
    return text?.includes(context.files.gates) ?? false;
  });
  if (found.length === 0) {
    return {
      state: "warning",
      detail: `no settings file of ${project.project} has the hooks`,
      fix: `sitrep install --project ${project.project}`,
    };
  }
  const outdated = found.filter((scope) => planSettings(context, project, scope).diff !== "");
  if (outdated.length > 0) {
    return {
      state: "warning",
      detail: `the entries in the ${outdated.join(" and ")} settings differ from what this version writes`,
      fix: `sitrep install --project ${project.project} --scope ${outdated[0] ?? "local"}`,
    };
  }
  return { state: "ok", detail: `entries present in the ${found.join(" and ")} settings` };
}

function checkFiles(context: CommandContext): Finding {
  const installation = installationOf(context);
  if (installation === null) {
    return { state: "warning", detail: "nothing is installed", fix: "sitrep install" };
  }
  const needed = [
    installation.node,
    installation.folder,
    ...gates.map((gate) => gateFile(context.files.gates, gate)),
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

function checkState(context: CommandContext): Finding {
  const { state } = context.folders;
  const stats = statSync(state, { throwIfNoEntry: false });
  if (stats === undefined) {
    return { state: "warning", detail: `${state} does not exist yet`, fix: "sitrep install" };
  }
  accessSync(state, constants.R_OK | constants.W_OK | constants.X_OK);
  const isOpen = process.platform !== "win32" && (stats.mode & 0o077) !== 0;
  if (!isOpen) return { state: "ok", detail: state };
  return { state: "warning", detail: `${state} is open to others`, fix: `chmod 700 ${state}` };
}

function verdictOn(context: CommandContext): string {
  try {
    return readCache(context, (db) => String(db.pragma("quick_check", { simple: true })));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function checkCache(context: CommandContext): Finding {
  const file = context.files.cache;
  const verdict = verdictOn(context);
  return verdict === "ok"
    ? { state: "ok", detail: file }
    : { state: "failed", detail: `${file}: ${verdict}`, fix: "sitrep restart makes it anew" };
}

function checkGit(context: CommandContext, project: Located): Finding {
  const program = gitOf(context, project.project);
  if (program === null) {
    return { state: "failed", detail: "git was not found", fix: "Install git 2.31 or later." };
  }
  return { state: "ok", detail: `${requireGitVersion(program.file)} at ${program.file}` };
}

function checkMonitor(context: CommandContext): Finding {
  const monitor = runningMonitor(context);
  if (monitor === null) {
    return {
      state: "warning",
      detail: "not running; the next session starts it",
      fix: "sitrep start",
    };
  }
  const isHealthy = isLeaseRunning(context.files.live, Date.now());
  return isHealthy
    ? { state: "ok", detail: `process ${monitor.pid}, version ${monitor.version}` }
    : {
        state: "failed",
        detail: `process ${monitor.pid} makes no progress`,
        fix: "sitrep restart",
      };
}

function checkHooks(context: CommandContext): Finding {
  const failures = readFailures(context.files.hookFailures, Date.now() - day);
  const last = failures.at(-1);
  if (last === undefined) return { state: "ok", detail: "no failure in the last 24 h" };
  return {
    state: "warning",
    detail: `${failures.length} in the last 24 h; the last: ${last.event}, ${last.code}, ${new Date(last.at).toISOString()}`,
    fix: `The codes are explained in docs/troubleshooting.md; the log is ${context.files.hookFailures}.`,
  };
}

/** All checks, in the order in which one thing needs the other. Changes nothing. */
function runChecks(context: CommandContext, project: Located): Check[] {
  return [
    check("Node", () => ({ state: "ok", detail: process.versions.node })),
    check("configuration", () => {
      configOf(context);
      const detail = existsSync(context.configFile) ? context.configFile : "defaults";
      return { state: "ok", detail };
    }),
    check("certificates", () => {
      requireCheckedTls(context.env);
      return { state: "ok", detail: "checked" };
    }),
    check("git", () => checkGit(context, project)),
    check("state folder", () => checkState(context)),
    check("installed files", () => checkFiles(context)),
    check("cache", () => checkCache(context)),
    check("sources", () => checkSources(context, project)),
    check("secrets", () => checkSecrets(context, project)),
    check("settings", () => checkSettings(context, project)),
    check("monitor", () => checkMonitor(context)),
    check("hooks", () => checkHooks(context)),
  ];
}

const marks = { ok: "✓", warning: "!", failed: "✗" };

/** Exit code 1 when a check failed; warnings alone do not. */
export function runDoctor(context: CommandContext, options: ProjectOptions): void {
  const checks = runChecks(context, projectOf(context, options.project));
  if (checks.some(({ state }) => state === "failed")) process.exitCode = 1;
  const lines = checks.flatMap(({ name, state, detail, fix }) => [
    `${marks[state]} ${name}: ${detail}`,
    ...(fix === undefined ? [] : [`    ${fix}`]),
  ]);
  printResult(options, checks, lines);
}
