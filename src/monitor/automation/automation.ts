// Sets the status of tasks from git, for sources that a person has switched this on for: completed for a merged task,
// in progress for a task with commits by the user. Acts once for each commit, and never on a task of others.

import type { StateFiles } from "../../config/folders.ts";
import type { Config } from "../../config/schema.ts";
import type { SourceConfig } from "../../config/source-config.ts";
import { codeOf } from "../../core/errors.ts";
import { defined } from "../../core/read.ts";
import type { ConfiguredSource, ProjectScope, TaskSource } from "../../core/ports.ts";
import type { AskGit, GitCaller } from "../../git/hardened.ts";
import { readDefaultBranch, readForkBase } from "../../git/refs.ts";
import { findRepository } from "../../git/repository.ts";
import { gitCallEnvironment } from "../../git/settings-copy.ts";
import { listSources } from "../../sources/source-pool.ts";
import { automationFor, consentFor, type Automation } from "../../sources/writing/consent.ts";
import { guardedSource, type WriteDeps } from "../../sources/writing/guarded-source.ts";
import { notePlanned, readWrites } from "../../sources/writing/record.ts";
import { addStatusChange } from "../../state/cache/status-changes.ts";
import type { Sqlite } from "../../state/sqlite/sqlite.ts";
import type { MonitorLog } from "../monitor-log.ts";
import { proposeChanges, isOver, type ProposedChange } from "./propose-changes.ts";
import { ownerIn } from "../mismatches/merged-news.ts";

export interface AutomationDeps extends GitCaller {
  db: Sqlite;
  files: StateFiles;
  config: () => Config;
  sourcesOf: (scope: ProjectScope) => Promise<readonly ConfiguredSource[]>;
  now: () => number;
  log: MonitorLog;
}

interface Automated {
  config: SourceConfig;
  automation: Automation;
}

interface Chosen {
  proposed: ProposedChange;
  source: TaskSource;
  own: Automated;
  isDry: boolean;
}

const writeMs = 25_000;
const maxChanges = 10;

function automatedSources(deps: AutomationDeps, scope: ProjectScope): Map<string, Automated> {
  const { files } = deps;
  const all = listSources(deps.config(), files, scope).filter(({ config }) => config.enabled);
  return new Map(
    all.flatMap(({ config }) => {
      const automation = automationFor(files, scope.path, config);
      const isOn = automation !== null && consentFor(files, scope.path, config) === "allowed";
      return isOn ? [[config.name, { config, automation }] as const] : [];
    }),
  );
}

async function makeChange(
  deps: AutomationDeps,
  scope: ProjectScope,
  { proposed, source, own, isDry }: Chosen,
): Promise<boolean> {
  const { task, status, commit, pull } = proposed;
  const { files, db, log } = deps;
  const author = { session: null, via: "automation" as const, commit };
  const guard: WriteDeps = { files, project: scope.path, config: own.config, author };
  try {
    if (isDry) {
      const { title, id, status: before } = task;
      const write = { action: "update", task: id, title, before, sent: { status } } as const;
      notePlanned(files, { ...write, ...author, project: scope.path, source: source.name });
    } else {
      const change = { status, seen: task };
      await guardedSource(source, guard).update?.(
        scope,
        task.id,
        change,
        AbortSignal.timeout(writeMs),
      );
    }
  } catch (error) {
    log.warn("failed to move a task", { source: source.name, code: codeOf(error) });
    return false;
  }
  const { title, id: taskId } = task;
  const at = deps.now();
  const moved = { source: source.name, taskId, title, status, commit, at, isPlanned: isDry };
  addStatusChange(db, scope.path, { ...moved, ...defined({ pull }) });
  log.info(isDry ? "would move a task" : "moved a task", { source: source.name });
  return !isDry;
}

/** The proposed changes that the source, its automation settings and the task's owner allow now. */
function choose(
  deps: AutomationDeps,
  { path }: ProjectScope,
  changes: readonly ProposedChange[],
  { automated, sources }: { automated: Map<string, Automated>; sources: readonly TaskSource[] },
): Chosen[] {
  const now = deps.now();
  const ownerOf = ownerIn(deps.db, path, now);
  const writes = readWrites(deps.files, path);
  return changes.flatMap((proposed) => {
    const { task, status, at } = proposed;
    const own = automated.get(task.source);
    const source = sources.find(({ name }) => name === task.source);
    if (own === undefined || source?.update === undefined) return [];
    const { since, dryUntil } = own.automation;
    const isDry = now < dryUntil;
    const isLate = at > (isDry ? since : Math.max(since, dryUntil));
    const isOwn = ["mine", "nobody"].includes(ownerOf(task));
    const isAble = source.writes?.statuses.includes(status) ?? true;
    const isMoved = isOver(proposed, writes, isDry);
    return isLate && isOwn && isAble && !isMoved ? [{ proposed, source, own, isDry }] : [];
  });
}

async function changeStatuses(deps: AutomationDeps, scope: ProjectScope): Promise<string[]> {
  const automated = automatedSources(deps, scope);
  const place = automated.size === 0 ? null : findRepository(scope.path);
  const base = place && (readForkBase(place) ?? readDefaultBranch(place));
  if (place === null || base === null || place.bare) return [];
  const { env } = await gitCallEnvironment(place, deps);
  const ask: AskGit = (args) =>
    deps.run(args, { cwd: place.worktree, env, timeoutMs: deps.timeoutMs }).catch(() => null);
  const changes = await proposeChanges(deps.db, scope.path, { base: base.commit, ask });
  if (changes.length === 0) return [];
  const sources = (await deps.sourcesOf(scope)).map(({ source }) => source);
  const moved = new Set<string>();
  for (const one of choose(deps, scope, changes, { automated, sources }).slice(0, maxChanges))
    if (await makeChange(deps, scope, one)) moved.add(one.source.name);
  return [...moved];
}

/** Sets the status of a project's tasks, one run at a time. Returns the names of the sources whose tasks it changed. */
export function createAutomation(deps: AutomationDeps): (scope: ProjectScope) => Promise<string[]> {
  const underWay = new Set<string>();
  return async (scope) => {
    if (underWay.has(scope.path)) return [];
    underWay.add(scope.path);
    try {
      return await changeStatuses(deps, scope);
    } finally {
      underWay.delete(scope.path);
    }
  };
}
