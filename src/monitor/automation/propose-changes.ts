// The status changes that git suggests: completed for a merged task, in progress for a task with commits by the user.

import { pullName } from "../../core/pull-request/pull-request-text.ts";
import type { OngoingTask } from "../../core/task/mismatch.ts";
import type { Task } from "../../core/task/task.ts";
import type { AskGit } from "../../git/hardened.ts";
import type { RecordedWrite } from "../../sources/writing/record.ts";
import {
  readFoundMismatches,
  readCurrentMismatches,
  readOpenTasks,
} from "../../state/cache/mismatches.ts";
import { readPullRequest } from "../../state/cache/pull-requests.ts";
import type { Sqlite } from "../../state/sqlite/sqlite.ts";

/** `at`: when the commit was made or the pull request ended, in epoch milliseconds. */
export interface ProposedChange {
  task: Task;
  status: "completed" | "in_progress";
  commit: string;
  at: number;
  /** The name of the merged pull request, `PR #7`, if git itself does not show the merge. */
  pull?: string;
}

const maxBegun = 20;
const maxTries = 3;

function mergedChanges(db: Sqlite, project: string, base: string): ProposedChange[] {
  const known = readCurrentMismatches(db, project);
  if (known.base !== base) return [];
  return known.current.flatMap(({ kind, task, commit, at }): ProposedChange[] =>
    kind === "merged" && task !== null && commit !== undefined
      ? [{ task, status: "completed", commit, at }]
      : [],
  );
}

interface Ongoing extends OngoingTask {
  task: Task;
}

function ongoingTasks(db: Sqlite, project: string): { base: string; ongoing: Ongoing[] } {
  const { base, ongoing } = readFoundMismatches(db, project);
  const ids = ongoing.map(({ taskId }) => taskId);
  const open = readOpenTasks(db, project, ids).map(({ task }) => task);
  return {
    base,
    ongoing: ongoing.flatMap((one): Ongoing[] => {
      const task = open.find(({ source, id }) => source === one.source && id === one.taskId);
      return task === undefined ? [] : [{ ...one, task }];
    }),
  };
}

/** Tasks whose pull request was merged with the branch's last commit. The local default branch may not have it yet. */
function pullRequestChanges(
  db: Sqlite,
  project: string,
  ongoing: readonly Ongoing[],
): ProposedChange[] {
  return ongoing.flatMap(({ task, branch, commit }): ProposedChange[] => {
    const pull = readPullRequest(db, project, branch)?.pull;
    if (pull?.state !== "merged" || pull.head !== commit || pull.endedAt === undefined) return [];
    return [{ task, status: "completed", commit, at: pull.endedAt, pull: pullName(pull) }];
  });
}

/** Pending tasks whose branch has a commit by the user that no other branch has. */
async function startedChanges(
  base: string,
  ongoing: readonly Ongoing[],
  ask: AskGit,
): Promise<ProposedChange[]> {
  const pending = ongoing.filter(({ task }) => task.status === "pending").slice(0, maxBegun);
  const email = pending.length === 0 ? null : await ask(["config", "--get", "user.email"]);
  if (email === null || email.trim() === "") return [];
  const found = await Promise.all(
    pending.map(async ({ task, branch, commit: tip }): Promise<ProposedChange[]> => {
      const author = ["--fixed-strings", `--author=<${email.trim()}>`, "--no-merges"];
      const elsewhere = ["--not", base, `--exclude=${branch}`, "--branches"];
      const response = await ask([
        "log",
        "-1",
        "--format=%H %ct",
        ...author,
        tip,
        ...elsewhere,
        "--",
      ]);
      const [commit = "", seconds = ""] = response?.trim().split(" ") ?? [];
      const at = Number(seconds) * 1000;
      // Somebody may have set the task back to pending since the commit.
      const isTouched = [task.createdAt, task.updatedAt].some(
        (time) => Date.parse(time ?? "") > at,
      );
      return commit === "" || isTouched ? [] : [{ task, status: "in_progress", commit, at }];
    }),
  );
  return found.flat();
}

/** `base`: the tip of the default branch. */
export async function proposeChanges(
  db: Sqlite,
  project: string,
  { base, ask }: { base: string; ask: AskGit },
): Promise<ProposedChange[]> {
  const { ongoing, ...read } = ongoingTasks(db, project);
  if (read.base !== base) return [];
  const merged = [...mergedChanges(db, project, base), ...pullRequestChanges(db, project, ongoing)];
  const over = new Set(merged.map(({ task }) => task));
  const begun = await startedChanges(base, ongoing, ask);
  return [...merged, ...begun.filter(({ task }) => !over.has(task))];
}

/** True if the status was already changed for this commit, or the change was refused too often. */
export function isOver(
  { task, status, commit }: ProposedChange,
  writes: readonly RecordedWrite[],
  isDry: boolean,
): boolean {
  const own = writes.filter(
    (one) =>
      one.via === "automation" &&
      one.source === task.source &&
      one.task === task.id &&
      one.commit === commit &&
      one.sent["status"] === status,
  );
  const refused = own.filter(({ outcome }) => ["refused", "not-applied"].includes(outcome.state));
  return (
    refused.length >= maxTries ||
    own.some(({ outcome: { state } }) =>
      state === "planned" ? isDry : state === "done" || state === "unknown",
    )
  );
}
