// Reads what a brief shows of each source: its state, its counts and the few tasks that can come first. The cost does
// not grow with the number of tasks.

import { mostCounted, type Pressing, type SourceView } from "../../core/brief/source-view.ts";
import { noNotes, type AnswerNotes } from "../../core/ports.ts";
import { belongsToBranch, idsInBranch } from "../../core/task/branch-tasks.ts";
import { findMe, nobodyKnown, type Identity } from "../../core/task/identity.ts";
import { parseObject, readNumber, readObject, readString, readStrings } from "../../core/read.ts";
import { freshness, readFailure, type FreshnessLimits } from "../../core/snapshot.ts";
import { countByStatus, readTask, taskStatuses } from "../../core/task/task.ts";
import type { Task, TaskCounts, TaskStatus } from "../../core/task/task.ts";
import type { Sqlite } from "../sqlite/sqlite.ts";

interface SnapshotRow {
  id: number;
  source: string;
  subject: string;
  origin: string;
  fetched_at: number | null;
  counts: string;
  failure: string | null;
  notes: string | null;
  fallback: number;
}

function readCounts(text: string): { counts: TaskCounts; people: Record<string, number> } {
  const from = parseObject(text);
  const counts = countByStatus([]);
  for (const status of taskStatuses) counts[status] = Math.max(0, readNumber(from?.[status]) ?? 0);
  const people = Object.entries(readObject(from?.["people"]) ?? {});
  return {
    counts,
    people: Object.fromEntries(people.map(([name, count]) => [name, readNumber(count) ?? 0])),
  };
}

function readBlockers(value: unknown): NonNullable<AnswerNotes["blockers"]> {
  const states = Object.entries(readObject(value) ?? {});
  return Object.fromEntries(
    states.flatMap(([id, state]) =>
      state === "open" || state === "unknown" ? [[id, state] as const] : [],
    ),
  );
}

function readNotes(text: string | null): AnswerNotes {
  const from = parseObject(text);
  if (from === null) return noNotes;
  return {
    total: readNumber(from["total"]) ?? null,
    isNextOnly: from["isNextOnly"] === true,
    context: readString(from["context"]) ?? null,
    unreadable: readNumber(from["unreadable"]) ?? 0,
    isCut: from["isCut"] === true,
    me: readStrings(from["me"]),
    signedIn: readStrings(from["signedIn"]),
    blockers: readBlockers(from["blockers"]),
  };
}

/** The tasks in rows' JSON; what has another shape is left out. */
export const tasksIn = (values: Iterable<string>): Task[] =>
  [...values].map((value) => readTask(parseObject(value))).filter((task) => task !== null);

/** A list this short is read whole. */
const shortList = 40;
const dueWithinMs = 5 * 86_400_000;
/** Several tasks may be due at different times of one day, which is one day to the ranking. */
const dueSlack = 5;

const allOf = "SELECT value FROM tasks WHERE snapshot = ? LIMIT ?";

/** The tasks of one status that can come first: by priority and age, and by due date where that is soon. */
const firstOf = (status: TaskStatus, byRank: string, byDue: string, whose: string): string => `
  SELECT value FROM (SELECT value FROM tasks INDEXED BY ${byRank}
    WHERE snapshot = @snapshot AND status = '${status}' ${whose}
    ORDER BY priority_rank, created_at, id LIMIT @most)
  UNION ALL
  SELECT value FROM (SELECT value FROM tasks INDEXED BY ${byDue}
    WHERE snapshot = @snapshot AND status = '${status}' ${whose} AND due_at <= @dueBefore
    ORDER BY due_at, priority_rank, created_at, id LIMIT @most + ${dueSlack})`;

const openStatuses = ["in_progress", "pending", "blocked"] as const;

const firstOfAll = openStatuses
  .map((status) => firstOf(status, "tasks_by_rank", "tasks_by_due", ""))
  .join(" UNION ALL ");

/** The same of what one person has, or nobody where `owner` is null. */
const firstOfOwner = openStatuses
  .map((status) =>
    firstOf(status, "tasks_by_owner", "tasks_by_owner_due", "AND assignee IS @owner"),
  )
  .join(" UNION ALL ");

/** Ids as servers spell them: the look-up goes by an index, which tells cases apart. */
const spellings = (id: string): string[] => [id, id.toUpperCase(), id.toLowerCase(), `#${id}`];

// The index is named because SQLite, which knows nothing of the table's content, reads the whole list instead.
function branchValues(db: Sqlite, snapshot: number, branch: string): string[] {
  const ids = [...new Set(idsInBranch(branch).slice(0, 10).flatMap(spellings))];
  const marks = ids.map(() => "?").join(", ");
  return db
    .prepare<(string | number)[], string>(
      `SELECT value FROM tasks WHERE snapshot = ? AND id IN (${marks})
       UNION SELECT value FROM (SELECT value FROM tasks INDEXED BY tasks_by_branch
         WHERE snapshot = ? AND branch = ? LIMIT 5)`,
    )
    .pluck()
    .all(snapshot, ...ids, snapshot, branch);
}

/** The ids of a project's pending tasks that a branch is about, over its configured sources. */
export function readBranchTaskIds(db: Sqlite, project: string, branch: string): string[] {
  const values = db
    .prepare<[string], number>(
      "SELECT id FROM task_snapshots WHERE project = ? AND position IS NOT NULL ORDER BY position",
    )
    .pluck()
    .all(project)
    .flatMap((snapshot) => branchValues(db, snapshot, branch));
  return tasksIn(values)
    .filter((task) => belongsToBranch(task, branch))
    .map((task) => task.id);
}

const dayMs = 86_400_000;

function pressingIn(
  db: Sqlite,
  snapshot: number,
  { begins, asDate }: NonNullable<ViewContext["today"]>,
  now: number,
): Pressing {
  const minute = Math.floor(now / 60_000) * 60_000;
  const open = `status IN (${openStatuses.map((status) => `'${status}'`).join(", ")})`;
  const urgent = db
    .prepare<[number], number>(
      `SELECT count(*) FROM tasks WHERE snapshot = ? AND ${open} AND priority_rank = 0`,
    )
    .pluck()
    .get(snapshot);
  const due = db
    .prepare<[number, number, number], number>(
      `SELECT due_at FROM tasks WHERE snapshot = ? AND ${open} AND due_at < ? ORDER BY due_at LIMIT ?`,
    )
    .pluck()
    .all(snapshot, Math.max(minute, asDate), mostCounted);
  // A bare date is stored as that day's beginning in UTC, and is over when the day is over here; so is midnight here.
  const isOver = (at: number): boolean =>
    at % dayMs === 0 ? at < asDate : at < minute && at !== begins;
  return { urgent: urgent ?? 0, overdue: due.filter(isOver).length };
}

const mostDependencies = 100;

/** Those of the ids that the tasks depend on which are pending and not among the tasks. */
function openIds(db: Sqlite, snapshot: number, tasks: readonly Task[]): string[] {
  const listed = new Set(tasks.map((task) => task.id));
  const wanted = new Set(tasks.flatMap((task) => task.dependsOn).filter((id) => !listed.has(id)));
  if (wanted.size === 0) return [];
  const ids = [...wanted].slice(0, mostDependencies);
  return db
    .prepare<(string | number)[], string>(
      `SELECT id FROM tasks WHERE snapshot = ? AND id IN (${ids.map(() => "?").join(", ")})`,
    )
    .pluck()
    .all(snapshot, ...ids);
}

function candidateValues(
  db: Sqlite,
  snapshot: number,
  pending: number,
  me: ReadonlySet<string>,
  context: ViewContext,
): string[] {
  const isWhole = context.most === Number.POSITIVE_INFINITY;
  if (isWhole || pending <= shortList) {
    return db
      .prepare<[number, number], string>(allOf)
      .pluck()
      .all(snapshot, isWhole ? -1 : 100);
  }
  const range = { snapshot, most: context.most, dueBefore: context.now + dueWithinMs };
  const first = db.prepare<Record<string, number>, string>(firstOfAll).pluck().all(range);
  const own = context.branch === null ? [] : branchValues(db, snapshot, context.branch);
  // What others have may fill the first of all: what is mine and what is free are read for themselves.
  const ofOwner = db.prepare<Record<string, number | string | null>, string>(firstOfOwner).pluck();
  const owners = me.size === 0 ? [] : [null, ...me];
  const owned = owners.flatMap((owner) => ofOwner.all({ ...range, owner }));
  return [...new Set([...first, ...own, ...owned])];
}

export interface ViewContext {
  project: string;
  branch: string | null;
  /** Epoch milliseconds. */
  now: number;
  limits: FreshnessLimits;
  /** How many tasks are going to be shown; `Infinity` reads all of them. */
  most: number;
  /** The person who asks. */
  me?: Identity;
  /** When the reader's day began, and its date as UTC; for counting what is overdue. Epoch milliseconds. */
  today?: { begins: number; asDate: number };
}

/** The configured sources of a project in their order. Rows of another shape are left out. */
export function readSourceViews(db: Sqlite, context: ViewContext): SourceView[] {
  const rows = db
    .prepare<[string], SnapshotRow>(
      `SELECT id, source, subject, origin, fetched_at, counts, failure, notes, fallback FROM task_snapshots
       WHERE project = ? AND position IS NOT NULL ORDER BY position`,
    )
    .all(context.project);
  return rows.map((row) => {
    const { counts, people } = readCounts(row.counts);
    const notes = readNotes(row.notes);
    const snapshot = row.fetched_at === null ? null : { fetchedAt: row.fetched_at };
    const pending = counts.pending + counts.in_progress + counts.blocked;
    const { me = nobodyKnown } = context;
    const identity = {
      given: [...(notes.me ?? []), ...me.given],
      likely: [
        ...(notes.signedIn ?? []),
        ...(row.subject === "" ? [] : [row.subject]),
        ...me.likely,
      ],
    };
    const own = pending <= shortList ? [] : findMe(identity, Object.keys(people)).me;
    const tasks = tasksIn(candidateValues(db, row.id, pending, new Set(own), context));
    const isBuiltIn = row.origin.startsWith("file:");
    const age = freshness(snapshot, context.limits, context.now);
    const failure = readFailure(parseObject(row.failure));
    return {
      source: row.source,
      subject: row.subject,
      // A file of this machine, whose changes by commands and tools are written down here: old is not yet untrue.
      freshness: isBuiltIn && failure === null && age === "expired" ? "stale" : age,
      fetchedAt: row.fetched_at,
      failure,
      counts,
      people,
      ...(context.today === undefined || pending <= shortList
        ? {}
        : { pressing: pressingIn(db, row.id, context.today, context.now) }),
      tasks,
      openIds: openIds(db, row.id, tasks),
      notes,
      isFallback: row.fallback === 1,
      isBuiltIn,
    };
  });
}

/** For each configured source of a project but the fallbacks, the code of its present failure, or null. */
export function readSourceFailures(db: Sqlite, project: string): Record<string, string | null> {
  const rows = db
    .prepare<[string], { source: string; failure: string | null }>(
      `SELECT source, failure FROM task_snapshots
       WHERE project = ? AND position IS NOT NULL AND fallback = 0 ORDER BY position`,
    )
    .all(project);
  const failures: Record<string, string | null> = {};
  for (const row of rows)
    failures[row.source] = readFailure(parseObject(row.failure))?.code ?? null;
  return failures;
}
