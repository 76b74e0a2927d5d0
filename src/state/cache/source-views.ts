// Reads sources for briefs and commands. The cost does not grow with the number of tasks.

import { maxOverdue, type UrgentCounts, type SourceView } from "../../core/brief/source-view.ts";
import { noNotes } from "../../core/ports.ts";
import { parseTreeOrigin, treeOrigin } from "../../core/tree-origin.ts";
import { findMe, unknownIdentity, type Identity } from "../../core/task/identity.ts";
import { orElse, parseObject, readNumber, recordOf } from "../../core/read.ts";
import { freshness, readFailure, type FreshnessLimits } from "../../core/snapshot.ts";
import { countByStatus, taskStatuses, type Task, type TaskCounts } from "../../core/task/task.ts";
import { readNotes } from "./response-notes.ts";
import { queryRows, queryValue, queryValues } from "../sqlite/query.ts";
import type { Sqlite } from "../sqlite/sqlite.ts";
import { parseStoredTasks, valuesOfBranch } from "./branch-task-ids.ts";

interface SnapshotRow {
  id: number;
  source: string;
  subject: string;
  origin: string;
  fetchedAt: number | null;
  counts: string;
  failure: string | null;
  notes: string | null;
  fallback: number;
}

const readPeople = orElse(recordOf(readNumber), {});

function readCounts(text: string): { counts: TaskCounts; people: Record<string, number> } {
  const from = parseObject(text);
  const counts = countByStatus([]);
  for (const status of taskStatuses) counts[status] = Math.max(0, readNumber(from?.[status]) ?? 0);
  return { counts, people: readPeople(from?.["people"]) };
}

/** Lists up to this length are read whole. */
const shortList = 40;
const dueWithinMs = 5 * 86_400_000;
/** Tasks may be due at different times of one day, which the ranking treats as equal. */
const dueSlack = 5;

const openStatuses = ["in_progress", "pending", "blocked"] as const;

/** Candidates for the first open tasks: by priority and age, and by due date if it is soon. */
const firstBy = (by: "rank" | "owner", whose: string): string =>
  openStatuses
    .map(
      (status) => `
  SELECT value FROM (SELECT value FROM tasks INDEXED BY tasks_by_${by}
    WHERE snapshot = @snapshot AND status = '${status}' ${whose}
    ORDER BY priority_rank, created_at, id LIMIT @most)
  UNION ALL
  SELECT value FROM (SELECT value FROM tasks INDEXED BY tasks_by_${by}_due
    WHERE snapshot = @snapshot AND status = '${status}' ${whose} AND due_at <= @dueBefore
    ORDER BY due_at, priority_rank, created_at, id LIMIT @most + ${dueSlack})`,
    )
    .join(" UNION ALL ");

const firstOfAll = firstBy("rank", "");
/** The same among one person's tasks, or among unassigned ones if `owner` is null. */
const firstOfOwner = firstBy("owner", "AND assignee IS @owner");

const dayMs = 86_400_000;

function pressingIn(
  db: Sqlite,
  snapshot: number,
  { begins, asDate }: NonNullable<ViewContext["today"]>,
  now: number,
): UrgentCounts {
  const minute = Math.floor(now / 60_000) * 60_000;
  const open = `status IN (${openStatuses.map((status) => `'${status}'`).join(", ")})`;
  const urgent = queryValue<number>(
    db,
    `SELECT count(*) FROM tasks WHERE snapshot = ? AND ${open} AND priority_rank = 0`,
    snapshot,
  );
  const due = queryValues<number>(
    db,
    `SELECT due_at FROM tasks WHERE snapshot = ? AND ${open} AND due_at < ? ORDER BY due_at LIMIT ?`,
    snapshot,
    Math.max(minute, asDate),
    maxOverdue,
  );
  // A bare date is stored as the start of that day in UTC, and is overdue when the day has ended here, like local midnight.
  const isOver = (at: number): boolean =>
    at % dayMs === 0 ? at < asDate : at < minute && at !== begins;
  return { urgent: urgent ?? 0, overdue: due.filter(isOver).length };
}

const maxDependencies = 100;

function openIds(db: Sqlite, snapshot: number, tasks: readonly Task[]): string[] {
  const listed = new Set(tasks.map((task) => task.id));
  const wanted = new Set(tasks.flatMap((task) => task.dependsOn).filter((id) => !listed.has(id)));
  if (wanted.size === 0) return [];
  const open = "SELECT id FROM tasks WHERE snapshot = ? AND id IN (SELECT value FROM json_each(?))";
  return queryValues(db, open, snapshot, JSON.stringify([...wanted].slice(0, maxDependencies)));
}

function candidateValues(
  db: Sqlite,
  snapshot: number,
  isShort: boolean,
  me: readonly string[],
  context: ViewContext,
): string[] {
  const isWhole = context.most === Number.POSITIVE_INFINITY;
  if (isWhole || isShort) {
    const all = "SELECT value FROM tasks WHERE snapshot = ? LIMIT ?";
    return queryValues(db, all, snapshot, isWhole ? -1 : 100);
  }
  const range = { snapshot, most: context.most, dueBefore: context.now + dueWithinMs };
  const first = queryValues<string>(db, firstOfAll, range);
  const own = context.branch === null ? [] : valuesOfBranch(db, snapshot, context.branch);
  // Other people's tasks may fill the first of all, so mine and the unassigned ones are read separately.
  const owners = me.length === 0 ? [] : [null, ...me];
  const owned = owners.flatMap((owner) =>
    queryValues<string>(db, firstOfOwner, { ...range, owner }),
  );
  return [...new Set([...first, ...own, ...owned])];
}

const configured = `SELECT id, source, subject, origin, fetched_at AS fetchedAt, counts, failure, notes, fallback
  FROM task_snapshots WHERE project = ? AND position IS NOT NULL ORDER BY position`;

/** Rows of servers and of one working tree's files. A file list that was read only in other trees counts as not read yet. */
function rowsIn(db: Sqlite, { project, worktree = project }: TreePlace): SnapshotRow[] {
  const own = treeOrigin(worktree);
  const all = Map.groupBy(queryRows<SnapshotRow>(db, configured, project), ({ source }) => source);
  return [...all.values()].flatMap((rows) => {
    const here = rows.filter(({ origin }) => parseTreeOrigin(origin) === null || origin === own);
    const unread = {
      id: 0,
      origin: own,
      fetchedAt: null,
      counts: "{}",
      failure: null,
      notes: null,
    };
    return here.length > 0 ? here : rows.slice(0, 1).map((row) => ({ ...row, ...unread }));
  });
}

interface TreePlace {
  project: string;
  /** Real path of the reader's working tree. Default: the main one. */
  worktree?: string;
}

export interface ViewContext extends TreePlace {
  branch: string | null;
  now: number;
  limits: FreshnessLimits;
  most: number;
  me?: Identity;
  /** When the reader's day began, and its date as UTC; for counting what is overdue. Epoch milliseconds. */
  today?: { begins: number; asDate: number };
}

function viewOf(db: Sqlite, row: SnapshotRow, context: ViewContext): SourceView {
  const { id, source, subject, fetchedAt } = row;
  const { me = unknownIdentity, today, limits, now } = context;
  const { counts, people } = readCounts(row.counts);
  const notes = readNotes(parseObject(row.notes)) ?? noNotes;
  const isShort = counts.pending + counts.in_progress + counts.blocked <= shortList;
  const identity = {
    given: [...(notes.me ?? []), ...me.given],
    likely: [...(subject === "" ? [] : [subject]), ...me.likely],
  };
  const own = isShort ? [] : [...findMe(identity, Object.keys(people)).me];
  const tasks = parseStoredTasks(candidateValues(db, id, isShort, own, context));
  const isBuiltIn = row.origin.startsWith("file:");
  const isFile = isBuiltIn || parseTreeOrigin(row.origin) !== null;
  const age = freshness(fetchedAt === null ? null : { fetchedAt }, limits, now);
  const failure = readFailure(parseObject(row.failure));
  return {
    source,
    subject,
    // A changed file is read again, so an old response from a local file is still true.
    freshness: isFile && failure === null && age === "expired" ? "stale" : age,
    fetchedAt,
    failure,
    counts,
    people,
    ...(today === undefined || isShort ? {} : { pressing: pressingIn(db, id, today, now) }),
    tasks,
    openIds: openIds(db, id, tasks),
    notes,
    isFallback: row.fallback === 1,
    isBuiltIn,
  };
}

/** The configured sources of a project, in order. Tasks that cannot be parsed are left out. */
export const readSourceViews = (db: Sqlite, context: ViewContext): SourceView[] =>
  rowsIn(db, context).map((row) => viewOf(db, row, context));

/** The codes of the present failures of a project's sources, null for none; without fallbacks. */
export function readSourceFailures(db: Sqlite, place: TreePlace): Record<string, string | null> {
  const rows = rowsIn(db, place).filter(({ fallback }) => fallback === 0);
  return Object.fromEntries(
    rows.map(({ source, failure }) => [source, readFailure(parseObject(failure))?.code ?? null]),
  );
}
