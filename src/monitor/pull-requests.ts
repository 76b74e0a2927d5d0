// Reads the pull requests of the branches that live sessions work on: each at most once a minute, and less often while
// its source fails or asks for a pause.

import { hostText } from "../core/address.ts";
import { codeOf } from "../core/errors.ts";
import type { ConfiguredSource, ProjectScope } from "../core/ports.ts";
import type { PullRecord } from "../core/pull-request/pull-request.ts";
import { defined, mapTexts } from "../core/read.ts";
import { maskTokens } from "../core/secrets/secret-text.ts";
import type { SessionRecord } from "../core/session.ts";
import { nextFailure } from "../core/snapshot.ts";
import { SourceError } from "../core/source-error.ts";
import { readPushedBranch, findRepositoryOn, type PushedBranch } from "../git/remote.ts";
import { locate } from "../git/repository.ts";
import { withTreesInUse } from "../sources/refresh.ts";
import { readGitRecord } from "../state/cache/git-states.ts";
import { readPullRequest, savePullRequest } from "../state/cache/pull-requests.ts";
import type { Sqlite } from "../state/sqlite/sqlite.ts";
import type { MonitorLog } from "./monitor-log.ts";

export interface PullWatcherDeps {
  db: Sqlite;
  sourcesOf: (scope: ProjectScope) => Promise<readonly ConfiguredSource[]>;
  now: () => number;
  timeoutMs: number;
  log: Pick<MonitorLog, "info" | "warn">;
}

export interface PullWatcher {
  /** Sends due requests and awaits their responses. Calls `onDone` after each, and when the next request is due. */
  watch(sessions: readonly SessionRecord[], onDone: () => void): Promise<void>;
}

const everyMs = 60_000;

interface Branch {
  project: string;
  worktree: string;
  branch: string;
  pushed: PushedBranch;
  of: string;
}

function branchOf(db: Sqlite, { project, worktree }: SessionRecord): Branch | null {
  const state = readGitRecord(db, worktree)?.snapshot?.value;
  const pushed = state === undefined ? null : readPushedBranch(worktree, state);
  if (state?.branch == null || pushed === null) return null;
  const of = `${pushed.host}/${pushed.path} ${pushed.branch}`;
  return { project, worktree, branch: state.branch, pushed, of };
}

/** The time of a branch's next request. 0 (at once) if the branch is now pushed to another repository. */
function dueAt(record: PullRecord | null, { of }: Branch, now: number): number {
  if (record === null || record.of !== of || record.askedAt > now + everyMs) return 0;
  return Math.max(record.askedAt + everyMs, record.failure?.nextTryAt ?? 0);
}

interface Asked {
  source: NonNullable<ConfiguredSource["source"]>;
  base: string;
}

async function sourceFor(deps: PullWatcherDeps, branch: Branch): Promise<Asked | null> {
  const { project, pushed } = branch;
  const name = locate(project)?.projectName ?? project;
  const scope = withTreesInUse(deps.db, { path: project, name }, deps.now());
  const found = (await deps.sourcesOf(scope)).find(
    ({ source, readsPulls }) =>
      readsPulls === true &&
      source.pullRequest !== undefined &&
      hostText(source.origin) === pushed.host,
  );
  const base = findRepositoryOn(branch.worktree, pushed.host);
  return found === undefined || base === null ? null : { source: found.source, base };
}

const wayOutOf = (error: unknown): string | undefined =>
  error instanceof SourceError ? error.hint : undefined;

async function read(
  { now, timeoutMs }: PullWatcherDeps,
  { source, base }: Asked,
  { pushed, of }: Branch,
  before: PullRecord | null,
): Promise<PullRecord> {
  const known = before?.of === of ? before : null;
  const number = known?.pull?.number ?? null;
  const query = { base, head: pushed.path, branch: pushed.branch, known: number };
  const common = { source: source.name, of, askedAt: now() };
  try {
    const response = await source.pullRequest?.(query, AbortSignal.timeout(timeoutMs));
    const { pull = null, wayOut } = mapTexts(response ?? { pull: null }, maskTokens);
    const isSame = pull !== null && pull.number === number;
    const wasOpen =
      (isSame && (known?.wasOpen === true || known?.pull?.state === "open")) || undefined;
    return { ...common, pull, readAt: now(), failure: null, ...defined({ wasOpen, wayOut }) };
  } catch (error) {
    const askedDelayMs = error instanceof SourceError ? (error.retryAfterMs ?? 0) : 0;
    const failure = nextFailure(known?.failure ?? null, codeOf(error), now(), { askedDelayMs });
    const { pull = null, readAt = null, wasOpen } = known ?? {};
    const wayOut = wayOutOf(error);
    return { ...common, pull, readAt, failure, ...defined({ wasOpen, wayOut }) };
  }
}

export function createPullWatcher(deps: PullWatcherDeps): PullWatcher {
  const { db, now, log } = deps;
  const underWay = new Set<string>();
  /** Branches that no source can answer for, each with the time of that finding. */
  const without = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;

  async function ask(branch: Branch, key: string): Promise<void> {
    const before = readPullRequest(db, branch.project, branch.branch);
    const asked = await sourceFor(deps, branch);
    if (asked === null) {
      without.set(key, now());
      if (before !== null) savePullRequest(db, branch, null, now());
      return;
    }
    without.delete(key);
    const record = await read(deps, asked, branch, before);
    savePullRequest(db, branch, record, now());
    const [was, is] = [before?.failure?.code ?? null, record.failure?.code ?? null];
    const fields = { source: record.source, project: branch.project };
    if (was === is) return;
    if (is === null) log.info("pull requests are read again", fields);
    else log.warn("reading a pull request failed", { ...fields, code: is });
  }

  return {
    watch: async (sessions, onDone) => {
      const at = now();
      const found = sessions.flatMap((one) => branchOf(db, one) ?? []);
      const branches = new Map(
        found.map((one) => [`${one.project}\n${one.branch}\n${one.of}`, one]),
      );
      const asking: Promise<void>[] = [];
      let next = Number.POSITIVE_INFINITY;
      for (const [key, branch] of branches) {
        if (underWay.has(key)) continue;
        const record = readPullRequest(db, branch.project, branch.branch);
        const due = Math.max(dueAt(record, branch, at), (without.get(key) ?? -everyMs) + everyMs);
        if (due > at) {
          next = Math.min(next, due);
          continue;
        }
        underWay.add(key);
        const asked = ask(branch, key)
          .catch((error: unknown) => {
            without.set(key, now());
            log.warn("reading a pull request failed", {
              project: branch.project,
              code: codeOf(error),
            });
          })
          .finally(() => {
            underWay.delete(key);
            onDone();
          });
        asking.push(asked);
      }
      clearTimeout(timer);
      if (Number.isFinite(next)) timer = setTimeout(onDone, Math.max(1, next - at)).unref();
      await Promise.all(asking);
    },
  };
}
