// A prompt's text is the person's own instruction, so what others wrote is quoted in it.

import { ProtocolError, ProtocolErrorCode, completable } from "@modelcontextprotocol/server";
import type { GetPromptResult, McpServer } from "@modelcontextprotocol/server";
import * as z from "zod";
import { quoteNote, quoted, quotedName } from "../../core/quote.ts";
import { modelBlock } from "../../state/output/model.ts";
import type { CallScope } from "../backend.ts";
import { mayUse } from "../principal.ts";
import type { WireTask } from "../wire.ts";
import { withProtocolError, requireReadable, type ServedTo } from "./resources.ts";

const promptUri = "prompt://start_task";
const maxOffered = 100;
const maxLineLength = 300;
const maxTextLength = 4000;

const many = (label: string, values: readonly string[]): string[] =>
  values.length === 0
    ? []
    : [`${label}:`, ...values.map((one) => `- ${quoted(one, maxLineLength)}`)];

function taskLines(task: WireTask): string[] {
  return [
    `Title: ${quoted(task.title, maxLineLength)}`,
    `Status: ${task.status} · Priority: ${task.priority}`,
    ...(task.due === null ? [] : [`Due: ${quotedName(task.due)}`]),
    ...(task.branch === null ? [] : [`Branch: ${quotedName(task.branch)}`]),
    ...(task.description === null
      ? []
      : [`Description: ${quoted(task.description, maxTextLength)}`]),
    ...many("Inputs", task.inputs),
    ...many("Outputs", task.outputs),
    ...many("Depends on", task.depends_on),
  ];
}

export function startText(task: WireTask): string {
  const id = quotedName(task.task_id);
  const of = `project_id ${quotedName(task.project_id)}`;
  return [
    `Start work on task ${id} (${of}). ${quoteNote}`,
    "",
    ...taskLines(task),
    "",
    `1. Take it: update_task_status with task_id ${id}, ${of}, status in_progress. If that is refused, stop and say so.`,
    "2. Do the work.",
    "3. When it is done, update_task_status with status completed and completion_notes that say what was done.",
    "If it cannot be done, set it to blocked and say why in the notes.",
  ].join("\n");
}

const invalidParams = (what: string): ProtocolError =>
  new ProtocolError(ProtocolErrorCode.InvalidParams, what);

export function registerPrompts(
  server: McpServer,
  { backend, principal, project }: ServedTo,
): void {
  const ids = async (typed: string): Promise<string[]> => {
    if (project === null || !mayUse(principal, promptUri)) return [];
    const asked = { as: principal, signal: AbortSignal.timeout(5000) };
    const filter = { project, status: "pending", page: 1, page_size: maxOffered } as const;
    const { tasks } = await withProtocolError(backend.listTasks(filter, asked));
    return tasks.map((task) => task.task_id).filter((id) => id.startsWith(typed));
  };
  const find = async (
    id: string | undefined,
    of: string | undefined,
    asked: CallScope,
  ): Promise<WireTask> => {
    const wanted = of ?? project;
    if (id !== undefined && id !== "") {
      const input = { id, ...(wanted === null ? {} : { project: wanted }) };
      return (await withProtocolError(backend.getTask(input, asked))).task;
    }
    if (wanted === null) throw invalidParams("Pass task_id or project_id.");
    const next = backend.getNextTask({ project: wanted, status: "pending" }, asked);
    const { task } = await withProtocolError(next);
    if (task === null) throw invalidParams("There is no task to start.");
    return task;
  };
  server.registerPrompt(
    "start_task",
    {
      title: "Start work on a task",
      description: "Takes a task (the next one, or the one you name) and starts work on it.",
      argsSchema: z.object({
        task_id: completable(z.string().describe("Default: the next task"), ids).optional(),
        project_id: z.string().optional().describe("Default: this project"),
      }),
    },
    async ({ task_id: id, project_id: of }, context): Promise<GetPromptResult> => {
      requireReadable(principal, promptUri);
      const asked = { as: principal, signal: context.mcpReq.signal };
      const task = await find(id, of || undefined, asked);
      return {
        description: "Start work on a task",
        messages: [{ role: "user", content: modelBlock(startText(task)) }],
      };
    },
  );
}
