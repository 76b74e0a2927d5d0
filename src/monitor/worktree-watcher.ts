import type { SessionRecord } from "../core/session.ts";
import type { FolderWatch, OnChange } from "./folder-watch.ts";
import type { MonitorLog } from "./monitor-log.ts";

export interface WorktreeUse {
  worktree: string;
  /** The end of the last reading; null before the first. */
  readAt: number | null;
  tookMs: number;
  sessionSeenAt: number;
  /** The first change in its git folders since the last reading; null: no change. */
  changedAt: number | null;
}

const busyIntervalMs = 10_000;
/** A call can run on after its session was last seen. One more reading then finds its changes. */
const lastReadMs = 60_000;
/** Readings take at most 1/200 of the time. */
const costFactor = 200;
/** While git folders change, readings take at most 1/10 of the time and run at most once a second. */
const changedCostFactor = 10;
const changedIntervalMs = 1000;
/** The first reading counts as at most this long: sessions and the monitor start at the same moment. */
const firstReadMs = 200;
/** One git command changes several files: wait for all of them. */
const settleMs = 100;
const never = Number.POSITIVE_INFINITY;

/** Without changes: every 10 s while a session works, less often if git is slow, and a minute after its last call. */
function useDueAt({ readAt, tookMs, sessionSeenAt }: WorktreeUse): number {
  const read = readAt ?? -never;
  if (read >= sessionSeenAt + lastReadMs) return never;
  const interval = Math.max(busyIntervalMs, tookMs * costFactor);
  return Math.max(read + interval, read < sessionSeenAt ? 0 : sessionSeenAt + lastReadMs);
}

function changeDueAt({ readAt, tookMs, changedAt }: WorktreeUse): number {
  if (changedAt === null) return never;
  const interval = Math.max(changedIntervalMs, tookMs * changedCostFactor);
  return Math.max(changedAt + settleMs, (readAt ?? -never) + interval);
}

export const worktreeDueAt = (use: WorktreeUse): number =>
  Math.min(useDueAt(use), changeDueAt(use));

export interface WorktreeWatcher {
  watch(sessions: readonly SessionRecord[], wallNow: number, onDone: () => void): void;
}

export interface WorktreeWatcherDeps {
  /** Refreshes a working tree and returns the failure's code, if any. `author`: the session that changed it, if any. */
  read: (worktree: string, author: string | null) => Promise<string | null>;
  isCallingGit: (sessionId: string) => boolean;
  foldersOf: (worktree: string) => readonly string[];
  watchFolders: (onChange: OnChange) => FolderWatch;
  /** Monotonic milliseconds. Sessions carry wall clock times. */
  clock: () => number;
  log: MonitorLog;
}

interface Tree extends WorktreeUse {
  sessions: readonly string[];
  /** The sessions that were running git when the tree changed; `nobody` if none was. */
  callers: Set<string>;
  code: string | null;
  isBeingRead: boolean;
}
const nobody = "";

const newTree = (worktree: string): Tree => ({
  worktree,
  readAt: null,
  tookMs: 0,
  sessionSeenAt: -never,
  changedAt: null,
  sessions: [],
  callers: new Set(),
  code: null,
  isBeingRead: false,
});

async function readTree({ read, clock, log }: WorktreeWatcherDeps, tree: Tree): Promise<void> {
  const started = clock();
  const [author = nobody, ...others] = tree.callers;
  Object.assign(tree, { changedAt: null, callers: new Set(), isBeingRead: true });
  // With two callers, the author is unknown: both get the news.
  const known = author === nobody || others.length > 0 ? null : author;
  const code = await read(tree.worktree, known).catch(() => "unexpected");
  // One slow reading may be due to a busy machine, not to the repository.
  const most = tree.readAt === null ? firstReadMs : 1.5 * tree.tookMs + 10;
  tree.tookMs = Math.min(clock() - started, most);
  tree.readAt = clock();
  tree.isBeingRead = false;
  if (code === tree.code) return;
  tree.code = code;
  if (code === null) log.info("git works again", { project: tree.worktree });
  else log.warn("git failed", { project: tree.worktree, code });
}

function updateTrees(
  trees: Map<string, Tree>,
  sessions: readonly SessionRecord[],
  seenAt: (lastSeen: number) => number,
): Tree[] {
  const used = Map.groupBy(sessions, (session) => session.worktree);
  for (const [worktree, { isBeingRead }] of trees)
    if (!used.has(worktree) && !isBeingRead) trees.delete(worktree);
  return [...used].map(([worktree, users]) => {
    const tree = trees.get(worktree) ?? newTree(worktree);
    tree.sessionSeenAt = seenAt(Math.max(...users.map(({ lastSeen }) => lastSeen)));
    tree.sessions = users.map(({ id }) => id);
    trees.set(worktree, tree);
    return tree;
  });
}

export function createWorktreeWatcher(deps: WorktreeWatcherDeps): WorktreeWatcher {
  const { clock } = deps;
  const trees = new Map<string, Tree>();
  let treesOf = new Map<string, Tree[]>();
  let wake: (() => void) | null = null;
  let timer: NodeJS.Timeout | undefined;

  const wait = (): void => {
    const idle = [...trees.values()].filter(({ isBeingRead }) => !isBeingRead);
    const dueAt = Math.min(...idle.map(worktreeDueAt));
    clearTimeout(timer);
    if (dueAt < never)
      timer = setTimeout(() => wake?.(), Math.max(1, Math.ceil(dueAt - clock()))).unref();
  };
  const noteChange = (tree: Tree, isByCommand: boolean): void => {
    const calling = tree.sessions.filter(deps.isCallingGit);
    const callers = calling.length > 0 ? calling : [nobody];
    if (isByCommand) for (const id of callers) tree.callers.add(id);
    if (tree.changedAt !== null) return;
    tree.changedAt = clock();
    wait();
  };
  const folders = deps.watchFolders((folder, name, isNew) => {
    // git writes a file as `NAME.lock` first; the rename to NAME follows.
    if (name?.endsWith(".lock") === true) return;
    // `git status` also writes the index, so such a change may not be by a command of the session.
    const isByCommand = name !== "index" && isNew !== true;
    for (const tree of treesOf.get(folder) ?? []) noteChange(tree, isByCommand);
  });

  return {
    watch: (sessions, wallNow, onDone) => {
      const now = clock();
      wake = onDone;
      const used = updateTrees(trees, sessions, (at) => now - Math.max(0, wallNow - at));
      treesOf = new Map();
      for (const tree of used)
        for (const folder of deps.foldersOf(tree.worktree))
          treesOf.set(folder, [...(treesOf.get(folder) ?? []), tree]);
      folders.follow(new Set(treesOf.keys()));
      for (const tree of used)
        if (!tree.isBeingRead && worktreeDueAt(tree) <= now)
          void readTree(deps, tree).finally(onDone);
      wait();
    },
  };
}
