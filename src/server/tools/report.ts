// The report on a project: its numbers, what goes on, what comes next, links to the tasks, and a chart in characters,
// which a model can read. The chart holds no text of others, so that nobody can write into it.

import * as z from "zod";
import { quoteNote, quoted, quotedName } from "../../core/quote.ts";
import { taskStatuses, type TaskStatus } from "../../core/task/task.ts";
import { mostDays, type ProjectCounts } from "../backend.ts";
import { WireTask } from "../wire.ts";
import { taskResource } from "./resources.ts";
import { defineTool, projectField, short, type Tool } from "./tool.ts";

const mostNamed = 10;
const steps = 2;

interface Report {
  project: string;
  at: Date;
  counts: ProjectCounts;
  next: WireTask | null;
  inProgress: readonly WireTask[];
  blocked: readonly WireTask[];
}

const totalOf = ({ byStatus }: ProjectCounts): number =>
  taskStatuses.reduce((sum, status) => sum + byStatus[status], 0);

function donePercent(counts: ProjectCounts): number {
  const all = totalOf(counts) - counts.byStatus.cancelled;
  return all === 0 ? 0 : Math.floor((counts.byStatus.completed / all) * 100);
}

/** What is over, what goes on, what waits. */
const order: readonly TaskStatus[] = [
  "completed",
  "in_progress",
  "blocked",
  "pending",
  "cancelled",
];
const longestBar = 40;

/** Rows of a label, a bar and its number. The longest bar has 40 signs, and whatever is more than 0 has one at least. */
function bars(rows: readonly (readonly [label: string, count: number])[]): string[] {
  const most = Math.max(1, ...rows.map(([, count]) => count));
  const widest = Math.max(...rows.map(([label]) => label.length));
  return rows.map(([label, count]) => {
    const length = count === 0 ? 0 : Math.max(1, Math.round((count / most) * longestBar));
    return `${label.padEnd(widest)} ${"█".repeat(length)}${length === 0 ? "" : " "}${count}`;
  });
}

/** The tasks by status, and the completed ones by day where there are any. */
export function chartLines({ byStatus, completedByDay }: ProjectCounts): string[] {
  const days = completedByDay.slice(-mostDays).map(({ day, count }) => [day, count] as const);
  return [
    "Tasks by status:",
    ...bars(order.map((status) => [status.replace("_", " "), byStatus[status]])),
    ...(days.length === 0 ? [] : ["Completed by day (UTC):", ...bars(days)]),
  ];
}

const line = (task: WireTask): string =>
  `${quotedName(task.task_id)} ${task.priority}: ${quoted(task.title, 120)}`;

/** The report to be read. */
function reportText(report: Report): string {
  const { project, at, counts, next, inProgress, blocked } = report;
  const { byStatus } = counts;
  return [
    `Report on ${quotedName(project)}, ${at.toISOString().slice(0, 16)}Z. ${quoteNote}`,
    `${donePercent(counts)} % done: ${byStatus.completed} completed, ${byStatus.in_progress} in progress, ` +
      `${byStatus.blocked} blocked, ${byStatus.pending} pending, ${byStatus.cancelled} cancelled.`,
    next === null ? "Next: nothing is free to be worked on." : `Next: ${line(next)}`,
    ...inProgress.map((task) => `In progress: ${line(task)}`),
    ...blocked.map((task) => `Blocked: ${line(task)}`),
    ...chartLines(counts),
  ].join("\n");
}

const reportSchema = z.object({
  project_id: z.string(),
  generated_at: z.string(),
  total: z.number().int(),
  by_status: z.object(
    Object.fromEntries(taskStatuses.map((one) => [one, z.number().int()] as const)),
  ),
  done_percent: z.number().int().describe("Completed, of all that are not cancelled"),
  completed_by_day: z
    .array(z.object({ day: z.string(), count: z.number().int() }))
    .describe(
      `The latest ${mostDays} days (UTC) that have any; of a REST service 1,000 tasks are looked at`,
    ),
  next_task: WireTask.nullable(),
  in_progress: z.array(WireTask),
  blocked: z.array(WireTask),
});

function structuredOf(report: Report): z.infer<typeof reportSchema> {
  const { project, at, counts, next, inProgress, blocked } = report;
  return {
    project_id: project,
    generated_at: at.toISOString(),
    total: totalOf(counts),
    by_status: { ...counts.byStatus },
    done_percent: donePercent(counts),
    completed_by_day: counts.completedByDay.map((one) => ({ ...one })),
    next_task: next === null ? null : short(next),
    in_progress: inProgress.map(short),
    blocked: blocked.map(short),
  };
}

export const reportTool = (usual: string | null): Tool =>
  defineTool({
    name: "get_project_report",
    title: "Get a project's report",
    description:
      "Progress report (status overview, statistics) of a project: how many tasks are done, in progress, blocked and " +
      "pending, what was completed by day (also as a chart in text), the next task, and links to the tasks.",
    kind: "read",
    reportsProgress: true,
    input: z.strictObject({ project_id: projectField(usual) }),
    output: reportSchema,
    run: async ({ project_id: project }, { backend, asked, progress, now }) => {
      await progress(0, steps, "Counting tasks");
      const counts = await backend.counts({ project }, asked);
      const first = (status: TaskStatus) =>
        backend.listTasks({ project, status, page: 1, page_size: mostNamed }, asked);
      await progress(1, steps, "Reading tasks");
      const [next, inProgress, blocked] = await Promise.all([
        backend.getNextTask({ project, status: "pending" }, asked),
        first("in_progress"),
        first("blocked"),
      ]);
      const report: Report = {
        project,
        at: now,
        counts,
        next: next.task,
        inProgress: inProgress.tasks,
        blocked: blocked.tasks,
      };
      await progress(steps, steps, "Done");
      const named = [...(next.task === null ? [] : [next.task]), ...report.inProgress];
      const more = [...named, ...report.blocked].map((task) => ({
        type: "resource_link" as const,
        ...taskResource(task),
      }));
      return { text: reportText(report), structured: structuredOf(report), more };
    },
  });
