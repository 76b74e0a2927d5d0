// OpenSpec: `openspec/changes/NAME/tasks.md`. A change that is finished moves to `archive/`.

import type { Task } from "../../core/task/task.ts";
import {
  featuresIn,
  fileTask,
  watchedFeatures,
  withoutBoxes,
  wordIds,
  type Feature,
  type FileContext,
  type FileKind,
} from "./kind.ts";
import { plainText } from "./markdown.ts";
import type { Tree } from "./tree.ts";

const folder = "openspec/changes";
/** As in the tool: any mark makes a task, even in a code fence, and only `x` completes it. */
const line = /^\s*(?:[-*+]|\d{1,9}[.)])\s*\[\s*([^\]\s]?)\s*\](?![([])\s*(.*)$/u;
const number = /^(\d+(?:\.\d+)*)\.?\s+/;
const heading = /^#{1,6}\s+(?:\d+\.?\s+)?(.*)$/;

function tasksIn(text: string, { name, place }: Feature, context: FileContext): Task[] {
  const idOf = wordIds(`${name}/`);
  let group = "";
  return text.split(/\r?\n/).flatMap((one, at) => {
    group = heading.exec(one)?.[1] ?? group;
    const [, mark, words = ""] = line.exec(one) ?? [];
    if (mark === undefined) return [];
    const [start = "", key] = number.exec(words) ?? [];
    const title = plainText(words.slice(start.length));
    const raw = {
      id: key === undefined ? idOf(title) : `${name}/${key}`,
      title: title === "" ? "(no text)" : title,
      status: /x/i.test(mark) ? "completed" : "pending",
      parent: name,
      category: group,
    };
    return fileTask(raw, context, `${place}:${at + 1}`) ?? [];
  });
}

const changesIn = (tree: Tree): Feature[] =>
  featuresIn(tree, folder).filter(({ name }) => name !== "archive");

export const openSpec: FileKind = {
  name: "openspec",
  title: "OpenSpec",
  find: (tree) => (changesIn(tree).length > 0 ? [folder] : []),
  watched: (tree) => watchedFeatures(tree, folder),
  read: (tree, _place, context) => {
    const lists = changesIn(tree).map((change) => {
      return { ...change, tasks: tasksIn(tree.text(change.place) ?? "", change, context) };
    });
    return {
      tasks: lists.flatMap(({ tasks }) => tasks),
      unread: lists.flatMap(({ place, tasks }) => withoutBoxes(tree, place, tasks.length)),
    };
  },
};
