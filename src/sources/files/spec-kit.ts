// spec-kit: `specs/NNN-name/tasks.md` beside `.specify/`. Only the current feature is a list of tasks. Open tasks of other
// features, and the current one's checklists, are only counted.

import { parseObject, readString } from "../../core/read.ts";
import type { UnlistedItems } from "../../core/ports.ts";
import { isOpenTask, type Task } from "../../core/task/task.ts";
import {
  featuresIn,
  fileTask,
  watchedFeatures,
  withoutBoxes,
  type Feature,
  type FileContext,
  type FileKind,
  type FileList,
} from "./kind.ts";
import { itemsIn, statusOfMark, type MarkdownItem } from "./markdown.ts";
import type { Tree } from "./tree.ts";

const folder = "specs";
const id = /^(T\d{3,})\s+/;
const tag = /^\[([^\]]*)\]\s*/;

/** Ids have a prefix, because every feature counts from T001. */
function readItem(item: MarkdownItem, key: string, feature: Feature, context: FileContext) {
  const labels: string[] = [];
  let title = item.text.slice(key.length).trim();
  for (let found = tag.exec(title); found !== null; found = tag.exec(title)) {
    labels.push(found[1] === "P" ? "parallel" : (found[1] ?? ""));
    title = title.slice(found[0].length);
  }
  const story = item.headings.map((one) => /\(Priority: (P\d)\)/.exec(one)?.[1]);
  const named = /\(depends on ([^)]*)\)/i.exec(title)?.[1] ?? "";
  const raw = {
    id: `${feature.name}/${key}`,
    title,
    status: statusOfMark(item.mark ?? " "),
    priority: story.findLast((one) => one !== undefined),
    labels,
    dependsOn: (named.match(/T\d{3,}/g) ?? []).map((one) => `${feature.name}/${one}`),
    ...(feature.name === context.branch && { branch: feature.name }),
  };
  return fileTask(raw, context, `${feature.place}:${item.line}`);
}

function readFeature(tree: Tree, feature: Feature, context: FileContext): FileList {
  const tasks: Task[] = [];
  const unread: string[] = [];
  for (const item of itemsIn(tree, feature.place)) {
    if (item.mark === null) continue;
    const key = id.exec(item.text)?.[1];
    const task = key === undefined ? null : readItem(item, key, feature, context);
    if (task === null) unread.push(`${feature.place}:${item.line} has no id such as T012`);
    else tasks.push(task);
  }
  const boxes = tasks.length + unread.length;
  return { tasks, unread: [...unread, ...withoutBoxes(tree, feature.place, boxes)] };
}

/** Finds the current feature as spec-kit does: since 1.0 by its file, earlier by the branch. */
function currentFeature(tree: Tree, branch: string | null): string | null {
  const noted = readString(parseObject(tree.text(".specify/feature.json"))?.["feature_directory"]);
  return noted?.split("/").findLast((part) => part !== "") ?? branch;
}

function checklistsOf(tree: Tree, place: string): UnlistedItems[] {
  const lists = `${place.slice(0, place.lastIndexOf("/"))}/checklists`;
  return tree
    .names(lists)
    .filter((name) => name.endsWith(".md"))
    .map((name) => `${lists}/${name}`)
    .map((list): UnlistedItems => {
      const open = itemsIn(tree, list).filter(({ mark }) => mark === " ");
      return { count: open.length, place: list, changedAt: tree.changedAt(list) };
    });
}

const openOf = ({ tasks }: FileList): number => tasks.filter(isOpenTask).length;

export const specKit: FileKind = {
  name: "spec-kit",
  title: "spec-kit",
  find: (tree) => (tree.has(".specify") && featuresIn(tree, folder).length > 0 ? [folder] : []),
  watched: (tree) => [".specify", ...watchedFeatures(tree, folder)],
  read: (tree, _place, context) => {
    const current = currentFeature(tree, context.branch);
    const features = featuresIn(tree, folder).map((one) => {
      return { ...one, ...readFeature(tree, one, context) };
    });
    const open = features.filter((one) => openOf(one) > 0);
    const only = open.length === 1 ? open[0] : undefined;
    const chosen = features.find(({ name }) => name === current) ?? only;
    const others = open
      .filter((one) => one !== chosen)
      .map((one): UnlistedItems => {
        return { count: openOf(one), place: one.place, changedAt: tree.changedAt(one.place) };
      });
    const checklists = chosen === undefined ? [] : checklistsOf(tree, chosen.place);
    return {
      tasks:
        chosen?.tasks ?? features.flatMap(({ tasks }) => tasks).filter((one) => !isOpenTask(one)),
      aside: [...others, ...checklists].filter(({ count }) => count > 0),
      unread: chosen?.unread ?? features.flatMap(({ unread = [] }) => unread),
    };
  },
};
