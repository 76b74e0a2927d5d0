// The writes of a mapping. A write that needs the server's id of a state or a person reads it first.

import { SitrepError } from "../../core/errors.ts";
import type { Mapping, WriteCall } from "../../core/mapping/mapping.ts";
import type { TemplateValues } from "../../core/mapping/templates.ts";
import type { ProjectScope, TaskSource } from "../../core/ports.ts";
import { SourceError, withMessage } from "../../core/source-error.ts";
import { quoted, quotedName } from "../../core/quote.ts";
import { taskStatuses, type NewTask, type Task } from "../../core/task/task.ts";
import { itemsOf, runCall, type CallContext } from "../mapping/run-call.ts";

/** `wanted` is in the expressions as `$with.wanted`. */
type ContextFor = (
  kind: "read" | "write",
  scope: ProjectScope,
  values: TemplateValues,
  signal: AbortSignal,
  wanted?: string,
) => CallContext;

export interface WriteDeps {
  name: string;
  mapping: Mapping;
  contextFor: ContextFor;
  /** Null for a response that cannot be read: the write has succeeded all the same. */
  readWritten: (call: WriteCall, raw: unknown) => Task | null;
}

const newTaskValues = (task: NewTask, words: Mapping["statusWords"]): TemplateValues => ({
  title: task.title,
  description: task.description ?? task.title,
  status: words?.[task.status] ?? task.status,
  priority: task.priority === "none" ? undefined : task.priority,
  due: task.due,
});

const notSent = (message: string): SitrepError =>
  new SitrepError("not-supported", message, {
    hint: "Nothing was sent. Change it on the task's own web page.",
  });

interface Values {
  scope: ProjectScope;
  signal: AbortSignal;
  values: TemplateValues;
  wanted?: string;
  /** The message for a number of matches other than one. */
  lack?: (count: number) => string;
}

/** Throws `not-supported` before anything is sent if the first call does not find exactly one item. */
async function write(
  { contextFor, readWritten }: WriteDeps,
  call: WriteCall,
  { scope, signal, values, wanted, lack = () => "" }: Values,
): Promise<Task | null> {
  const { each, ...first } = call;
  const contextOf = (more: TemplateValues = {}) =>
    contextFor("write", scope, { ...values, ...more }, signal, wanted);
  if (each === undefined) {
    return readWritten(call, (await runCall(contextOf(), call)).raw[0]);
  }
  // Also sent as a write, because a kept response was mapped for another wanted value.
  const items = await itemsOf(contextOf(), first).catch((error: unknown) => {
    throw error instanceof SourceError
      ? withMessage(error, error.message, { isUnsent: true, hint: error.hint })
      : error;
  });
  const [item] = items;
  if (item === undefined || items.length > 1) throw notSent(lack(items.length));
  return readWritten(each, (await runCall(contextOf(item), each)).raw[0]);
}

const takesNotes = ({ update }: Mapping): boolean =>
  JSON.stringify([update?.arguments, update?.each?.arguments]).includes("${notes");

type Writes = Pick<TaskSource, "writes" | "create" | "update" | "comment" | "assign">;

export function mappedWrites(deps: WriteDeps): Writes {
  const { name, mapping } = deps;
  const { create, update, comment, assign, statusWords, statusReasons, states } = mapping;
  return {
    ...(create && {
      create: (scope, task, signal) =>
        write(deps, create, { scope, signal, values: newTaskValues(task, statusWords) }),
    }),
    ...((update ?? assign) && {
      writes: {
        statuses: states ?? taskStatuses,
        notes: takesNotes(mapping),
        hasOneAssignee: mapping.hasOneAssignee === true,
      },
    }),
    ...(update && {
      update: async (scope, id, { status, notes }, signal) => {
        if (states?.includes(status) === false) {
          throw notSent(`${name} has no state for "${status}".`);
        }
        const own = { status: statusWords?.[status] ?? status, reason: statusReasons?.[status] };
        const lack = () => `${name} has no step that makes ${quotedName(id)} ${status} now.`;
        const values = { id, notes, ...own };
        return write(deps, update, { scope, signal, values, wanted: status, lack });
      },
    }),
    ...(comment && {
      comment: async (scope, id, text, signal) =>
        void (await write(deps, comment, { scope, signal, values: { id, text } })),
    }),
    ...(assign && {
      assign: (scope, id, { names }, signal) => {
        const [person = ""] = names;
        const lack = (count: number): string =>
          `${name} has ${count === 0 ? "nobody" : "several people"} called ${quoted(person, 80)}.`;
        const values = { id, names, name: person };
        return write(deps, assign, { scope, signal, values, wanted: person, lack });
      },
    }),
  };
}
