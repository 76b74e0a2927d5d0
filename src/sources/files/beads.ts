// beads: the issues that `bd` and `br` export as one JSON object a line. The export may be older than the database, so its
// newest entry gives its date.

import {
  parseObject,
  readItems,
  readObject,
  readString,
  type JsonObject,
} from "../../core/read.ts";
import type { Task } from "../../core/task/task.ts";
import { fileTask, maxOpen, type FileContext, type FileKind } from "./kind.ts";
import { invalidFile, type Tree } from "./tree.ts";

const folder = ".beads";
const defaultExport = "issues.jsonl";
/** The limit for an export and for the output of `bd`. */
export const maxBytes: number = 10 * 1024 * 1024;
/** Types of the tool's internal messages and patterns. */
const notWork = new Set("message molecule gate event agent role rig merge-request".split(" "));
/** Kinds of dependency that block an issue until the other is closed. */
const blocking = new Set(["blocks", "conditional-blocks", "waits-for"]);

export const isWork = (one: JsonObject): boolean =>
  (one["_type"] ?? "issue") === "issue" &&
  one["_schema"] === undefined &&
  !notWork.has(readString(one["issue_type"]) ?? "") &&
  one["status"] !== "tombstone" &&
  one["status"] !== "pinned" &&
  one["ephemeral"] !== true &&
  one["is_template"] !== true;

export function readIssue(one: JsonObject, place: string, context: FileContext): Task | null {
  const { id, title, status } = one;
  // Most issues of a long export are closed, and news needs no other fields of those.
  if (status === "closed") return fileTask({ id, title, status }, context, place);
  const links = readItems(one["dependencies"], readObject);
  const linked = (isKind: (type: string) => boolean): string[] =>
    links
      .filter((link) => isKind((readString(link["type"]) ?? "").replaceAll("_", "-")))
      .flatMap((link) => readString(link["depends_on_id"]) ?? []);
  const raw = {
    ...one,
    status: (readString(status) ?? "open").replaceAll("_", " "),
    due: one["due_at"],
    parent: one["parent"] ?? linked((type) => type === "parent-child")[0],
    dependsOn: linked((type) => blocking.has(type)),
    category: one["issue_type"],
  };
  return fileTask(raw, context, place, "zero-highest");
}

function exportIn(tree: Tree, place: string): string {
  const metadata = parseObject(tree.text(`${place}/metadata.json`));
  const name = readString(metadata?.["jsonl_export"]) ?? defaultExport;
  return `${place}/${/^[\w.-]+$/.test(name) ? name : defaultExport}`;
}

export const beads: FileKind = {
  name: "beads",
  title: "beads",
  find: (tree) => (tree.has(folder) ? [folder] : []),
  watched: (tree, place) => [place, exportIn(tree, place)],
  read: (tree, place, context) => {
    const file = exportIn(tree, place);
    // Not cached after parsing, because an export may have 10 MiB and is read only when it changes.
    const text = tree.text(file, maxBytes);
    if (text === null) {
      throw invalidFile(place, `has no ${defaultExport}; to write it: bd export -o ${file}`);
    }
    const tasks: Task[] = [];
    const unread: string[] = [];
    let [writtenAt, open] = [0, 0];
    for (const [at, entry] of text.split("\n").entries()) {
      if (entry.trim() === "") continue;
      const one = parseObject(entry);
      if (one !== null && !isWork(one)) continue;
      writtenAt = Math.max(writtenAt, Date.parse(readString(one?.["updated_at"]) ?? "") || 0);
      const line = `${file}:${at + 1}`;
      const isOpen = one?.["status"] !== "closed";
      if (isOpen && open > maxOpen) continue;
      if (isOpen) open += 1;
      const task = one === null ? null : readIssue(one, line, context);
      if (task === null) unread.push(`${line} ${one === null ? "is not JSON" : "has no id"}`);
      else tasks.push(task);
    }
    return { tasks, unread, ...(writtenAt > 0 && { writtenAt }) };
  },
};
