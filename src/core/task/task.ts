import { oneOf, orElse, readNumber, readString, readTexts, shape, type Read } from "../read.ts";

export const taskStatuses = [
  "pending",
  "in_progress",
  "blocked",
  "completed",
  "cancelled",
] as const;
export type TaskStatus = (typeof taskStatuses)[number];

/** From the most to the least pressing; `none` is a task without a priority. */
export const taskPriorities = ["urgent", "high", "medium", "low", "none"] as const;
export type TaskPriority = (typeof taskPriorities)[number];

const readList = orElse(readTexts, []);

const readWhole = shape(
  {
    /** The server's own key. */
    id: (value: unknown) => readString(value) || undefined,
    source: orElse(readString, ""),
    title: orElse(readString, ""),
    status: oneOf(taskStatuses),
    priority: oneOf(taskPriorities),
    assignees: readList,
    labels: readList,
    dependsOn: readList,
    inputs: readList,
    outputs: readList,
  },
  {
    description: readString,
    /** The server's word, if it is not one of ours. */
    rawStatus: readString,
    rawPriority: readString,
    due: readString,
    /** The server's text, if it is not one unambiguous date. */
    rawDue: readString,
    createdAt: readString,
    updatedAt: readString,
    completedAt: readString,
    url: readString,
    /** The file that contains it, relative to the working tree, with the line: `TODO.md:14`. */
    place: readString,
    /** How many open tasks block it, if the source does not name them. */
    blockerCount: readNumber,
    project: readString,
    branch: readString,
    parent: readString,
    category: readString,
    estimatedEffort: readString,
    completionNotes: readString,
  },
);
/** One piece of work. Instants are ISO 8601 in UTC; `due` may also be a bare date (`2026-12-01`). */
export type Task = Read<typeof readWhole>;

/** Without an id it gets the next one. */
export type NewTask = Omit<
  Task,
  "id" | "source" | "place" | "blockerCount" | "project" | "rawPriority" | "rawDue"
> & { id?: string };

export const isOpenTask = ({ status }: Pick<Task, "status">): boolean =>
  status !== "completed" && status !== "cancelled";

/** Sorts tasks by age. Tasks without a date come last; tasks of one file keep line order. */
export const ageKey = ({ createdAt, place = "" }: Pick<Task, "createdAt" | "place">): string =>
  createdAt ?? `~${place.replace(/\d+$/, (line) => line.padStart(6, "0"))}`;

/** 0 for `urgent` to 4 for `none`: smaller is more pressing. */
export const priorityRank = (priority: TaskPriority): number => taskPriorities.indexOf(priority);

export type TaskCounts = Record<TaskStatus, number>;

export const noTasks = (): TaskCounts =>
  Object.fromEntries(taskStatuses.map((status) => [status, 0])) as TaskCounts;

export const openCount = (counts: TaskCounts): number =>
  counts.pending + counts.in_progress + counts.blocked;

export function countByStatus(tasks: Iterable<Pick<Task, "status">>): TaskCounts {
  const counts = noTasks();
  for (const task of tasks) counts[task.status] += 1;
  return counts;
}

export function chooseTitle(title: string, description: string | undefined, id: string): string {
  const [firstLine = ""] = (description ?? "").trim().split("\n", 1);
  return title.trim() || firstLine.trim() || id;
}

const allowed: Record<TaskStatus, readonly TaskStatus[]> = {
  pending: ["in_progress", "blocked", "completed", "cancelled"],
  in_progress: ["pending", "blocked", "completed", "cancelled"],
  blocked: ["pending", "in_progress", "completed", "cancelled"],
  completed: [],
  cancelled: ["pending"],
};

export const allowedTransitions = (from: TaskStatus): readonly TaskStatus[] => allowed[from];

export const canTransition = (from: TaskStatus, to: TaskStatus): boolean =>
  allowed[from].includes(to);

/** Equates pending and blocked: a dependency blocks a task only in a list. */
export const isSameState = (one: TaskStatus, other: TaskStatus): boolean =>
  one === other || [one, other].toSorted().join() === "blocked,pending";

/** Null without an id, a known status and a known priority. */
export function readTask(value: unknown): Task | null {
  const task = readWhole(value);
  if (task === undefined) return null;
  return { ...task, title: chooseTitle(task.title, task.description, task.id) };
}
