import type { ListCall, Mapping, ToolCall } from "../../core/mapping/mapping.ts";
import type { TemplateValues } from "../../core/mapping/templates.ts";
import { noNotes, type OpenTasks, type ProjectScope, type TaskSource } from "../../core/ports.ts";
import { defined } from "../../core/read.ts";
import { markBlocked, taskFromRaw, type PriorityScale } from "../../core/task/raw-task.ts";
import { isOpenTask, taskStatuses, type Task } from "../../core/task/task.ts";
import type { Mapper } from "../mapping/mapper.ts";
import { runCall, type PageResponse, type RawTasks } from "../mapping/run-call.ts";
import { mappedWrites, type WriteDeps } from "./mapped-writes.ts";
import {
  isAbsence,
  countMissing,
  parseTask,
  parseTasks,
  type AdapterDeps,
} from "./rest-responses.ts";

/** Calls a tool under the policy. A write is not repeated. */
export type CallTool = (
  kind: "read" | "write",
  tool: string,
  args: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
) => Promise<PageResponse>;

export interface McpSourceDeps extends AdapterDeps {
  mapping: Mapping;
  callTool: CallTool;
  mapper: Mapper;
}

/** The task with our status for a status word that only this mapping knows. */
function withOwnWord(task: Task, words: Mapping["statusWords"]): Task {
  const { rawStatus, ...rest } = task;
  const known = taskStatuses.find((status) => words?.[status] === rawStatus);
  return rawStatus === undefined || known === undefined ? task : { ...rest, status: known };
}

const scaleOf = (call: ListCall): PriorityScale | null =>
  call.priorityScale ?? call.each?.priorityScale ?? null;

/** Null for a tool's failure that means that the task does not exist. Rethrows other failures. */
function noneWhenAbsent(error: unknown): null {
  if (isAbsence(error)) return null;
  throw error;
}

type Run = (
  which: ListCall,
  scope: ProjectScope,
  values: TemplateValues,
  signal: AbortSignal,
) => Promise<RawTasks>;

const contextOf =
  ({ name, settings, mapper, callTool }: McpSourceDeps): WriteDeps["contextFor"] =>
  (kind, scope, values, signal, wanted) => {
    const project = { "project.path": scope.path, "project.name": scope.name };
    return {
      name,
      callTool: (tool, args) => callTool(kind, tool, args, signal),
      mapper,
      settings: { ...settings, ...defined({ wanted }) },
      values: { ...settings, ...project, ...values },
    };
  };

function optionalMethods({ name, mapping }: McpSourceDeps, run: Run): Partial<TaskSource> {
  const { next, get, search, whoAmI, statusWords } = mapping;
  const one = async (which: ToolCall, found: Promise<RawTasks>): Promise<Task | null> => {
    const task = parseTask(name, (await found).raw[0], scaleOf(which));
    return task === null ? null : withOwnWord(task, statusWords);
  };
  return {
    ...(whoAmI && {
      whoAmI: async (scope, signal) => {
        const { raw } = await run(whoAmI, scope, {}, signal);
        return raw.flat().filter((text) => typeof text === "string" && text !== "") as string[];
      },
    }),
    ...(next && { next: (scope, signal) => one(next, run(next, scope, {}, signal)) }),
    ...(get && {
      get: (scope, id, signal) => one(get, run(get, scope, { id }, signal)).catch(noneWhenAbsent),
    }),
    ...(search && {
      search: async (scope, text, signal) => {
        const { raw } = await run(search, scope, { text }, signal);
        const { tasks } = parseTasks(name, raw, scaleOf(search));
        return tasks.map((task) => withOwnWord(task, statusWords)).filter(isOpenTask);
      },
    }),
  };
}

/** Owns `close` and `mapper`: disposing of the source ends both. */
export function createMcpSource(deps: McpSourceDeps): TaskSource {
  const { name, origin, subject, settings, mapping, mapper } = deps;
  const { list, mine, statusWords } = mapping;
  const isMine = mine?.is.test(settings[mine.setting] ?? "") === true;
  const contextFor = contextOf(deps);
  const run: Run = (which, scope, values, signal) =>
    runCall(contextFor("read", scope, values, signal), which);
  const readWritten: WriteDeps["readWritten"] = (call, raw) => {
    const task = taskFromRaw(raw, name, scaleOf(call));
    return task === null ? null : withOwnWord(task, statusWords);
  };
  return {
    name,
    origin,
    subject,
    listOpen: async (scope, signal): Promise<OpenTasks> => {
      const { raw, total, isCut } = await run(list, scope, {}, signal);
      const { tasks, unreadable } = parseTasks(name, raw, scaleOf(list));
      const pending = markBlocked(tasks.map((task) => withOwnWord(task, statusWords)));
      const people = pending.flatMap(({ assignees }) => (assignees.length === 1 ? assignees : []));
      const me = isMine && people.length > 0 ? { me: [...new Set(people)] } : {};
      const missing = countMissing(raw, total);
      return { ...noNotes, tasks: pending, total: missing, unreadable, isCut, ...me };
    },
    ...optionalMethods(deps, run),
    ...mappedWrites({ name, mapping, contextFor, readWritten }),
    [Symbol.asyncDispose]: async () => {
      await Promise.allSettled([deps.close(), mapper[Symbol.asyncDispose]()]);
    },
  };
}
