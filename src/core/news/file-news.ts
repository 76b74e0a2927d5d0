// The monitor publishes what git says of files; later edits are in the sessions' own notes.

import {
  listOf,
  orElse,
  orNull,
  readFlag,
  readNumber,
  readString,
  readStrings,
  shape,
  type Read,
} from "../read.ts";

const readSession = shape({
  id: readString,
  worktree: readString,
  startedAt: orElse(readNumber, 0),
});
export type WorkingSession = Read<typeof readSession>;

const readTree = shape({
  worktree: readString,
  branch: orNull(readString),
  /** Epoch milliseconds; 0 for never. */
  readAt: orElse(readNumber, 0),
  conflicted: readStrings,
  changed: readStrings,
});
/** A working tree as git last described it. Paths are from its root. */
export type WorkingTree = Read<typeof readTree>;

const readWatched = shape({
  at: readNumber,
  own: readSession,
  /** The other live sessions of the project; while there are any, calls note which file they change. */
  others: orElse(listOf(readSession), []),
  trees: orElse(listOf(readTree), []),
  /** False if only a guard needs the file: nothing is reported. */
  isNews: readFlag,
});
/** The files that a session's calls are compared with. It is not used up: each file is reported once. */
export type WatchedFiles = Read<typeof readWatched>;

export const readWatchedFiles: (value: unknown) => WatchedFiles | null = orNull(readWatched);

/** `conflict`: unmerged here. `edited`: by a call of another session. `changed`: by somebody unknown. */
export const fileConcerns = ["conflict", "edited", "changed"] as const;

export interface ConcernedFile {
  path: string;
  concern: (typeof fileConcerns)[number];
  tree: Pick<WorkingTree, "worktree" | "branch"> | null;
  at: number | null;
  key: string;
}

const pick = ({ id, worktree, startedAt }: WorkingSession): WorkingSession => ({
  id,
  worktree,
  startedAt,
});

/** Counts only those seen last: older sessions may have died without an end. */
const maxOthers = 50;

/** What to watch for; null when there is nothing. `sessions`: those of the project, the last seen first. */
export function findFiles(
  own: WorkingSession,
  sessions: readonly WorkingSession[],
  read: (worktree: string) => WorkingTree,
  { at, isNews }: Pick<WatchedFiles, "at" | "isNews">,
): WatchedFiles | null {
  const others = sessions
    .filter((one) => one.id !== own.id)
    .slice(0, maxOthers)
    // Each call changes the last-seen order, and must not change the file.
    .toSorted((a, b) => a.startedAt - b.startedAt || (a.id < b.id ? -1 : 1));
  const trees = [...new Set([own, ...others].map(({ worktree }) => worktree))].map(read);
  if (others.length === 0 && trees.every(({ conflicted }) => conflicted.length === 0)) return null;
  return { at, own: pick(own), others: others.map(pick), trees, isNews };
}

export interface FileLook {
  now: number;
  edits: (sessionId: string, file: string) => readonly number[];
  modifiedAt: (file: string) => number | null;
}

/** Another session's edits of one file are reported again once they have gone on for this long. */
const editRoundMs = 10 * 60_000;
/** A call is noted before it writes, and git's reading may have begun a moment before its end. */
const settlingMs = 500;
const callMs = 2000;
const clockTickMs = 20;

/** The last of a session's edits; null for a call that was refused, or that a person has yet to allow. */
function lastEdit(
  edits: readonly number[],
  written: number | null,
  now: number,
): { at: number; changedAt: number; round: string } | null {
  const [first, at] = [edits[0], edits.at(-1)];
  if (first === undefined || at === undefined) return null;
  if (now - at >= callMs && written !== null && written < at - clockTickMs) return null;
  let round = first;
  for (const one of edits) if (one - round >= editRoundMs) round = one;
  const changedAt = Math.max(at, Math.min(written ?? 0, at + callMs));
  return { at, changedAt, round: round === first ? "" : ` ${round}` };
}

export function matchFiles(watched: WatchedFiles, path: string, look: FileLook): ConcernedFile[] {
  const { own, others, trees } = watched;
  return trees.flatMap((one): ConcernedFile[] => {
    const { worktree, readAt } = one;
    const isHere = worktree === own.worktree;
    if (isHere && one.conflicted.includes(path))
      return [{ path, concern: "conflict", tree: null, at: null, key: `conflict ${path}` }];
    const tree = isHere ? null : { worktree, branch: one.branch };
    const file = `${worktree}/${path}`;
    const written = look.modifiedAt(file);
    const isChanged = [...one.conflicted, ...one.changed].includes(path);
    const isOpen = (at: number): boolean => isChanged || at + settlingMs >= readAt;
    const there = others.filter((other) => other.worktree === worktree);
    // What an earlier call of this session found was reported then; what git says since is that call's own change.
    const ownAt = look.edits(own.id, file).findLast((at) => at < look.now) ?? 0;
    const edited = there.flatMap(({ id }): ConcernedFile[] => {
      const edit = lastEdit(look.edits(id, file), written, look.now);
      if (edit === null || edit.at < ownAt || !isOpen(edit.changedAt)) return [];
      return [{ path, concern: "edited", tree, at: edit.at, key: `${id}${edit.round} ${path}` }];
    });
    if (edited.length > 0) return edited;
    // No noted call made the change. In this tree it counts only if made before this session began (the others take a moment
    // to learn of it), with another at work.
    const isOthers = isHere
      ? written !== null &&
        written < own.startedAt + callMs &&
        there.some(({ startedAt }) => written >= startedAt) &&
        isOpen(written)
      : isChanged;
    if (!isOthers) return [];
    return [{ path, concern: "changed", tree, at: written, key: `${worktree} ${path}` }];
  });
}
