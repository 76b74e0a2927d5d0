// The report on a project: its numbers, what goes on, what comes next; with links to the tasks and a chart.

import { createFence, fenceKey, fenceNote } from "../../core/fence.ts";
import type { Fence } from "../../core/fence.ts";
import { taskStatuses } from "../../core/task.ts";
import type { ProjectCounts } from "../backend.ts";
import type { WireTask } from "../wire.ts";
import { drawChart } from "./chart.ts";
import { encodePng } from "./png.ts";
import { taskResource } from "./resources.ts";
import * as schemas from "./schemas.ts";
import { short } from "./short.ts";
import { defineTool } from "./tool.ts";
import type { Tool } from "./tool.ts";

const mostNamed = 10;
const steps = 3;

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

/** The report to be read. */
export function reportText(report: Report, fence: Fence): string {
  const { project, at, counts, next, inProgress, blocked } = report;
  const line = (task: WireTask): string =>
    `${fence.name(task.task_id)} ${task.priority}: ${fence.wrap(task.title, 120)}`;
  const { byStatus } = counts;
  return [
    `Report on ${fence.name(project)}, ${at.toISOString().slice(0, 16)}Z. ${fenceNote(fence)}`,
    `${donePercent(counts)} % done: ${byStatus.completed} completed, ${byStatus.in_progress} in progress, ` +
      `${byStatus.blocked} blocked, ${byStatus.pending} pending, ${byStatus.cancelled} cancelled.`,
    next === null ? "Next: nothing is free to be worked on." : `Next: ${line(next)}`,
    ...inProgress.map((task) => `In progress: ${line(task)}`),
    ...blocked.map((task) => `Blocked: ${line(task)}`),
  ].join("\n");
}

function structuredOf(report: Report): Record<string, unknown> {
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
      "pending, what was completed by day, the next task, links to the tasks, and a chart as an image.",
    kind: "read",
    input: schemas.ReportInput(usual),
    output: schemas.ReportOutput,
    run: async ({ project_id: project }, { backend, asked, progress, now, fenceBytes }) => {
      const named = { project, page: 1, pageSize: mostNamed };
      await progress(0, steps, "Counting tasks");
      const counts = await backend.counts(project, asked);
      await progress(1, steps, "Reading tasks");
      const [next, inProgress, blocked] = await Promise.all([
        backend.nextTask({ project, status: "pending" }, asked),
        backend.listTasks({ ...named, status: "in_progress" }, asked),
        backend.listTasks({ ...named, status: "blocked" }, asked),
      ]);
      await progress(2, steps, "Drawing the chart");
      const report: Report = {
        project,
        at: now,
        counts,
        next,
        inProgress: inProgress.items,
        blocked: blocked.items,
      };
      const chart = encodePng(drawChart(counts, donePercent(counts)));
      await progress(steps, steps, "Done");
      const linked = [...(next === null ? [] : [next]), ...report.inProgress, ...report.blocked];
      const links = linked.map((task) => ({
        type: "resource_link" as const,
        ...taskResource(task),
      }));
      return {
        value: null,
        text: reportText(report, createFence(fenceKey(fenceBytes()))),
        structured: structuredOf(report),
        more: [...links, { type: "image", data: chart.toString("base64"), mimeType: "image/png" }],
      };
    },
  });
