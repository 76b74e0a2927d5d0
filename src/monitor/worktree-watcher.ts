// Has the git state of the working trees in use read when their git folders change, and as often as their use and its
// cost allow.

import type { SessionRecord } from "../core/session.ts";
import type { FolderWatch, OnChange } from "./folder-watch.ts";
import type { MonitorLog } from "./log.ts";

/** When a working tree was last read, how long that took, and when one of its sessions last showed itself. */
export interface WorktreeUse {
  worktree: string;
  /** Null: never. Milliseconds of one clock, as the three others. */
  readAt: number | null;
  tookMs: number;
  sessionSeenAt: number;
  /** When its git folder first changed since it was last read; null: it has not. */
  changedAt: number | null;
}

const busyIntervalMs = 10_000;
/** A call may go on for a while after its session has shown itself; what it changed is read once more. */
const lastReadMs = 60_000;
/** Reading may take one two-hundredth of the time. */
const costFactor = 200;
/** While git works in it: one tenth, and once a second at most. */
const changedCostFactor = 10;
const changedIntervalMs = 1000;
/** What the first reading counts for at most: sessions and the monitor begin just then, and the next ones show the rest. */
const firstReadMs = 200;
/** A command of git changes several files. */
const settleMs = 100;

/**
 * When a state is read again though nothing was seen to change: 10 s after it was read last in the middle of work, later
 * where git is slow, once more a minute after the last call, and then no more: nobody has done anything.
 */
function useDueAt({ readAt, tookMs, sessionSeenAt }: WorktreeUse): number {
  const read = readAt ?? Number.NEGATIVE_INFINITY;
  if (read >= sessionSeenAt + lastReadMs) return Number.POSITIVE_INFINITY;
  const interval = Math.max(busyIntervalMs, tookMs * costFactor);
  return Math.max(read + interval, read < sessionSeenAt ? 0 : sessionSeenAt + lastReadMs);
}

/** When a state that has changed is read again. */
function changeDueAt({
  readAt,
  tookMs,
  changedAt,
}: Pick<WorktreeUse, "readAt" | "tookMs" | "changedAt">): number {
  if (changedAt === null) return Number.POSITIVE_INFINITY;
  const interval = Math.max(changedIntervalMs, tookMs * changedCostFactor);
  return Math.max(changedAt + settleMs, (readAt ?? Number.NEGATIVE_INFINITY) + interval);
}

/** The working trees to be read now. */
export function dueWorktrees(uses: readonly WorktreeUse[], now: number): string[] {
  return uses
    .filter((use) => now >= Math.min(useDueAt(use), changeDueAt(use)))
    .map((use) => use.worktree);
}

export interface WorktreeWatcher {
  /** Begins to read what is due among the sessions' working trees. `onDone` is called after each that was read. */
  watch(sessions: readonly SessionRecord[], wallNow: number, onDone: () => void): void;
}

interface Known extends Pick<WorktreeUse, "readAt" | "tookMs" | "changedAt"> {
  code: string | null;
  /** Whose calls were under way as it changed; `nobody` for a change beside all calls. */
  callers: readonly string[];
}
const nobody = "";
const unknown: Known = { readAt: null, tookMs: 0, changedAt: null, code: null, callers: [] };

export interface WorktreeWatcherDeps {
  /** Refreshes one working tree and gives the failure's code. `author`: the session whose call changed it, if one did. */
  read: (worktree: string, author: string | null) => Promise<string | null>;
  /** True while a session's call of git may be under way. */
  isCallingGit: (sessionId: string) => boolean;
  /** The folders that change with its state. */
  foldersOf: (worktree: string) => readonly string[];
  watchFolders: (onChange: OnChange) => FolderWatch;
  /** Monotonic, in milliseconds. A session's own instants are of the wall clock. */
  clock: () => number;
  log: MonitorLog;
}

export function createWorktreeWatcher(deps: WorktreeWatcherDeps): WorktreeWatcher {
  const { read, clock, log } = deps;
  const known = new Map<string, Known>();
  const underWay = new Set<string>();
  const treesOf = new Map<string, string[]>();
  const idsOf = new Map<string, string[]>();
  /** When a session last showed itself in each tree, by our clock. */
  const seenAt = new Map<string, number>();
  let wake: (() => void) | null = null;
  let timer: NodeJS.Timeout | undefined;

  const note = (worktree: string, what: Partial<Known>): void =>
    void known.set(worktree, { ...unknown, ...known.get(worktree), ...what });
  const dueOf = (tree: string, due: number): number =>
    underWay.has(tree) ? Number.POSITIVE_INFINITY : due;
  /** Looks again when the first of the trees is due. */
  const wait = (): void => {
    const changes = [...known].map(([tree, one]) => dueOf(tree, changeDueAt(one)));
    const uses = [...seenAt].map(([worktree, sessionSeenAt]) =>
      dueOf(worktree, useDueAt({ ...unknown, ...known.get(worktree), worktree, sessionSeenAt })),
    );
    const dueAt = Math.min(...changes, ...uses);
    clearTimeout(timer);
    if (dueAt < Number.POSITIVE_INFINITY)
      timer = setTimeout(() => wake?.(), Math.max(1, Math.ceil(dueAt - clock()))).unref();
  };
  const changed = (worktree: string, isByCommand: boolean): void => {
    const { changedAt, callers } = known.get(worktree) ?? unknown;
    const calling = (idsOf.get(worktree) ?? []).filter(deps.isCallingGit);
    const authors = calling.length > 0 ? calling : [nobody];
    note(worktree, {
      changedAt: changedAt ?? clock(),
      callers: [...new Set([...callers, ...(isByCommand ? authors : [])])],
    });
    if (changedAt === null) wait();
  };
  const folders = deps.watchFolders((folder, name, isNew) => {
    // What git is about to write comes under its own name.
    if (name?.endsWith(".lock") === true) return;
    // The index is written by a mere look, too.
    for (const tree of treesOf.get(folder) ?? []) changed(tree, name !== "index" && isNew !== true);
  });

  const readOne = async (worktree: string): Promise<void> => {
    const started = clock();
    const callers = new Set(known.get(worktree)?.callers);
    note(worktree, { changedAt: null, callers: [] });
    // Of two it is not known whose it was: then both are told.
    const [author = nobody] = callers.size === 1 ? callers : [];
    const code = await read(worktree, author === nobody ? null : author).catch(() => "unexpected");
    const before = known.get(worktree) ?? unknown;
    const took = clock() - started;
    // A busy moment of the machine says little of the repository.
    const most = before.readAt === null ? firstReadMs : 1.5 * before.tookMs + 10;
    note(worktree, { readAt: clock(), tookMs: Math.min(took, most), code });
    if (code === before.code) return;
    if (code === null) log.info("git answers again", { project: worktree });
    else log.warn("git failed", { project: worktree, code });
  };

  const follow = (worktrees: Iterable<string>): void => {
    treesOf.clear();
    for (const worktree of worktrees)
      for (const folder of deps.foldersOf(worktree))
        treesOf.set(folder, [...(treesOf.get(folder) ?? []), worktree]);
    folders.follow(new Set(treesOf.keys()));
  };

  return {
    watch: (sessions, wallNow, onDone) => {
      const now = clock();
      wake = onDone;
      const seen = new Map<string, number>();
      idsOf.clear();
      for (const { id, worktree, lastSeen } of sessions) {
        seen.set(worktree, Math.max(seen.get(worktree) ?? 0, lastSeen));
        idsOf.set(worktree, [...(idsOf.get(worktree) ?? []), id]);
      }
      for (const worktree of known.keys()) if (!seen.has(worktree)) known.delete(worktree);
      follow(seen.keys());
      seenAt.clear();
      for (const [tree, lastSeen] of seen) seenAt.set(tree, now - Math.max(0, wallNow - lastSeen));
      const uses = [...seenAt].map(([worktree, sessionSeenAt]) => ({
        ...unknown,
        ...known.get(worktree),
        worktree,
        sessionSeenAt,
      }));
      for (const worktree of dueWorktrees(uses, now)) {
        if (underWay.has(worktree)) continue;
        underWay.add(worktree);
        void readOne(worktree).finally(() => {
          underWay.delete(worktree);
          onDone();
        });
      }
      wait();
    },
  };
}
