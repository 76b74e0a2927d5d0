// What `doctor` looks at in the installation: its files, the Node and the addon of the hooks, the cache, the monitor, and
// what hooks noted of their failures.

import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { cacheError } from "../../config/command-config.ts";
import { installationOf, readCache, type CommandContext } from "../../config/context.ts";
import type { Installation } from "../../config/installation.ts";
import { codeOf, type SitrepError } from "../../core/errors.ts";
import { agoWords } from "../../core/time.ts";
import type { Located } from "../../git/repository.ts";
import { readFailures } from "../../hooks/failure-log.ts";
import { gates, shellWord } from "../../install/entries.ts";
import { gateFile } from "../../install/gate-files.ts";
import { codeCacheFile } from "../../install/hook-run.ts";
import { missingFiles } from "../../install/versions.ts";
import { runningMonitor } from "../../monitor/monitor-control.ts";
import { leftProjectsOf, requireOwnStore } from "../../sources/local-tasks.ts";
import { addonFileName } from "../../state/sqlite/addon.ts";
import { isLeaseRunning } from "../../state/live/lease.ts";
import { cachedViews } from "../source/sources.ts";
import { scopeIn } from "../program/options.ts";
import { countOf } from "../terminal/terminal.ts";
import type { Commands } from "./commands.ts";
import { byHand, failed, ok, safely, warning, type Finding, type Fix } from "./finding.ts";
import { faultFix } from "./machine.ts";

/** A plugin's are in its data folder. */
const gatesOf = ({ files }: CommandContext, { plugin }: Installation): string =>
  plugin === undefined ? files.gates : join(plugin, "gates");

/** What is not where the hooks look for it. */
function missingOf(context: CommandContext, installation: Installation): string[] {
  const { node, folder, plugin } = installation;
  const bin = join(plugin ?? context.folders.data, "bin");
  const files = [
    node,
    ...(existsSync(folder)
      ? [...missingFiles(folder), addonFileName].map((name) => join(folder, name))
      : [folder]),
    ...gates.map((gate) => gateFile(gatesOf(context, installation), gate)),
    join(bin, "sitrep"),
    join(bin, "sitrep-mcp"),
  ];
  return files.filter((file) => !existsSync(file));
}

/** The plugin's and that of settings may both be there. */
const installationsOf = (context: CommandContext): Installation[] => {
  const installation = installationOf(context);
  return [installation ?? [], installation?.other ?? []].flat();
};

/** Whether the installed command can be called. */
export function isWhole(context: CommandContext): boolean {
  const all = installationsOf(context);
  return (
    all.length > 0 &&
    all.every((one) => missingOf(context, one).length === 0 && tryAddon(one) === null)
  );
}

export function checkFiles(context: CommandContext, { install }: Commands): Finding {
  const installation = installationOf(context);
  if (installation === null) return failed("nothing is installed", install(null));
  const hooks = ["session-start", "pre-tool-use"] as const;
  for (const one of installationsOf(context)) {
    const missing = missingOf(context, one);
    if (missing.length > 0) return failed(`missing: ${missing.join(", ")}`, install(one));
    if (hooks.some((hook) => !existsSync(codeCacheFile(one.folder, hook)))) {
      const what = "the hooks' code is not prepared: they take a quarter longer";
      return warning(what, install(one));
    }
  }
  return ok(`version ${installation.version} in ${installation.folder}`);
}

/** Says its version, once it has loaded the addon; below Node-API 10 that would end it. */
const tryScript =
  'if (Number(process.versions.napi) < 10) { console.error("it is too old"); process.exit(1) } ' +
  "process.dlopen({ exports: {} }, process.argv[1])";

/** Why the Node of the hooks cannot load the addon beside them; null where it can. */
function tryAddon({ node, folder }: Installation): string | null {
  const addon = join(folder, addonFileName);
  const options = { encoding: "utf8", timeout: 10_000, cwd: "/", env: {} } as const;
  const { status, error, stderr } = spawnSync(node, ["-e", tryScript, addon], options);
  if (error !== undefined) return `it cannot be started (${codeOf(error)})`;
  if (status === 0) return null;
  const why = /^(?:Error: )?(it is too old|.*(?:addon|node|file|ELF).*)$/im.exec(stderr)?.[1];
  return why ?? `it ended with ${status ?? "a signal"}`;
}

/** The Node that hooks start, with SQLite. */
export function checkAddon(context: CommandContext, { install }: Commands): Finding {
  const all = installationsOf(context);
  const isReady = all.every((one) => missingOf(context, one).length === 0);
  if (all.length === 0 || !isReady) return ok("not tried: see the installed files");
  for (const one of all) {
    const why = tryAddon(one);
    if (why !== null) return failed(`${one.node} cannot load SQLite: ${why}`, install(one));
  }
  return ok(`${all.map(({ node }) => node).join(", ")} loads SQLite`);
}

export function checkCache(context: CommandContext, project: Located, commands: Commands): Finding {
  const file = context.files.cache;
  try {
    const verdict = readCache(context, (db) => String(db.pragma("quick_check", { simple: true })));
    // What is broken is put aside and not lost.
    const fix = safely(commands.sitrep("cache", "clear"));
    return verdict === "ok" ? ok(file) : failed(`${file}: ${verdict}`, fix);
  } catch (error) {
    const found = cacheError(file, error);
    const { code, message } = found;
    if (code === "database-missing" && installationOf(context) === null) return ok("none yet");
    return failed(message, cacheFix(context, project, found, commands));
  }
}

function cacheFix(
  context: CommandContext,
  project: Located,
  error: SitrepError,
  { sitrep }: Commands,
): Fix {
  const { code } = error;
  if (code === "database-missing") return safely(sitrep("refresh", "--project", project.worktree));
  if (code === "cache-busy") return safely(sitrep("restart"));
  if (code === "cache-unreadable") return safely(sitrep("cache", "clear"));
  // A newer version has written it, or the disk is at fault.
  return byHand(code === "cache-newer" ? sitrep("cache", "clear") : faultFix(context, error));
}

export function checkStore(
  context: CommandContext,
  { project }: Located,
  commands: Commands,
): Finding {
  const file = context.files.store;
  if (!existsSync(file)) return ok("none yet");
  requireOwnStore(context);
  // Others may have been removed on purpose: of the same name, it was moved.
  const moved = leftProjectsOf(context).find(
    ({ folder }) => basename(folder) === basename(project),
  );
  if (moved === undefined) return ok(file);
  const { folder, open } = moved;
  return warning(
    `${countOf(open, "task")} of ${folder}, which is not there; was it moved here?`,
    byHand(commands.sitrep("task", "take-over", folder, "--project", project)),
  );
}

/** It holds the person's tasks: nothing takes them away. */
export function storeFix(context: CommandContext, error: unknown): string {
  const file = shellWord(context.files.store);
  const code = codeOf(error);
  if (code === "store-newer") return "npm install --global sitrep@latest";
  return code === "store-unreadable" || code === "store-replaced"
    ? `mv ${file} ${file}.broken`
    : faultFix(context, error);
}

/** When a source of the project was last read. */
function lastRead(context: CommandContext, project: Located): number | null {
  const times = cachedViews(context, scopeIn(project), 0).flatMap(({ fetchedAt }) =>
    fetchedAt === null ? [] : [fetchedAt],
  );
  return times.length === 0 ? null : Math.max(...times);
}

/** `isOff`: by a switch, so that no session starts it. */
export function checkMonitor(
  context: CommandContext,
  project: Located,
  { sitrep }: Commands,
  isOff: boolean,
): Finding {
  const installation = installationOf(context);
  const monitor = runningMonitor(context);
  const now = Date.now();
  const read = lastRead(context, project);
  const last = read === null ? "no task read yet" : `tasks read ${agoWords(read, now)}`;
  if (monitor === null) {
    if (installation === null) return ok("none yet");
    const isReady = missingOf(context, installation).length === 0;
    if (!isReady) return ok(`not running: see the installed files; ${last}`);
    if (isOff) return ok(`not running while Sitrep is off; ${last}`);
    return warning(`not running; the next session starts it; ${last}`, safely(sitrep("start")));
  }
  const restart = safely(sitrep("restart"));
  if (!isLeaseRunning(context.files.live, now)) {
    return failed(`process ${monitor.pid} makes no progress; ${last}`, restart);
  }
  const { pid, version } = monitor;
  if (installation !== null && installation.version !== version) {
    return warning(
      `process ${pid} is of version ${version}; ${installation.version} is installed`,
      restart,
    );
  }
  return ok(`process ${pid}, version ${version}; ${last}`);
}

const day = 86_400_000;

/** A busy machine or a slow disk: nothing is to be mended. */
const passing = new Set(["hook-deadline", "git-timeout", "SQLITE_BUSY", "git-failed"]);

/** Failures since the last install and the last start of the monitor, which each mend what makes a hook fail. */
export function checkHooks(context: CommandContext, { install }: Commands): Finding {
  const { hookFailures, installation } = context.files;
  const now = Date.now();
  const installed = statSync(installation, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const since = Math.max(installed, runningMonitor(context)?.startedAt ?? 0);
  const all = readFailures(hookFailures, now - day);
  const last = all.findLast(({ code, at }) => at > since && !passing.has(code)) ?? all.at(-1);
  if (last === undefined) return ok("no failure in the last 24 h");
  const words = `${countOf(all.length, "failure")} in the last 24 h; the last: ${last.event}, ${last.code}, ${agoWords(last.at, now)}`;
  const isPast = last.at <= since || passing.has(last.code);
  if (isPast) return ok(`${words}, and it is over`);
  return warning(`${words}; the log is ${hookFailures}`, install(installationOf(context)));
}
