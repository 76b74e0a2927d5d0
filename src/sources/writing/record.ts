// The record of all writes to sources, in the state folder: one line before a write is sent and one after. A write without a
// second line was cut off, so its outcome is unknown.

import { appendFileSync, existsSync, mkdirSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { dirname } from "node:path";
import type { StateFiles } from "../../config/folders.ts";
import type { FileEdit } from "../../core/ports.ts";
import {
  defined,
  mapTexts,
  oneOf,
  parseObject,
  readObject,
  readString,
  readTexts,
  type JsonObject,
} from "../../core/read.ts";
import { maskTokens } from "../../core/secrets/secret-text.ts";
import { taskStatuses, type TaskStatus } from "../../core/task/task.ts";
import { readOwnEnd } from "../../state/files/read-small-file.ts";
import { rotateLog } from "../../state/files/rotating-log.ts";
import { programJson } from "../../state/output/json-output.ts";

const largest = 1024 * 1024;
const maxText = 2000;

type RecordFiles = Pick<StateFiles, "writeRecord">;

export const writeActions = ["update", "create", "comment", "assign", "undo"] as const;
export type WriteAction = (typeof writeActions)[number];

const writeWays = ["command", "tool", "automation"] as const;
/** `automation`: by the monitor, from the state of git. */
type WriteWay = (typeof writeWays)[number];

export interface WriteAuthor {
  /** The session's id; null outside a session. */
  session: string | null;
  via: WriteWay;
  /** The commit for which the automation changed the status. */
  commit?: string;
}

/** A write that is about to be sent. */
export interface Write {
  action: WriteAction;
  /** Null for an added task. */
  task: string | null;
  title: string;
  sent: Readonly<Record<string, unknown>>;
  before?: TaskStatus | undefined;
  /** Who had the task before `assign`. */
  previousAssignees?: readonly string[] | undefined;
  /** The id of the write that this one undoes. */
  undoes?: string;
}

/**
 * The outcome of a write. `unknown`: it was sent, and its response was lost. `not-applied`: the same, but the task is unchanged.
 * `planned`: a dry run sent nothing.
 */
export type WriteOutcome =
  | { state: "planned" }
  | {
      state: "done";
      status?: TaskStatus;
      assignees?: readonly string[] | undefined;
      edit?: FileEdit | undefined;
      /** True if the response was lost, and the task was read to confirm the write. */
      isConfirmed?: boolean;
      /** True if the task already had this state, so nothing was sent. */
      isAlready?: boolean;
    }
  | { state: "refused" | "unknown" | "not-applied"; code: string; message: string };

export interface RecordedWrite extends Write, WriteAuthor {
  id: string;
  at: string;
  project: string;
  source: string;
  outcome: WriteOutcome;
}

/** Throws the system's error: a write that cannot be recorded is not sent. */
function append({ writeRecord: file }: RecordFiles, line: object): void {
  if (!existsSync(file)) mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  rotateLog(file, largest, 1);
  const masked = mapTexts(line, (text) => maskTokens(text).slice(0, maxText));
  // Begins with a newline, because a full disk may have cut off the line before.
  appendFileSync(file, `\n${programJson(masked)}\n`, { mode: 0o600, flush: true });
}

/** Records a write before it is sent. Returns a function that records the outcome. */
export function beginWrite(
  files: RecordFiles,
  write: Write & WriteAuthor & Pick<RecordedWrite, "project" | "source">,
): (outcome: WriteOutcome) => void {
  const id = randomUUID();
  append(files, { id, at: new Date().toISOString(), ...write });
  return (outcome) => append(files, { outcomeOf: id, at: new Date().toISOString(), outcome });
}

/** Records a write that a dry run would have sent. */
export function notePlanned(
  files: RecordFiles,
  write: Write & WriteAuthor & Pick<RecordedWrite, "project" | "source">,
): void {
  const outcome: WriteOutcome = { state: "planned" };
  append(files, { id: randomUUID(), at: new Date().toISOString(), ...write, outcome });
}

const cutOff: WriteOutcome = {
  state: "unknown",
  code: "write-unknown",
  message: "Sitrep ended before the response came.",
};

function readWrite(from: JsonObject, outcome: WriteOutcome): RecordedWrite[] {
  const action = writeActions.find((one) => one === from["action"]);
  const [id, at] = [readString(from["id"]), readString(from["at"])];
  if (action === undefined || id === undefined || at === undefined) return [];
  const before = taskStatuses.find((one) => one === from["before"]);
  const [undoes, commit] = [readString(from["undoes"]), readString(from["commit"])];
  const previousAssignees = readTexts(from["previousAssignees"]);
  return [
    {
      id,
      at,
      action,
      project: readString(from["project"]) ?? "",
      source: readString(from["source"]) ?? "",
      task: readString(from["task"]) ?? null,
      title: readString(from["title"]) ?? "",
      sent: readObject(from["sent"]) ?? {},
      session: readString(from["session"]) ?? null,
      via: oneOf(writeWays)(from["via"]) ?? "command",
      ...(before !== undefined && { before }),
      ...defined({ undoes, commit, previousAssignees }),
      outcome,
    },
  ];
}

/** The writes of a project, oldest first; those of all projects for null. */
export function readWrites({ writeRecord }: RecordFiles, project: string | null): RecordedWrite[] {
  const texts = [`${writeRecord}.1`, writeRecord].map((one) => readOwnEnd(one, 2 * largest) ?? "");
  const lines = texts
    .flatMap((text) => text.split("\n"))
    .map((one) => parseObject(one))
    .filter((one) => one !== null);
  const outcomes = new Map(
    lines.flatMap((one) => {
      const id = readString(one["outcomeOf"]);
      // Our own code wrote this value.
      return id === undefined ? [] : [[id, one["outcome"] as WriteOutcome] as const];
    }),
  );
  const outcomeOf = (one: JsonObject): WriteOutcome =>
    outcomes.get(readString(one["id"]) ?? "") ?? (one["outcome"] as WriteOutcome) ?? cutOff;
  return lines
    .flatMap((one) => readWrite(one, outcomeOf(one)))
    .filter((one) => project === null || one.project === project);
}

/** True if the write can be undone. A lost response does not matter, because the task shows the outcome. */
const isUndoable = ({
  action,
  before,
  previousAssignees,
  outcome: { state },
}: RecordedWrite): boolean =>
  ((action === "update" && before !== undefined) ||
    (action === "assign" && previousAssignees !== undefined)) &&
  (state === "done" || state === "unknown");

/** The last write of a project that can be undone; `session`: only by this author. */
export function lastUndoable(
  files: RecordFiles,
  project: string,
  session?: string | null,
): RecordedWrite | null {
  const all = readWrites(files, project);
  const undone = new Set(
    all.flatMap(({ undoes, outcome }) => (outcome.state === "done" && undoes ? [undoes] : [])),
  );
  const found = all.findLast(
    (one) =>
      isUndoable(one) && !undone.has(one.id) && (session === undefined || one.session === session),
  );
  return found ?? null;
}
