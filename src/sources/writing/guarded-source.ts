// A source whose writes need a person's consent, are checked against what the caller saw, are never sent twice, and are on
// record. Every write of a command or a tool goes through here.

import type { StateFiles } from "../../config/folders.ts";
import type { SourceConfig } from "../../config/source-config.ts";
import { codeOf, messageOf } from "../../core/errors.ts";
import type { FileEdit, TaskSource } from "../../core/ports.ts";
import { confirmed, isDoubtful, requireAble, requireUnchanged, unknownWrite } from "./checks.ts";
import { requireConsent } from "./consent.ts";
import { beginWrite, type Write, type WriteAuthor, type WriteOutcome } from "./record.ts";

export interface GuardDeps {
  files: Pick<StateFiles, "writeConsent" | "writeRecord">;
  project: string;
  config: SourceConfig;
  author: WriteAuthor;
}

/** Runs a write with consent and on record. Throws `write-not-allowed`, and as `work`. */
export async function recorded<T>(
  { files, project, config, author }: GuardDeps,
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
    const isUnknown = codeOf(error) === "write-unknown" || isDoubtful(error);
    end({
      state: isUnknown ? "unknown" : "refused",
      code: codeOf(error),
      message: messageOf(error),
    });
    throw error;
  }
}

/** A write that cannot be read again afterwards: one without an answer is unknown. */
const answered =
  <T>(name: string, work: () => Promise<T>) =>
  async (): Promise<{ value: T }> => {
    try {
      return { value: await work() };
    } catch (error) {
      if (!isDoubtful(error)) throw error;
      const hint = "Look at it there before you repeat it.";
      throw unknownWrite(`${name} did not answer. Whether it was done is unknown.`, hint, error);
    }
  };

function guardedUpdate(
  source: TaskSource,
  deps: GuardDeps,
  update: NonNullable<TaskSource["update"]>,
  undoes?: string,
): NonNullable<TaskSource["update"]> {
  return async (scope, id, change, signal) => {
    requireAble(source, change);
    requireConsent(deps.files, deps.project, deps.config);
    await requireUnchanged(source, scope, change, signal);
    const { status, notes, seen } = change;
    const write: Write = {
      action: undoes === undefined ? "update" : "undo",
      task: id,
      title: seen?.title ?? "",
      before: seen?.status,
      sent: { status, ...(notes === undefined ? {} : { notes }) },
      ...(undoes !== undefined && { undoes }),
    };
    return recorded(deps, write, async () => {
      let edit: FileEdit | undefined;
      const onEdit = (one: FileEdit): void => void (edit = one);
      try {
        const value = await update(scope, id, { ...change, onEdit }, signal);
        return { value, outcome: { status, edit } };
      } catch (error) {
        if (!isDoubtful(error)) throw error;
        const value = await confirmed(source, scope, id, change, error);
        return { value, outcome: { status, isConfirmed: true } };
      }
    });
  };
}

/** `undoes`: the id of the recorded write that this source's next write takes back. */
export function guardedSource(source: TaskSource, deps: GuardDeps, undoes?: string): TaskSource {
  const { name, update, create, comment, assign, takeBack } = source;
  return {
    ...source,
    ...(update && { update: guardedUpdate(source, deps, update, undoes) }),
    ...(create && {
      create: (scope, task, signal) => {
        const write = {
          action: "create",
          task: null,
          title: task.title,
          sent: { ...task },
        } as const;
        return recorded(
          deps,
          write,
          answered(name, () => create(scope, task, signal)),
        );
      },
    }),
    ...(comment && {
      comment: (scope, id, text, signal) => {
        const write = { action: "comment", task: id, title: "", sent: { text } } as const;
        return recorded(
          deps,
          write,
          answered(name, () => comment(scope, id, text, signal)),
        );
      },
    }),
    ...(assign && {
      assign: (scope, id, names, signal) => {
        const write = { action: "assign", task: id, title: "", sent: { names } } as const;
        return recorded(
          deps,
          write,
          answered(name, () => assign(scope, id, names, signal)),
        );
      },
    }),
    ...(takeBack && {
      takeBack: (scope, id, edit, signal) => {
        const sent = { text: edit.before };
        const write = {
          action: "undo",
          task: id,
          title: "",
          sent,
          ...(undoes && { undoes }),
        } as const;
        return recorded(
          deps,
          write,
          answered(name, () => takeBack(scope, id, edit, signal)),
        );
      },
    }),
  };
}
