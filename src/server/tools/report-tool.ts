// The chart in the report contains no text from other people, so nobody can inject text into it.

import * as z from "zod";
import { quoteNote, quoted, quotedName } from "../../core/quote.ts";
import { taskStatuses, type TaskStatus } from "../../core/task/task.ts";
import { maxDays, type ProjectCounts } from "../backend.ts";
import { WireTask } from "../wire.ts";
import { taskResource } from "./resources.ts";
import { defineTool, projectField, truncateDescription, type Tool } from "./tool.ts";

const maxNamed = 10;
const steps = 2;

const order: readonly TaskStatus[] = [
  "completed",
  "in_progress",
  "blocked",
  "pending",
  "cancelled",
];
const maxBarLength = 40;

/** The longest bar has 40 characters, and every number above 0 has one at least. */
function bars(rows: readonly (readonly [label: string, count: number])[]): string[] {
  const most = Math.max(1, ...rows.map(([, count]) => count));
  const widest = Math.max(...rows.map(([label]) => label.length));
  return rows.map(([label, count]) => {
    const length = count === 0 ? 0 : Math.max(1, Math.round((count / most) * maxBarLength));
    return `${label.padEnd(widest)} ${"█".repeat(length)}${length === 0 ? "" : " "}${count}`;
  });
}

export function chartLines({ byStatus, completedByDay }: ProjectCounts): string[] {
  const days = completedByDay.slice(-maxDays).map(({ day, count }) => [day, count] as const);
  return [
    "Tasks by status:",
    ...bars(order.map((status) => [status.replace("_", " "), byStatus[status]])),
    ...(days.length === 0 ? [] : ["Completed by day (UTC):", ...bars(days)]),
  ];
}

type Report = z.infer<typeof Report>;
const Report = z.object({
  project_id: z.string(),
  generated_at: z.string(),
  total: z.number().int(),
  by_status: z.object(
    Object.fromEntries(taskStatuses.map((one) => [one, z.number().int()] as const)),
  ),
  done_percent: z.number().int().describe("Completed, as a share of all tasks not cancelled"),
  completed_by_day: z
    .array(z.object({ day: z.string(), count: z.number().int() }))
    .describe(
      `Latest ${maxDays} days (UTC) with completed tasks; for a REST service at most 1,000 tasks`,
    ),
  next_task: WireTask.nullable(),
  in_progress: z.array(WireTask),
  blocked: z.array(WireTask),
});

const line = (task: WireTask): string =>
  `${quotedName(task.task_id)} ${task.priority}: ${quoted(task.title, 120)}`;

function textOf(report: Report, counts: ProjectCounts): string {
  const { byStatus } = counts;
  return [
    `Report on ${quotedName(report.project_id)}, ${report.generated_at.slice(0, 16)}Z. ${quoteNote}`,
    `${report.done_percent}% done: ${byStatus.completed} completed, ${byStatus.in_progress} in progress, ` +
      `${byStatus.blocked} blocked, ${byStatus.pending} pending, ${byStatus.cancelled} cancelled.`,
    report.next_task === null ? "Next: no task is ready." : `Next: ${line(report.next_task)}`,
    ...report.in_progress.map((task) => `In progress: ${line(task)}`),
    ...report.blocked.map((task) => `Blocked: ${line(task)}`),
    ...chartLines(counts),
  ].join("\n");
}

export const reportTool = (usual: string | null): Tool =>
  defineTool({
    name: "get_project_report",
    title: "Get a project's report",
    description:
      "Progress report (status overview, statistics) on a project: how many tasks are done, in progress, blocked and " +
      "pending, what was completed by day (also as a text chart), the next task, and links to the tasks.",
    kind: "read",
    group: "report",
    reportsProgress: true,
    input: z.strictObject({ project_id: projectField(usual) }),
    output: Report,
    run: async ({ project_id: project }, { backend, asked, progress, now }) => {
      await progress(0, steps, "Counting tasks");
      const counts = await backend.counts({ project }, asked);
      const { byStatus, completedByDay } = counts;
      const first = async (status: TaskStatus) => {
        const page = { page: 1, page_size: maxNamed };
        return (await backend.listTasks({ project, status, ...page }, asked)).tasks.map(
          truncateDescription,
        );
      };
      await progress(1, steps, "Reading tasks");
      const [{ task: next }, inProgress, blocked] = await Promise.all([
        backend.getNextTask({ project, status: "pending" }, asked),
        first("in_progress"),
        first("blocked"),
      ]);
      await progress(steps, steps, "Done");
      const total = taskStatuses.reduce((sum, status) => sum + byStatus[status], 0);
      const wanted = total - byStatus.cancelled;
      const report: Report = {
        project_id: project,
        generated_at: now.toISOString(),
        total,
        by_status: { ...byStatus },
        done_percent: wanted === 0 ? 0 : Math.floor((byStatus.completed / wanted) * 100),
        completed_by_day: completedByDay.map((one) => ({ ...one })),
        next_task: next === null ? null : truncateDescription(next),
        in_progress: inProgress,
        blocked,
      };
      const linked = [...(next === null ? [] : [next]), ...inProgress, ...blocked];
      const links = linked.map((task) => ({
        type: "resource_link" as const,
        ...taskResource(task),
      }));
      return { text: textOf(report, counts), structured: report, more: links };
    },
  });
