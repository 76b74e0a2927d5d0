// Finds a project's tasks that its commits and branches mention, and compares them with the repository.

import type { BaseHistory } from "../../core/git/base-history.ts";
import { idsInBranch } from "../../core/task/branch-tasks.ts";
import { idleMs, type OngoingTask, type FoundMismatch } from "../../core/task/mismatch.ts";
import { findUnpushedBranch, findIdle } from "../../core/task/idle-and-unpushed.ts";
import { isTaskBranch, mayBeTaskBranch, findMismatch } from "../../core/task/task-evidence.ts";
import type { CommitFacts, TrackerPath } from "../../core/task/task-evidence.ts";
import type { Task } from "../../core/task/task.ts";
import type { BranchRef } from "../../git/base-log.ts";
import {
  countUnsharedCommits,
  goneBranches,
  readBranchWork,
  type BranchWork,
} from "../../git/branch-work.ts";
import type { AskGit } from "../../git/hardened.ts";
import { readShallow } from "../../git/refs.ts";
import type { Repository } from "../../git/repository.ts";
import { readOpenTasks } from "../../state/cache/mismatches.ts";
import { idsToCheck, recentChanges, type LoggedChange } from "../../state/cache/cached-evidence.ts";
import type { Sqlite } from "../../state/sqlite/sqlite.ts";

/** The repository's side of the comparison. `tip`: the last commit of the default branch. */
export interface Compared {
  place: Repository;
  tip: string;
  tracker: TrackerPath;
  history: BaseHistory;
  facts: readonly CommitFacts[];
  branches: readonly BranchRef[];
  worked: ReadonlySet<string>;
  now: number;
  ask: AskGit;
}

const maxIds = 2000;

/** The ids that commits and branches name, in each spelling that servers use. */
function namedIds({ facts, branches, place }: Compared): string[] {
  const names = [...branches.map(({ name }) => name), ...goneBranches(place, branches)];
  const ids = [...names, ...facts.flatMap(({ merged }) => merged)].flatMap(idsInBranch);
  const closed = facts
    .flatMap(({ closings }) => closings)
    .flatMap((one) => {
      const number = /(?:#|\/issues\/)(\d+)$/.exec(one)?.[1];
      return number === undefined ? [one] : [one, number];
    });
  const subjects = facts.flatMap(({ commit }) =>
    idsInBranch(commit.message.split("\n", 1)[0] ?? ""),
  );
  const all = new Set([...ids, ...closed, ...subjects]);
  return [...all]
    .slice(0, maxIds)
    .flatMap((id) => [id, id.toUpperCase(), id.toLowerCase(), `#${id}`]);
}

const maxRead = 40;

/** Reads the work on the branches of tasks: each branch once, the latest first. */
function workReader(compared: Compared): (task: Task) => Promise<BranchWork[]> {
  const { place, history, tip, ask, branches } = compared;
  const known = new Map<string, Promise<BranchWork>>();
  const here = new Map(branches.flatMap((one) => (one.remote === null ? [[one.name, one]] : [])));
  // A remote branch adds nothing if the local branch of that name has its commit, or history already contains it.
  const isTwin = ({ name, remote, commit }: BranchRef): boolean =>
    remote !== null &&
    (here.get(name)?.commit === commit || (here.has(name) && history.order.has(commit)));
  return (task) => {
    const own = branches.filter((one) => mayBeTaskBranch(task, one.name) && !isTwin(one));
    const latest = own.toSorted((one, other) => other.at - one.at);
    return Promise.all(
      latest.map((branch) => {
        const key = `${branch.remote} ${branch.name}`;
        const unread = { ...branch, mergedAs: null, requiredCommits: 1 };
        const work =
          known.get(key) ??
          (known.size < maxRead
            ? readBranchWork({ repository: place, history, tip, ask }, branch, [task.id])
            : Promise.resolve(unread));
        known.set(key, work);
        return work;
      }),
    );
  };
}

const sameId = (one: string, other: string): boolean =>
  one.replace("#", "").toLowerCase() === other.replace("#", "").toLowerCase();

interface Found {
  found: FoundMismatch[];
  ongoing: OngoingTask[];
}

function ongoingOn(
  task: Task,
  branches: readonly BranchWork[],
  { tracker }: Compared,
): OngoingTask | null {
  const here = branches.filter(({ remote, mergedAs }) => remote === null && mergedAs === null);
  const own = here.find(({ name }) => isTaskBranch(task, name, tracker));
  if (own === undefined) return null;
  return { source: task.source, taskId: task.id, branch: own.name, commit: own.commit };
}

async function compareOpen(
  compared: Compared,
  tasks: readonly Task[],
  changes: readonly LoggedChange[],
  workOf: (task: Task) => Promise<BranchWork[]>,
): Promise<Found> {
  const gone = goneBranches(compared.place, compared.branches);
  const all = await Promise.all(
    tasks.map(async (task) => {
      const branches = await workOf(task);
      const others = [...tasks.map(({ id, source }) => ({ taskId: id, source })), ...changes];
      const evidence = {
        task,
        branches,
        gone: gone.filter((name) => isTaskBranch(task, name, compared.tracker)),
        isAmbiguous: others.some(
          (one) => sameId(one.taskId, task.id) && one.source !== task.source,
        ),
        reopenedAt: Math.max(
          0,
          ...changes
            .filter((one) => one.source === task.source && one.taskId === task.id)
            .map(({ what, at }) => (what === "opened" ? at : 0)),
        ),
      };
      const { now, worked, history } = compared;
      const mismatch =
        findMismatch(evidence, compared) ?? findIdle(task, { history, branches, worked, now });
      const isClear = mismatch === null && !evidence.isAmbiguous;
      return { mismatch, ongoing: isClear ? ongoingOn(task, branches, compared) : null };
    }),
  );
  return {
    found: all.flatMap(({ mismatch }) => mismatch ?? []),
    ongoing: all.flatMap(({ ongoing }) => ongoing ?? []),
  };
}

const maxCompleted = 20;

async function compareCompleted(
  { tracker, history, tip, ask, place }: Compared,
  changes: readonly LoggedChange[],
  workOf: (task: Task) => Promise<BranchWork[]>,
): Promise<FoundMismatch[]> {
  if (readShallow(place, null).shallow !== undefined) return [];
  const last = new Map<string, LoggedChange>();
  for (const one of changes.toReversed()) last.set(`${one.source}\n${one.taskId}`, one);
  const found: FoundMismatch[] = [];
  for (const { what, task, at } of [...last.values()].toReversed().slice(0, maxCompleted)) {
    if (what !== "completed" || task === null) continue;
    const own = (await workOf(task)).filter(({ name }) => isTaskBranch(task, name, tracker));
    const branch = findUnpushedBranch(task, own, history);
    const count = branch === null ? null : await countUnsharedCommits(branch, tip, ask);
    if (branch === null || count === null || count === 0) continue;
    const { name, commit } = branch;
    const about = { source: task.source, taskId: task.id, kind: "unpushed" as const };
    found.push({ ...about, at, commit, branch: name, count });
  }
  return found;
}

export async function compare(db: Sqlite, project: string, compared: Compared): Promise<Found> {
  const { branches, now } = compared;
  const ids = namedIds(compared);
  const fielded = idsToCheck(
    db,
    project,
    branches.map(({ name }) => name),
  );
  const wanted = [...new Set([...ids, ...fielded])];
  const tasks = readOpenTasks(db, project, wanted).map(({ task }) => task);
  const changes = recentChanges(
    db,
    project,
    now - idleMs,
    tasks.map(({ id }) => id),
  );
  const workOf = workReader(compared);
  const open = await compareOpen(compared, tasks, changes, workOf);
  const completed = await compareCompleted(compared, changes, workOf);
  return { ...open, found: [...open.found, ...completed] };
}
