// `sitrep doctor`: looks for what is wrong, in the order in which one thing needs the other. It changes nothing.

import { accessSync, constants, existsSync, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { SitrepError, messageOf } from "../core/errors.ts";
import { defined } from "../core/read.ts";
import { requireGitVersion } from "../git/find-git.ts";
import type { Located } from "../git/repository.ts";
import { readFailures } from "../hooks/failure-log.ts";
import { replaceableBecause, requireOwnFolders } from "../state/files/own-folder.ts";
import { isLeaseRunning } from "../state/live/lease.ts";
import { requireCheckedTls } from "../http/header-source.ts";
import { gates, scopes } from "../install/entries.ts";
import { gateFile } from "../install/gate-files.ts";
import { readSettingsFile } from "../install/settings-file.ts";
import { parseSettings } from "../install/settings-text.ts";
import { codeCacheFile } from "../install/hook-run.ts";
import { cacheError, configOf, settingsOf } from "../config/command-config.ts";
import { readCache, gitOf, installationOf, projectOf } from "../config/context.ts";
import type { CommandContext } from "../config/context.ts";
import type { Installation } from "../config/installation.ts";
import { failed, ok, sourceChecks, warning } from "./doctor-sources.ts";
import type { Finding } from "./doctor-sources.ts";
import { planSettings } from "../install/settings-plan.ts";
import { runningMonitor } from "../monitor/monitor-control.ts";
import { projectSettings } from "../core/hook-settings.ts";
import { whatIsOff } from "../config/off.ts";
import { hasOurHooks, settingsPath } from "../install/settings-target.ts";
import { requireOwnStore } from "../sources/local-tasks.ts";
import type { ProjectOptions } from "./options.ts";
import { marks, strong } from "./look/styles.ts";
import { tableRows, wrapped } from "./look/table.ts";
import { agoWords } from "../core/time.ts";
import type { Line } from "../state/output/styled.ts";
import { printResult, screenWidth } from "./terminal.ts";

const day = 86_400_000;

/** A check that throws becomes one that failed, with the error's own hint. */
function check(name: string, look: () => Finding): Finding & { name: string } {
  try {
    return { name, ...look() };
  } catch (error) {
    const fix = error instanceof SitrepError ? error.hint : undefined;
    return { name, state: "failed", detail: messageOf(error), ...defined({ fix }) };
  }
}

function checkSettings(context: CommandContext, project: Located): Finding {
  const found = scopes.filter((scope) => {
    const file = settingsPath(context, project, scope);
    const { text } = readSettingsFile(file);
    if (text !== null) parseSettings(file, text);
    return hasOurHooks(context, text);
  });
  if (found.length === 0 && installationOf(context)?.plugin !== undefined) {
    return ok("Claude Code's plugin has the hooks, in every project");
  }
  if (found.length === 0) {
    return warning(
      `no settings file of ${project.project} has the hooks`,
      `sitrep install --project ${project.project}`,
    );
  }
  const outdated = found.filter((scope) => planSettings(context, project, scope).diff !== "");
  if (outdated.length > 0) {
    return warning(
      `the entries in the ${outdated.join(" and ")} settings differ from what this version writes`,
      `sitrep install --project ${project.project} --scope ${outdated[0] ?? "local"}`,
    );
  }
  return ok(`entries present in the ${found.join(" and ")} settings`);
}

/** A plugin's are in its data folder. */
const gatesOf = ({ files }: CommandContext, { plugin }: Installation): string =>
  plugin === undefined ? files.gates : join(plugin, "gates");

function checkFiles(context: CommandContext): Finding {
  const installation = installationOf(context);
  if (installation === null) return warning("nothing is installed", "sitrep install");
  const needed = [
    installation.node,
    installation.folder,
    ...gates.map((gate) => gateFile(gatesOf(context, installation), gate)),
  ];
  const missing = needed.filter((file) => !existsSync(file));
  if (missing.length > 0) return failed(`missing: ${missing.join(", ")}`, "sitrep install");
  accessSync(installation.node, constants.X_OK);
  const hooks = ["session-start", "pre-tool-use"] as const;
  if (hooks.some((hook) => !existsSync(codeCacheFile(installation.folder, hook)))) {
    const detail = "the hooks' code is not prepared: they take a quarter longer";
    return warning(detail, "sitrep install");
  }
  return ok(`version ${installation.version} in ${installation.folder}`);
}

function checkState(context: CommandContext): Finding {
  const { state } = context.folders;
  const stats = statSync(state, { throwIfNoEntry: false });
  if (stats === undefined) return warning(`${state} does not exist yet`, "sitrep install");
  accessSync(state, constants.R_OK | constants.W_OK | constants.X_OK);
  const isOpen = process.platform !== "win32" && (stats.mode & 0o077) !== 0;
  if (!isOpen) return ok(state);
  return warning(`${state} is open to others`, `chmod 700 ${state}`);
}

function checkCache(context: CommandContext): Finding {
  const file = context.files.cache;
  try {
    const verdict = readCache(context, (db) => String(db.pragma("quick_check", { simple: true })));
    return verdict === "ok" ? ok(file) : failed(`${file}: ${verdict}`, "sitrep cache clear");
  } catch (error) {
    const { message, hint } = cacheError(file, error);
    return failed(message, hint ?? "sitrep cache clear");
  }
}

function checkStore(context: CommandContext): Finding {
  const file = context.files.store;
  if (!existsSync(file)) return ok("none yet");
  requireOwnStore(context);
  return ok(file);
}

function checkGit(context: CommandContext, project: Located): Finding {
  const program = gitOf(context, project.project);
  if (program === null) return failed("git was not found", "Install git 2.31 or later.");
  const why = replaceableBecause(program.file);
  if (why !== null) {
    const fix =
      "Have its owner close it, or use another git: sitrep install finds the first on the PATH.";
    return warning(`others can replace ${program.file}: ${why}`, fix);
  }
  const relative = (context.env["PATH"] ?? "").split(delimiter).filter((one) => !isAbsolute(one));
  if (relative.length > 0) {
    const detail = "the PATH has entries that mean whichever folder one is in";
    return warning(detail, "Take out what is empty or does not begin with /.");
  }
  return ok(`${requireGitVersion(program.file)} at ${program.file}`);
}

function checkMonitor(context: CommandContext): Finding {
  const monitor = runningMonitor(context);
  if (monitor === null) return warning("not running; the next session starts it", "sitrep start");
  const isHealthy = isLeaseRunning(context.files.live, Date.now());
  return isHealthy
    ? ok(`process ${monitor.pid}, version ${monitor.version}`)
    : failed(`process ${monitor.pid} makes no progress`, "sitrep restart");
}

function checkSwitches(context: CommandContext, { project }: Located): Finding {
  const settings = settingsOf(context, configOf(context));
  const [off] = whatIsOff(
    context.files,
    context.env,
    project,
    projectSettings(settings, project).off,
  );
  return off === undefined ? ok("on") : warning(off.text, off.wayOut);
}

function checkHooks(context: CommandContext): Finding {
  const failures = readFailures(context.files.hookFailures, Date.now() - day);
  const last = failures.at(-1);
  if (last === undefined) return ok("no failure in the last 24 h");
  return warning(
    `${failures.length} in the last 24 h; the last: ${last.event}, ${last.code}, ${agoWords(last.at, Date.now())}`,
    `The codes are explained in docs/troubleshooting.md; the log is ${context.files.hookFailures}.`,
  );
}

/** All checks, in the order in which one thing needs the other. Changes nothing. */
function runChecks(context: CommandContext, project: Located) {
  const folders = check("folders", () => {
    requireOwnFolders(context.folders);
    return ok("yours alone");
  });
  // What others have put there is not even read: it names programs.
  if (folders.state === "failed") return [folders];
  return [
    check("Node", () => ok(process.versions.node)),
    folders,
    check("configuration", () => {
      configOf(context);
      return ok(existsSync(context.configFile) ? context.configFile : "defaults");
    }),
    check("certificates", () => {
      requireCheckedTls(context.env);
      return ok("checked");
    }),
    check("git", () => checkGit(context, project)),
    check("state folder", () => checkState(context)),
    check("installed files", () => checkFiles(context)),
    check("cache", () => checkCache(context)),
    check("task store", () => checkStore(context)),
    ...Object.entries(sourceChecks).map(([name, look]) =>
      check(name, () => look(context, project)),
    ),
    check("settings", () => checkSettings(context, project)),
    check("monitor", () => checkMonitor(context)),
    check("switches", () => checkSwitches(context, project)),
    check("hooks", () => checkHooks(context)),
  ];
}

/** Each check in columns, and below it the way out. */
function checkLines(checks: ReturnType<typeof runChecks>): Line[] {
  const width = screenWidth();
  const rows = checks.map(({ name, state, detail }) => [marks[state], name, detail]);
  const shape = { width, overflow: "wrap" } as const;
  const lines = tableRows(rows, shape);
  return checks.flatMap(({ fix }, at) => [
    ...(lines[at] ?? []),
    ...(fix === undefined ? [] : wrapped(strong(fix), width, 4)),
  ]);
}

/** Exit code 1 when a check failed; warnings alone do not. */
export function runDoctor(context: CommandContext, options: ProjectOptions): void {
  const checks = runChecks(context, projectOf(context, options.project));
  if (checks.some(({ state }) => state === "failed")) process.exitCode = 1;
  printResult(options, checks, () => checkLines(checks));
}
