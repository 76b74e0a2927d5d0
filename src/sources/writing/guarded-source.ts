// A source whose writes need a person's consent, are checked against the task that the caller saw, are never sent twice, and
// are recorded. Every write of a command or a tool goes through here.

import type { StateFiles } from "../../config/folders.ts";
import type { SourceConfig } from "../../config/source-config.ts";
import { codeOf, isSitrepError, messageOf, SitrepError } from "../../core/errors.ts";
import type { FileEdit, ProjectScope, TaskSource } from "../../core/ports.ts";
import type { Task } from "../../core/task/task.ts";
import {
  assigneesOf,
  hasAssignees,
  hasStatus,
  isDoubtful,
  readBack,
  readUnchanged,
  requireSupported,
  requireAssignable,
  requireApplied,
  statusOf,
  type ProvenWrite,
} from "./write-checks.ts";
import { requireConsent } from "./consent.ts";
import { beginWrite, type Write, type WriteAuthor, type WriteOutcome } from "./record.ts";

export interface WriteDeps {
  files: Pick<StateFiles, "writeConsent" | "writeRecord">;
  project: string;
  config: SourceConfig;
  author: WriteAuthor;
}

const stateOf = (error: unknown): "refused" | "unknown" | "not-applied" => {
  if (codeOf(error) === "write-not-applied") return "not-applied";
  return codeOf(error) === "write-unknown" || isDoubtful(error) ? "unknown" : "refused";
};

/** Runs a write with consent, and records it. Throws `write-not-allowed`, and as `work`. */
export async function recorded<T>(
  { files, project, config, author }: WriteDeps,
  write: Write,
  work: () => Promise<{ value: T; outcome?: Partial<WriteOutcome & { state: "done" }> }>,
): Promise<T> {
  requireConsent(files, project, config);
  const end = beginWrite(files, { ...write, ...author, project, source: config.name });
  try {
    const { value, outcome } = await work();
    end({ ...outcome, state: "done" });
    return value;
  } catch (error) {
    end({ state: stateOf(error), code: codeOf(error), message: messageOf(error) });
    throw error;
  }
}

/** A write that cannot be verified by reading: without a response, its outcome is unknown. */
const answered =
  <T>(name: string, work: () => Promise<T>) =>
  async (): Promise<{ value: T }> => {
    try {
      return { value: await work() };
    } catch (cause) {
      if (!isDoubtful(cause)) throw cause;
      const what = `${name} did not respond, so it is unknown whether the change was made.`;
      throw new SitrepError("write-unknown", what, {
        hint: "Look at it there before you repeat it.",
        cause,
      });
    }
  };

interface Guard extends WriteDeps {
  source: TaskSource;
  /** The id of the recorded write that is undone. */
  undoes: string | undefined;
}

interface Made {
  value: Task | null;
  outcome?: Partial<WriteOutcome & { state: "done" }>;
}

/** Sends a write, and reads the task if the response is lost. An undo sends nothing if the task already has the earlier state. */
const proven =
  (
    { source, undoes }: Guard,
    scope: ProjectScope,
    write: ProvenWrite,
    send: () => Promise<Task | null>,
  ) =>
  async (): Promise<Made> => {
    const { was, isMade } = write;
    if (undoes !== undefined && was && isMade(was)) {
      return { value: was, outcome: { isAlready: true } };
    }
    try {
      return { value: await send() };
    } catch (cause) {
      if (!isDoubtful(cause)) throw cause;
      const value = await readBack(source, scope, { ...write, cause });
      return { value, outcome: { isConfirmed: true } };
    }
  };

const guardedUpdate =
  (
    guard: Guard,
    update: NonNullable<TaskSource["update"]>,
    comment: TaskSource["comment"],
  ): NonNullable<TaskSource["update"]> =>
  async (scope, id, change, signal) => {
    const { source, undoes, files, project, config } = guard;
    requireSupported(source, change);
    requireConsent(files, project, config);
    const { status, seen, notes = "", ...rest } = change;
    const isMade = hasStatus(status);
    const was = await readUnchanged(source, scope, { seen, ...(undoes && { isMade }) }, signal);
    const isNoted = source.writes?.notes !== false && notes !== "";
    const write: Write = {
      action: undoes === undefined ? "update" : "undo",
      task: id,
      title: seen?.title ?? "",
      before: seen?.status,
      sent: { status, ...(isNoted && { notes }) },
      ...(undoes !== undefined && { undoes }),
    };
    const made = await recorded(guard, write, async () => {
      let edit: FileEdit | undefined;
      const onEdit = (one: FileEdit): void => void (edit = one);
      const sent = { ...rest, status, ...(seen && { seen }), ...(isNoted && { notes }), onEdit };
      const run = proven(guard, scope, { id, was, isMade, words: statusOf }, async () => {
        const response = await update(scope, id, sent, signal);
        return requireApplied(source, scope, { value: response, status }, signal);
      });
      const { value, outcome } = await run();
      return { value, outcome: { status, edit, ...outcome } };
    });
    if (notes === "" || isNoted) return made;
    await comment?.(scope, id, notes, signal).catch((cause: unknown) => {
      const code = isSitrepError(cause) ? cause.code : "write-unknown";
      const what = `The task is ${status.replace("_", " ")} now, but its notes may be missing: ${messageOf(cause)}`;
      throw new SitrepError(code, what, { cause });
    });
    return made;
  };

const guardedAssign =
  (guard: Guard, assign: NonNullable<TaskSource["assign"]>): NonNullable<TaskSource["assign"]> =>
  async (scope, id, assignment, signal) => {
    const { source, undoes, files, project, config } = guard;
    const { names, seen } = assignment;
    requireAssignable(source, names);
    requireConsent(files, project, config);
    const isMade = hasAssignees(names);
    const was = await readUnchanged(source, scope, { seen, ...(undoes && { isMade }) }, signal);
    const write: Write = {
      action: undoes === undefined ? "assign" : "undo",
      task: id,
      title: seen?.title ?? "",
      before: seen?.status,
      previousAssignees: was?.assignees ?? seen?.assignees,
      sent: { names },
      ...(undoes !== undefined && { undoes }),
    };
    const send = async (): Promise<Task | null> => {
      const value = await assign(scope, id, assignment, signal);
      // GitHub silently drops people who cannot be assigned.
      if (value && source.writes?.hasOneAssignee !== true && !isMade(value)) {
        const only = value.assignees.length === 0 ? "nobody" : `only ${value.assignees.join(", ")}`;
        throw new SitrepError("not-supported", `${source.name} assigned ${only}.`, {
          hint: "Check who can be assigned there.",
        });
      }
      return value;
    };
    return recorded(guard, write, async () => {
      const made = await proven(guard, scope, { id, was, isMade, words: assigneesOf }, send)();
      return { ...made, outcome: { assignees: made.value?.assignees, ...made.outcome } };
    });
  };

/** `undoes`: the id of the recorded write that this source's next write undoes. */
export function guardedSource(source: TaskSource, deps: WriteDeps, undoes?: string): TaskSource {
  const { name, update, create, comment, assign, takeBack } = source;
  const guard: Guard = { ...deps, source, undoes };
  const plain = <T>(write: Write, work: () => Promise<T>): Promise<T> =>
    recorded(deps, write, answered(name, work));
  const commented: TaskSource["comment"] =
    comment &&
    ((scope, id, text, signal) =>
      plain({ action: "comment", task: id, title: "", sent: { text } }, () =>
        comment(scope, id, text, signal),
      ));
  return {
    ...source,
    ...(update && { update: guardedUpdate(guard, update, commented) }),
    ...(create && {
      create: (scope, task, signal) =>
        plain({ action: "create", task: null, title: task.title, sent: { ...task } }, () =>
          create(scope, task, signal),
        ),
    }),
    ...(commented && { comment: commented }),
    ...(assign && { assign: guardedAssign(guard, assign) }),
    ...(takeBack && {
      takeBack: (scope, id, edit, signal) => {
        const sent = { text: edit.before };
        const write: Write = { action: "undo", task: id, title: "", sent };
        return plain({ ...write, ...(undoes && { undoes }) }, () =>
          takeBack(scope, id, edit, signal),
        );
      },
    }),
  };
}
