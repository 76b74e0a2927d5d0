// BMAD: the stories of `sprint-status.yaml`, in their order. Epics are done with their stories, and retrospectives are ignored.

import { readObject, readString } from "../../core/read.ts";
import type { Task } from "../../core/task/task.ts";
import { fileTask, type FileKind } from "./kind.ts";
import { titleIn } from "./markdown.ts";
import { invalidFile, type Tree } from "./tree.ts";
import { parseYaml } from "./yaml.ts";

const places = [
  "_bmad-output/implementation-artifacts/sprint-status.yaml",
  "_bmad-output/sprint-status.yaml",
  "docs/implementation-artifacts/sprint-status.yaml",
  "docs/sprint-status.yaml",
] as const;
const story = /^(\d+)-(\d+[a-z]?)-(.+)$/;
const notStory = /^epic-\d+(?:-retrospective)?$/;
/** BMAD's current and older words that differ from ours. */
const ourWords = new Map(
  Object.entries({
    backlog: "pending",
    drafted: "pending",
    "ready-for-dev": "pending",
    contexted: "in progress",
  }),
);

/** `# Story 1.2: Account management` of the story's own file, else what its key says. */
function titleOf(tree: Tree, folder: string, key: string, slug: string): string {
  const heading = tree.parsed(`${folder}/${key}.md`, (text) => titleIn(text) ?? null);
  const own = /^Story\s+[\d.]+\w*:\s*(.+)$/.exec(heading ?? "")?.[1];
  const words = slug.replaceAll("-", " ");
  return own ?? `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

export const bmad: FileKind = {
  name: "bmad",
  title: "BMAD sprint status",
  find: (tree) => places.filter((place) => tree.has(place)).slice(0, 1),
  watched: (_tree, place) => [place],
  read: (tree, place, context) => {
    const text = tree.text(place) ?? "";
    const statuses = readObject(readObject(parseYaml(text))?.["development_status"]);
    if (statuses === null) throw invalidFile(place, 'has no "development_status" map');
    const folder = place.slice(0, place.lastIndexOf("/"));
    const lines = text.split(/\r?\n/);
    const tasks: Task[] = [];
    const unread: string[] = [];
    for (const [key, value] of Object.entries(statuses)) {
      if (notStory.test(key)) continue;
      const [, epic, number, slug = ""] = story.exec(key) ?? [];
      const at = `${place}:${lines.findIndex((one) => one.trim().startsWith(`${key}:`)) + 1}`;
      const status = readString(value) ?? "";
      const raw = {
        id: key,
        title: titleOf(tree, folder, key, slug),
        status: ourWords.get(status) ?? status.replaceAll("-", " "),
        labels: status === "ready-for-dev" ? ["ready for dev"] : [],
        parent: `epic-${epic}`,
        category: `Story ${epic}.${number}`,
      };
      const task = slug === "" ? null : fileTask(raw, context, at);
      if (task === null) unread.push(`${at} is not a story such as 1-2-account-management`);
      else tasks.push(task);
    }
    return { tasks, unread };
  },
};
