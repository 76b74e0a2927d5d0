// Kiro and cc-sdd: `.kiro/specs/FEATURE/tasks.md`. A task with subtasks is done with them, so the subtasks are listed.

import { parseObject, readString } from "../../core/read.ts";
import type { Task } from "../../core/task/task.ts";
import {
  featuresIn,
  fileTask,
  onParts,
  watchedFeatures,
  withoutBoxes,
  wordIds,
  type FileContext,
  type FileKind,
} from "./kind.ts";
import { itemsIn, statusOfMark } from "./markdown.ts";
import type { Tree } from "./tree.ts";

const folder = ".kiro/specs";
const number = /^(\d+(?:\.\d+)*)\.?\s+/;

function tasksIn(tree: Tree, feature: string, place: string, context: FileContext): Task[] {
  const idOf = wordIds(`${feature}/`);
  const items = itemsIn(tree, place);
  const below = Map.groupBy(items, ({ parent }) => parent);
  const tasks = items.flatMap((item, at) => {
    const parts = below.get(at) ?? [];
    const isOver = /x/i.test(item.mark ?? "");
    const isWhole = !parts.some(({ mark }) => mark !== null) || isOver;
    if (item.mark === null || item.text === "" || !isWhole) return [];
    const [start = "", key] = number.exec(item.text) ?? [];
    const named = parts
      .filter(({ mark }) => mark === null)
      .map(({ text }) => /^Depends:\s*(.*)$/i.exec(text)?.[1] ?? "")
      .join(" ");
    const raw = {
      id: key === undefined ? idOf(item.text) : `${feature}/${key}`,
      title: item.text.slice(start.length).replace(/^\(P\)\s*|\s*\(P\)$/, ""),
      status: statusOfMark(item.mark),
      // Sets no priority, because a low one would rank above none.
      ...(item.isOptional && { labels: ["optional"] }),
      dependsOn: (named.match(/\d+(?:\.\d+)*/g) ?? []).map((one) => `${feature}/${one}`),
      parent: feature,
    };
    return fileTask(raw, context, `${place}:${item.line}`) ?? [];
  });
  return onParts(tasks, (whole) =>
    tasks.map(({ id }) => id).filter((id) => id.startsWith(`${whole}.`)),
  );
}

/** True for an implemented feature, which cc-sdd records in a file beside it. */
const isOver = (tree: Tree, feature: string): boolean =>
  /complete|implemented/i.test(
    readString(parseObject(tree.text(`${folder}/${feature}/spec.json`))?.["phase"]) ?? "",
  );

export const kiro: FileKind = {
  name: "kiro",
  title: "Kiro specs",
  find: (tree) => (featuresIn(tree, folder).length > 0 ? [folder] : []),
  watched: (tree) => watchedFeatures(tree, folder),
  read: (tree, _place, context) => {
    const lists = featuresIn(tree, folder)
      .filter(({ name }) => !isOver(tree, name))
      .map(({ name, place }) => ({ place, tasks: tasksIn(tree, name, place, context) }));
    return {
      tasks: lists.flatMap(({ tasks }) => tasks),
      unread: lists.flatMap(({ place, tasks }) => withoutBoxes(tree, place, tasks.length)),
    };
  },
};
