// Taskmaster: `.taskmaster/tasks/tasks.json`, with tags since 0.16. The current tag has the tasks. Open tasks under other tags
// are only counted.

import {
  parseObject,
  readItems,
  readObject,
  readString,
  type JsonObject,
} from "../../core/read.ts";
import { isOpenTask, type Task } from "../../core/task/task.ts";
import { fileTask, type FileContext, type FileKind, type FileList } from "./kind.ts";
import { invalidFile, type Tree } from "./tree.ts";

const places = [".taskmaster/tasks/tasks.json", "tasks/tasks.json"] as const;
const mainTag = "master";
/** The file includes details and prompts: in the tool's own repository it has 1.6 MB. */
const maxBytes = 8 * 1024 * 1024;

/** The lists by tag. A file without tags has only the main one. */
function tagsOf(value: JsonObject): Map<string, JsonObject> {
  if (Array.isArray(value["tasks"])) return new Map([[mainTag, value]]);
  return new Map(
    Object.entries(value).flatMap(([name, one]) => {
      const tag = readObject(one);
      return Array.isArray(tag?.["tasks"]) ? [[name, tag] as const] : [];
    }),
  );
}

function currentTag(tree: Tree, tags: ReadonlyMap<string, unknown>): string | undefined {
  const state = parseObject(tree.text(".taskmaster/state.json"));
  const config = parseObject(tree.text(".taskmaster/config.json"));
  const wanted = [
    readString(state?.["currentTag"]),
    readString(readObject(config?.["global"])?.["defaultTag"]),
    mainTag,
  ];
  return wanted.find((tag) => tag !== undefined && tags.has(tag)) ?? [...tags.keys()][0];
}

const idOf = (value: unknown): string =>
  typeof value === "number" ? String(value) : (readString(value) ?? "");

/** The ids that a task depends on. A subtask names its siblings by their numbers alone. */
const idsOf = (value: unknown, prefix: string, parent = ""): string[] =>
  readItems(value, (one) => idOf(one) || null).map((one) =>
    one.includes(".") ? `${prefix}${one}` : `${prefix}${parent}${one}`,
  );

/** `deferred` and `review` are shown unchanged. */
const plain = (status: unknown): string => (readString(status) ?? "pending").replaceAll("-", " ");

/** The tasks of a tag. Each tag counts from 1. */
function readTag(
  [name, tag]: readonly [string, JsonObject],
  context: FileContext,
  place: string,
): Required<Pick<FileList, "tasks" | "unread">> {
  const prefix = name === mainTag ? "" : `${name}/`;
  const tasks: Task[] = [];
  const unread: string[] = [];
  for (const [at, item] of (tag["tasks"] as unknown[]).entries()) {
    const one = readObject(item);
    const number = idOf(one?.["id"]);
    const id = `${prefix}${number}`;
    const status = plain(one?.["status"]);
    const dependsOn = idsOf(one?.["dependencies"], prefix);
    const task = number === "" ? null : fileTask({ ...one, id, status, dependsOn }, context, place);
    if (task === null) {
      unread.push(`task ${at + 1} in tag "${name}" has no id`);
      continue;
    }
    tasks.push(task);
    // Once a task is in progress, its subtasks are the work.
    const parts = task.status === "in_progress" ? readItems(one?.["subtasks"], readObject) : [];
    for (const part of parts) {
      const raw = {
        ...part,
        id: `${id}.${idOf(part["id"])}`,
        status: plain(part["status"]),
        priority: one?.["priority"],
        dependsOn: idsOf(part["dependencies"], prefix, `${number}.`),
        parent: id,
      };
      const read = fileTask(raw, context, place);
      if (read !== null) tasks.push(read);
    }
  }
  return { tasks, unread };
}

export const taskmaster: FileKind = {
  name: "taskmaster",
  title: "Taskmaster",
  find: (tree) => places.filter((place) => tree.has(place)).slice(0, 1),
  watched: (_tree, place) => [place, ".taskmaster/state.json"],
  read: (tree, place, context) => {
    const value = parseObject(tree.text(place, maxBytes));
    if (value === null) throw invalidFile(place, "is not a JSON object");
    const tags = tagsOf(value);
    const current = currentTag(tree, tags);
    const own = [...tags].find(([name]) => name === current);
    if (own === undefined) throw invalidFile(place, 'has no "tasks" list');
    const aside = [...tags]
      .filter((tag) => tag[0] !== current)
      .map((tag) => ({
        count: readTag(tag, context, place).tasks.filter(isOpenTask).length,
        place: `${place} (tag ${tag[0]})`,
        changedAt: tree.changedAt(place),
      }));
    return { ...readTag(own, context, place), aside: aside.filter(({ count }) => count > 0) };
  },
};
