// Claude Code's own task list, one JSON file for each task. Its format is not documented (seen with 2.1.329):
// a file of another shape counts as absent.

import type { Handoff } from "./handoff.ts";
import { cleanText } from "../quote.ts";
import { oneOf, orElse, parseJson, readObject, readString, shape, type Read } from "../read.ts";
import { maskKnownSecrets } from "../secrets/known-secrets.ts";

const readFields = shape(
  {
    subject: readString,
    status: oneOf(["pending", "in_progress", "completed"]),
    description: orElse(readString, ""),
  },
  { metadata: (value: unknown) => readObject(value) ?? undefined },
);

/** Its texts are neither masked nor cleaned. */
export interface ClaudeCodeTask extends Read<typeof readFields> {
  /** Its number in the list. */
  id: string;
  /** The URL of its file. */
  url: string;
}

/** Null for a completed task, and for one that Claude Code itself hides. */
export function readOpenClientTask(text: string): Read<typeof readFields> | null {
  const task = readFields(parseJson(text));
  if (task === undefined || task.subject.trim() === "" || task.status === "completed") return null;
  return task.metadata?.["_internal"] ? null : task;
}

const maxUnfinished = 8;

/** A handoff's part of the open tasks: those in progress first. */
export function pickUnfinished(
  tasks: readonly ClaudeCodeTask[],
): Pick<Handoff, "unfinished" | "unfinishedCount"> {
  if (tasks.length === 0) return {};
  const isStarted = ({ status }: ClaudeCodeTask): boolean => status === "in_progress";
  const ordered = [...tasks.filter(isStarted), ...tasks.filter((task) => !isStarted(task))];
  const unfinished = ordered.slice(0, maxUnfinished).map((task) => ({
    id: task.id,
    title: cleanText(maskKnownSecrets(task.subject.slice(0, 1000)), 100),
    isStarted: isStarted(task),
  }));
  return { unfinished, unfinishedCount: tasks.length };
}
