import { existsSync, statSync } from "node:fs";
import { basename } from "node:path";
import { cacheError } from "../../config/command-config.ts";
import { readCache } from "../../config/context.ts";
import { codeOf } from "../../core/errors.ts";
import { agoText } from "../../core/time.ts";
import { readFailures } from "../../hooks/failure-log.ts";
import { shellWord } from "../../install/hook-entries.ts";
import { codeCacheFile } from "../../install/hook-run.ts";
import { runningMonitor } from "../../monitor/monitor-control.ts";
import { findOrphanedProjects, requireOwnStore } from "../../sources/local-tasks.ts";
import { isLeaseRunning } from "../../state/live/lease.ts";
import { createScope } from "../program/verb-context.ts";
import { readCachedViews } from "../source/lookup.ts";
import { countText } from "../terminal/terminal.ts";
import { manualFix, failed, ok, safeFix, warning, type Finding, type Fix } from "./finding.ts";
import { faultFix } from "./machine.ts";
import type { DoctorContext } from "./doctor-context.ts";

export function checkFiles({ installed, installation, commands }: DoctorContext): Finding {
  if (installation === null) return failed("nothing is installed", commands.install(null));
  for (const { installation: one, missing } of installed) {
    const fix = commands.install(one);
    if (missing.length > 0) return failed(`missing: ${missing.join(", ")}`, fix);
    const caches = (["session-start", "pre-tool-use"] as const).map((hook) =>
      codeCacheFile(one.folder, hook),
    );
    if (!caches.every(existsSync)) {
      return warning("the hooks' code cache is missing, so they take about 25% longer", fix);
    }
  }
  return ok(`version ${installation.version} in ${installation.folder}`);
}

export function checkAddon({ installed, commands }: DoctorContext): Finding {
  const isReady = installed.every(({ missing }) => missing.length === 0);
  if (installed.length === 0 || !isReady) return ok('not tried: see the "installed files" check');
  const broken = installed.find(({ addonFault }) => addonFault !== null);
  if (broken !== undefined) {
    const { installation, addonFault } = broken;
    const what = `${installation.node} cannot load SQLite: ${addonFault}`;
    return failed(what, commands.install(installation));
  }
  return ok(`${installed.map(({ installation }) => installation.node).join(", ")} loads SQLite`);
}

export function checkCache({ context, project, installation, commands }: DoctorContext): Finding {
  const file = context.files.cache;
  // This loses nothing: `cache clear` sets the broken cache aside.
  const clear = safeFix(commands.sitrep("cache", "clear"));
  try {
    const verdict = readCache(context, (db) => String(db.pragma("quick_check", { simple: true })));
    return verdict === "ok" ? ok(file) : failed(`${file}: ${verdict}`, clear);
  } catch (cause) {
    const error = cacheError(file, cause);
    const fixes: Readonly<Record<string, Fix>> = {
      "database-missing": safeFix(commands.sitrep("refresh", "--project", project.worktree)),
      "cache-busy": safeFix(commands.sitrep("restart")),
      "cache-unreadable": clear,
      // Not safe: reinstalling the newer version may be the better fix.
      "cache-newer": manualFix(clear.fix),
    };
    if (error.code === "database-missing" && installation === null) return ok("none yet");
    return failed(error.message, fixes[error.code] ?? faultFix(context, error));
  }
}

export function checkStore({ context, project: { project }, commands }: DoctorContext): Finding {
  const file = context.files.store;
  if (!existsSync(file)) return ok("none yet");
  requireOwnStore(context);
  // A missing folder with this project's name was probably moved here; any other may have been deleted on purpose.
  const moved = findOrphanedProjects(context).find(
    ({ folder }) => basename(folder) === basename(project),
  );
  if (moved === undefined) return ok(file);
  return warning(
    `${countText(moved.open, "task")} from ${moved.folder}, which no longer exists; was it moved here?`,
    manualFix(commands.sitrep("task", "take-over", moved.folder, "--project", project)),
  );
}

/** Never suggests deleting the store: it holds the user's tasks. */
export function storeFix({ context }: DoctorContext, error: unknown): Fix {
  const file = shellWord(context.files.store);
  const code = codeOf(error);
  if (code === "store-newer") return manualFix("npm install --global sitrep@latest");
  return code === "store-unreadable" || code === "store-replaced"
    ? manualFix(`mv ${file} ${file}.broken`)
    : faultFix(context, error);
}

function lastReadText({ context, project }: DoctorContext, now: number): string {
  const times = readCachedViews(context, createScope(project), 0).map(
    ({ fetchedAt }) => fetchedAt ?? 0,
  );
  const last = Math.max(0, ...times);
  return last === 0 ? "no tasks read yet" : `tasks read ${agoText(last, now)}`;
}

export function checkMonitor(doctor: DoctorContext): Finding {
  const { context, installed, installation, commands } = doctor;
  const monitor = runningMonitor(context);
  const now = Date.now();
  const last = lastReadText(doctor, now);
  if (monitor === null) {
    if (installation === null) return ok("none yet");
    if (installed.some(({ missing }) => missing.length > 0))
      return ok(`not running: see the "installed files" check; ${last}`);
    if (doctor.off.length > 0) return ok(`not running while Sitrep is off; ${last}`);
    const what = `not running; the next session starts it; ${last}`;
    return warning(what, safeFix(commands.sitrep("start")));
  }
  const { pid, version } = monitor;
  const restart = safeFix(commands.sitrep("restart"));
  if (!isLeaseRunning(context.files.live, now)) {
    return failed(`process ${pid} is not making progress; ${last}`, restart);
  }
  if (installation !== null && installation.version !== version) {
    const what = `process ${pid} runs version ${version}; ${installation.version} is installed`;
    return warning(what, restart);
  }
  return ok(`process ${pid}, version ${version}; ${last}`);
}

const day = 86_400_000;

/** A busy machine or a slow disk causes these failures: there is nothing to fix. */
const passing = new Set(["hook-deadline", "git-timeout", "SQLITE_BUSY", "git-failed"]);

/** Ignores failures before the last install or monitor start: both repair the usual causes of hook failures. */
export function checkHooks({ context, installation, commands }: DoctorContext): Finding {
  const { files } = context;
  const now = Date.now();
  const installedAt = statSync(files.installation, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const since = Math.max(installedAt, runningMonitor(context)?.startedAt ?? 0);
  const all = readFailures(files.hookFailures, now - day);
  const last = all.findLast(({ code, at }) => at > since && !passing.has(code)) ?? all.at(-1);
  if (last === undefined) return ok("no failures in the last 24 h");
  const words = `${countText(all.length, "failure")} in the last 24 h; the last: ${last.event}, ${last.code}, ${agoText(last.at, now)}`;
  if (last.at <= since || passing.has(last.code)) return ok(`${words}, since resolved`);
  return warning(`${words}; see ${files.hookFailures}`, commands.install(installation));
}
