// Backlog.md: one Markdown file a task, with its fields in YAML front matter.

import {
  readItems,
  readObject,
  readString,
  readStrings,
  type JsonObject,
} from "../../core/read.ts";
import type { Task } from "../../core/task/task.ts";
import { fileTask, type FileContext, type FileKind } from "./kind.ts";
import type { Tree } from "./tree.ts";
import { parseYaml } from "./yaml.ts";

const folders = ["backlog", ".backlog"] as const;
const rootConfig = "backlog.config.yml";
const defaultStatuses = ["To Do", "In Progress", "Done"];

/** The tool accepts `assignee: @name`, which is not valid YAML. */
const quoteNames = (text: string): string =>
  text.replaceAll(/^(\s*(?:[\w-]+:|-)\s+)(@[^\s"',[\]]+)\s*$/gm, '$1"$2"');

/** A project's statuses in their order. Tasks with the last one are done. */
export function statusesIn(tree: Tree, folder: string): readonly string[] {
  const files = [`${folder}/config.yml`, `${folder}/config.yaml`, rootConfig];
  const text = files.map((file) => tree.text(file)).find((one) => one !== null) ?? "";
  const statuses = readStrings(readObject(parseYaml(text))?.["statuses"]);
  return statuses.length === 0 ? defaultStatuses : statuses;
}

/** The first paragraph of its description. */
function descriptionIn(body: string): string {
  const section = /^## Description\s*$([\s\S]*?)(?=^## |(?![\s\S]))/m.exec(body)?.[1] ?? "";
  const text = section.replaceAll(/<!--[\s\S]*?-->/g, "").trim();
  return text.split(/\n\s*\n/, 1)[0] ?? "";
}

const people = (value: unknown): string[] =>
  (typeof value === "string" ? [value] : readStrings(value)).map((one) => one.replace(/^@/, ""));

/** The fields of a task's file, and its description. */
function readFields(text: string): JsonObject | null {
  const [, front, body = ""] = /^---\r?\n([\s\S]*?)\r?\n---\r?\n?([\s\S]*)$/.exec(text) ?? [];
  const from = front === undefined ? null : readObject(parseYaml(quoteNames(front)));
  return from === null ? null : { ...from, description: descriptionIn(body) };
}

function readTask(
  from: JsonObject | null,
  place: string,
  done: string,
  context: FileContext,
): Task | null {
  if (from === null) return null;
  const status = readString(from["status"]) ?? "";
  const raw = {
    id: from["id"],
    title: from["title"],
    status: status.toLowerCase() === done.toLowerCase() ? "completed" : status,
    priority: from["priority"],
    assignees: people(from["assignee"]),
    labels: from["labels"],
    dependsOn: readItems(from["dependencies"], (one) => readString(one) ?? null),
    due: from["due_date"],
    createdAt: from["created_date"],
    updatedAt: from["updated_date"],
    parent: from["parent_task_id"],
    description: from["description"],
  };
  return fileTask(raw, context, place);
}

/** The task of a file in `completed/`, by the file's name only, because there may be hundreds. */
function finishedTask(file: string, context: FileContext): Task | null {
  const [, id = "", title = ""] = /([^/]+?) - (.*)\.md$/.exec(file) ?? [];
  const raw = { id: id.toUpperCase(), title: title.replaceAll("-", " "), status: "completed" };
  return fileTask(raw, context, file);
}

const numberOf = (id: string): string => /[\d.]+$/.exec(id)?.[0] ?? id;

/** The tool treats `task-208` as `BACK-208`, because the prefix may have changed. */
function withKnownIds(tasks: readonly Task[]): Task[] {
  const byNumber = new Map(tasks.map(({ id }) => [numberOf(id), id]));
  return tasks.map((task) => ({
    ...task,
    dependsOn: task.dependsOn.map((id) => byNumber.get(numberOf(id)) ?? id),
  }));
}

const taskFiles = (tree: Tree, folder: string): string[] =>
  tree
    .names(folder)
    .filter((name) => name.endsWith(".md"))
    .map((name) => `${folder}/${name}`);

export const backlogMd: FileKind = {
  name: "backlog.md",
  title: "Backlog.md",
  find: (tree) => {
    const own = readObject(parseYaml(tree.text(rootConfig) ?? ""));
    const named = readString(own?.["backlog_directory"]) ?? "";
    const all =
      /^[\w.-][\w./-]*$/.test(named) && !named.includes("..") ? [named, ...folders] : folders;
    return all.filter((folder) => tree.names(`${folder}/tasks`).length > 0).slice(0, 1);
  },
  watched: (_tree, place) => [`${place}/tasks`, `${place}/completed`],
  read: (tree, place, context) => {
    const done = statusesIn(tree, place).at(-1) ?? "";
    const read = taskFiles(tree, `${place}/tasks`).map((file) => {
      return { file, task: readTask(tree.parsed(file, readFields), file, done, context) };
    });
    const over = taskFiles(tree, `${place}/completed`).map((file) => finishedTask(file, context));
    const tasks = [...read.map(({ task }) => task), ...over].filter((task) => task !== null);
    return {
      tasks: withKnownIds(tasks),
      unread: read.flatMap(({ file, task }) =>
        task === null ? [`${file} has no front matter with an id`] : [],
      ),
    };
  },
};
