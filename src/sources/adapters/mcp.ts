// Any MCP server as a task source, by a declarative mapping.

import { noNotes } from "../../core/ports.ts";
import type { PendingTasks, ProjectScope, TaskSource } from "../../core/ports.ts";
import { holdBack, taskFromRaw, type PriorityScale } from "../../core/task/raw-task.ts";
import { isOpenTask, taskStatuses, type NewTask, type Task } from "../../core/task/task.ts";
import type { TemplateValues } from "../../core/mapping/templates.ts";
import type { ToolAnswer } from "../../core/mapping/tool-answer.ts";
import type { Mapper } from "../mapping/mapper.ts";
import type { ListCall, Mapping, ToolCall } from "../../core/mapping/mapping.ts";
import { runCall, type RawTasks } from "../mapping/run-call.ts";
import { isAbsence, missingOf, taskIn, tasksIn, type AdapterDeps } from "./rest.ts";

/** Calls a tool under the policy. A write is not repeated. */
export type CallTool = (
  kind: "read" | "write",
  tool: string,
  args: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
) => Promise<ToolAnswer>;

export interface McpSourceDeps extends AdapterDeps {
  mapping: Mapping;
  callTool: CallTool;
  mapper: Mapper;
}

/** The task with our status for a word that none but this mapping knows. */
function withOwnWord(task: Task, words: Mapping["statusWords"]): Task {
  const { rawStatus, ...rest } = task;
  const known = taskStatuses.find((status) => words?.[status] === rawStatus);
  return rawStatus === undefined || known === undefined ? task : { ...rest, status: known };
}

const scaleOf = (call: ListCall): PriorityScale | null =>
  call.priorityScale ?? call.each?.priorityScale ?? null;

/** Asked for one task, a tool says that it has none, also as a failure. Every other failure passes. */
function noneWhenAbsent(error: unknown): null {
  if (isAbsence(error)) return null;
  throw error;
}

/** What a template of `create` can name. */
function newTaskValues(task: NewTask, words: Mapping["statusWords"]): TemplateValues {
  return {
    title: task.title,
    description: task.description ?? task.title,
    status: words?.[task.status] ?? task.status,
    priority: task.priority === "none" ? undefined : task.priority,
    due: task.due,
  };
}

/** Takes over what `close` and `mapper` hold: disposing of the source ends them. */
export function createMcpSource(deps: McpSourceDeps): TaskSource {
  const { name, origin, subject, settings, mapping, mapper } = deps;
  const call = (
    which: ListCall,
    kind: "read" | "write",
    scope: ProjectScope,
    values: TemplateValues,
    signal: AbortSignal,
  ): Promise<RawTasks> =>
    runCall(
      {
        name,
        callTool: (tool, args) => deps.callTool(kind, tool, args, signal),
        mapper,
        settings,
        values: {
          ...settings,
          "project.path": scope.path,
          "project.name": scope.name,
          ...values,
        },
      },
      which,
    );
  const { next, get, search, create, update, whoAmI, mine, statusWords } = mapping;
  const isMine = mine?.is.test(settings[mine.setting] ?? "") === true;
  const ownWords = (task: Task): Task => withOwnWord(task, statusWords);
  const one = async (which: ToolCall, found: Promise<RawTasks>): Promise<Task | null> => {
    const task = taskIn(name, (await found).raw[0], scaleOf(which));
    return task === null ? null : ownWords(task);
  };
  /** What was written was written, whatever is said of it. */
  const written = async (which: ToolCall, found: Promise<RawTasks>): Promise<Task | null> => {
    const task = taskFromRaw((await found).raw[0], name, scaleOf(which));
    return task === null ? null : ownWords(task);
  };
  return {
    name,
    origin,
    subject,
    listPending: async (scope, signal): Promise<PendingTasks> => {
      const found = await call(mapping.list, "read", scope, {}, signal);
      const { tasks, unreadable } = tasksIn(name, found.raw, scaleOf(mapping.list));
      const pending = holdBack(tasks.map(ownWords));
      const { raw, isCut } = found;
      const total = missingOf(raw, found.total);
      const people = pending.flatMap(({ assignees }) => (assignees.length === 1 ? assignees : []));
      const me = isMine && people.length > 0 ? { me: [...new Set(people)] } : {};
      return { ...noNotes, tasks: pending, total, unreadable, isCut, ...me };
    },
    ...(whoAmI && {
      whoAmI: async (scope, signal) => {
        const { raw } = await call(whoAmI, "read", scope, {}, signal);
        return raw.flat().filter((text) => typeof text === "string" && text !== "") as string[];
      },
    }),
    ...(next && { next: (scope, signal) => one(next, call(next, "read", scope, {}, signal)) }),
    ...(get && {
      get: (scope, id, signal) =>
        one(get, call(get, "read", scope, { id }, signal)).catch(noneWhenAbsent),
    }),
    ...(search && {
      search: async (scope, text, signal) => {
        const { raw } = await call(search, "read", scope, { text }, signal);
        return tasksIn(name, raw, scaleOf(search)).tasks.map(ownWords).filter(isOpenTask);
      },
    }),
    ...(create && {
      create: (scope, task, signal) =>
        written(create, call(create, "write", scope, newTaskValues(task, statusWords), signal)),
    }),
    ...(update && {
      update: (scope, id, { status, notes }, signal) => {
        const values = { id, status: statusWords?.[status] ?? status, notes };
        return written(update, call(update, "write", scope, values, signal));
      },
    }),
    [Symbol.asyncDispose]: async () => {
      await Promise.allSettled([deps.close(), mapper[Symbol.asyncDispose]()]);
    },
  };
}
