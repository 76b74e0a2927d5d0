// Changes of tasks in files: the one spot, every other byte kept, and refusals that leave the file alone.

import {
  chmodSync,
  existsSync,
  readFileSync,
  readdirSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import type { FileEdit, SeenTask, TaskSource } from "../../../src/core/ports.ts";
import type { TaskStatus } from "../../../src/core/task/task.ts";
import { openTaskFile } from "../../../src/sources/files/open-task-file.ts";
import type { FileKind } from "../../../src/sources/files/kind.ts";
import { fileEditors, type FileEditor } from "../../../src/sources/files/status-positions.ts";
import { todoMd } from "../../../src/sources/files/todo-md.ts";
import { openTree } from "../../../src/sources/files/tree.ts";
import { createFileWriter } from "../../../src/sources/files/write-status.ts";
import { treeWith } from "../../support/task-files.ts";

const { signal } = new AbortController();
const scope = { path: "/work/shop-api", name: "shop-api" };

const open = (root: string, kind: string, path: string): TaskSource =>
  openTaskFile({ name: "files", kind, path }, root, () => null);

interface Case {
  kind: string;
  place: string;
  file: string;
  id: string;
  text: string;
  /** Each status and the file as it then is. */
  becomes: Partial<Record<TaskStatus, string>>;
}

const json = (status: string, sub: string): string =>
  `{\n  "master": { "tasks": [ {"id":1,"status": "pending","title":"A"},\n` +
  `    {"id":2, "title":"B é 🎉", "status" : "${status}", "subtasks":[{"id":1,"title":"s","status":"${sub}"}] } ] }\n}`;

const cases: Case[] = [
  {
    kind: "todo.md",
    place: "TODO.md",
    file: "TODO.md",
    id: "write-the-docs-more",
    text: "\uFEFF- [ ] Write the docs\r\n  more\r\n* [ ]  Other é\ttab \r\n\r\n```\n- [ ] Write the docs\n```",
    becomes: {
      completed:
        "\uFEFF- [x] Write the docs\r\n  more\r\n* [ ]  Other é\ttab \r\n\r\n```\n- [ ] Write the docs\n```",
      in_progress:
        "\uFEFF- [~] Write the docs\r\n  more\r\n* [ ]  Other é\ttab \r\n\r\n```\n- [ ] Write the docs\n```",
    },
  },
  {
    kind: "tasks-todo",
    place: "tasks/todo.md",
    file: "tasks/todo.md",
    id: "second-step",
    text: "# Plan\n\n1. [x] First\n2. [~] Second step #bug @ana\n",
    becomes: {
      completed: "# Plan\n\n1. [x] First\n2. [x] Second step #bug @ana\n",
      pending: "# Plan\n\n1. [x] First\n2. [ ] Second step #bug @ana\n",
    },
  },
  {
    kind: "kiro",
    place: ".kiro/specs",
    file: ".kiro/specs/auth/tasks.md",
    id: "auth/1.1",
    text: "- [ ] 1. Set up\r- [ ] 2. Other\r  - [ ]* 1.1 Optional\r",
    becomes: { in_progress: "- [ ] 1. Set up\r- [ ] 2. Other\r  - [-]* 1.1 Optional\r" },
  },
  {
    kind: "openspec",
    place: "openspec/changes",
    file: "openspec/changes/add-cache/tasks.md",
    id: "add-cache/1.1",
    text: "## 1. Cache\n- [] 1.1 Write it\n-[ ] 1.2 No",
    becomes: { completed: "## 1. Cache\n- [x] 1.1 Write it\n-[ ] 1.2 No" },
  },
  {
    kind: "spec-kit",
    place: "specs",
    file: "specs/001-login/tasks.md",
    id: "001-login/T001",
    text: "- [ ] T001 [P] Create the model\n- [x] T002 Done\n",
    becomes: { completed: "- [X] T001 [P] Create the model\n- [x] T002 Done\n" },
  },
  {
    kind: "backlog.md",
    place: "backlog",
    file: "backlog/tasks/task-1 - Ship.md",
    id: "task-1",
    text: "---\r\nid: task-1\r\ntitle: Ship\r\nstatus: 'To Do' # now\r\nassignee: @ana\r\n---\r\nstatus: x\r\n",
    becomes: {
      completed:
        "---\r\nid: task-1\r\ntitle: Ship\r\nstatus: 'Shipped: live' # now\r\nassignee: @ana\r\n---\r\nstatus: x\r\n",
      in_progress:
        "---\r\nid: task-1\r\ntitle: Ship\r\nstatus: 'In Progress' # now\r\nassignee: @ana\r\n---\r\nstatus: x\r\n",
    },
  },
  {
    kind: "taskmaster",
    place: ".taskmaster/tasks/tasks.json",
    file: ".taskmaster/tasks/tasks.json",
    id: "2",
    text: json("in-progress", "pending"),
    becomes: { completed: json("done", "pending"), cancelled: json("cancelled", "pending") },
  },
  {
    kind: "taskmaster",
    place: ".taskmaster/tasks/tasks.json",
    file: ".taskmaster/tasks/tasks.json",
    id: "2.1",
    text: json("in-progress", "pending"),
    becomes: { completed: json("in-progress", "done") },
  },
  {
    kind: "bmad",
    place: "docs/sprint-status.yaml",
    file: "docs/sprint-status.yaml",
    id: "1-1-sign-in",
    text: "development_status:\n  epic-1: in-progress\n  1-1-sign-in:   ready-for-dev   # soon\n",
    becomes: {
      completed: "development_status:\n  epic-1: in-progress\n  1-1-sign-in:   done   # soon\n",
      in_progress:
        "development_status:\n  epic-1: in-progress\n  1-1-sign-in:   in-progress   # soon\n",
    },
  },
];

const beside = {
  ".specify/feature.json": '{"feature_directory":"specs/001-login"}',
  "backlog/config.yml": 'statuses: ["To Do", "In Progress", "Shipped: live"]\n',
};

const all = cases.flatMap((one) =>
  Object.entries(one.becomes).map(
    ([status, after]) => [one.kind, one.id, status as TaskStatus, one, after] as const,
  ),
);

describe("a task in a file", () => {
  test.each(all)(
    "%s: %s becomes %s, and no other byte changes",
    async (...[, id, status, one, after]) => {
      const root = treeWith({ ...beside, [one.file]: one.text });
      const file = join(root, one.file);
      chmodSync(file, 0o640);
      const source = open(root, one.kind, one.place);
      const seen = (await source.get?.(scope, id, signal)) as SeenTask;
      let edit: FileEdit | undefined;
      const change = { status, seen, onEdit: (made: FileEdit) => void (edit = made) };
      expect(await source.update?.(scope, id, change, signal)).toMatchObject({ id, status });
      expect(readFileSync(file, "utf8")).toBe(after);
      expect(statSync(file).mode & 0o777).toBe(0o640);
      expect((await source.get?.(scope, id, signal))?.status).toBe(status);
      await source.takeBack?.(scope, id, edit as FileEdit, signal);
      expect(readFileSync(file, "utf8")).toBe(one.text);
      expect(readdirSync(dirname(file)).filter((name) => name.endsWith(".draft"))).toEqual([]);
    },
  );

  test("a kind whose status belongs to its own tool or to other files cannot be written", () => {
    for (const [kind, path] of [
      ["beads", ".beads"],
      ["gsd", ".planning"],
    ] as const) {
      expect(open(treeWith({}), kind, path).update).toBeUndefined();
    }
  });
});

/** The refusal of a change, after which the file is as it was. */
async function refusal(
  root: string,
  seen: Partial<SeenTask> = {},
  status: TaskStatus = "completed",
): Promise<string> {
  const file = join(root, "TODO.md");
  const before = readFileSync(file);
  const known = { id: "ship-it", title: "Ship it", status: "pending", place: "TODO.md:1", ...seen };
  const change = { status, seen: known as SeenTask };
  const source = open(root, "todo.md", "TODO.md");
  const failed = await source.update?.(scope, known.id, change, signal).then(
    () => "",
    (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
  );
  expect(readFileSync(file).equals(before)).toBe(true);
  return failed ?? "";
}

describe("a change in a file is refused, and nothing is written, when", () => {
  test.each([
    ["its text is another", "- [ ] Ship it to ana\n", { id: "ship-it-to-ana" }, "task-changed"],
    ["it is gone", "- [ ] Other\n", {}, "task-changed"],
    ["its box was changed", "- [x] Ship it\n", {}, "task-changed"],
    [
      "two lines have its text and moved",
      "new\n\n- [ ] Ship it\n- [ ] Ship it\n",
      {},
      "task-ambiguous",
    ],
    ["it has no box", "- Ship it\n", {}, "not-supported"],
    [
      "a heading decides",
      "# Done\n- [x] Ship it\n",
      { status: "completed", place: "TODO.md:2" },
      "not-supported",
    ],
    ["its box is on another line", "-\n  [ ] Ship it\n", {}, "not-supported"],
  ] as const)("%s", async (_, text, seen, code) => {
    const status = "status" in seen ? "pending" : "completed";
    expect(await refusal(treeWith({ "TODO.md": text }), seen, status)).toMatch(
      new RegExp(`^${code}: `),
    );
  });

  test("the bytes of the list are not UTF-8", async () => {
    const root = treeWith({ "TODO.md": "" });
    writeFileSync(join(root, "TODO.md"), Buffer.from("- [ ] Ship it\n- [ ] caf\xe9\n", "latin1"));
    expect(await refusal(root)).toContain("is not UTF-8");
  });

  test.each([".TODO.md.swp", ".#TODO.md", "TODO.md.lock"])(
    "a lock file such as %s shows that an editor has the list open",
    async (mark) => {
      const root = treeWith({ "TODO.md": "- [ ] Ship it\n", [mark]: "" });
      expect(await refusal(root)).toContain(`is open in another program (${mark})`);
    },
  );

  test("the list is a symlink out of the tree, from the start or at the moment of writing", async () => {
    const outside = treeWith({ "TODO.md": "- [ ] Ship it\n" });
    const root = treeWith({});
    symlinkSync(join(outside, "TODO.md"), join(root, "TODO.md"));
    expect(await refusal(root)).toContain("symlink that leads out");
    const folder = treeWith({ "docs/TODO.md": "- [ ] Ship it\n" });
    const source = open(folder, "todo.md", "docs/TODO.md");
    await source.listOpen(scope, signal);
    renameSync(join(folder, "docs"), join(folder, "old"));
    symlinkSync(outside, join(folder, "docs"));
    const change = { status: "completed" } as const;
    await expect(source.update?.(scope, "ship-it", change, signal)).rejects.toThrow("leads out");
    expect(readFileSync(join(outside, "TODO.md"), "utf8")).toBe("- [ ] Ship it\n");
  });
});

test("a task that is now on another line is changed on that line", async () => {
  const root = treeWith({ "TODO.md": "new\n\n- [ ] First\n- [ ] Ship it\n" });
  const seen = { id: "ship-it", title: "Ship it", status: "pending", place: "TODO.md:1" } as const;
  const source = open(root, "todo.md", "TODO.md");
  await source.update?.(scope, "ship-it", { status: "completed", seen }, signal);
  expect(readFileSync(join(root, "TODO.md"), "utf8")).toBe("new\n\n- [ ] First\n- [x] Ship it\n");
});

test("a symlink within the tree is followed and stays a symlink", async () => {
  const root = treeWith({ "notes/list.md": "- [ ] Ship it\n" });
  symlinkSync("notes/list.md", join(root, "TODO.md"));
  await open(root, "todo.md", "TODO.md").update?.(
    scope,
    "ship-it",
    { status: "completed" },
    signal,
  );
  expect(readFileSync(join(root, "notes/list.md"), "utf8")).toBe("- [x] Ship it\n");
  expect(existsSync(join(root, "TODO.md"))).toBe(true);
  expect(readdirSync(root, { withFileTypes: true }).some((one) => one.isSymbolicLink())).toBe(true);
});

test("undo refuses a task whose box was changed since", async () => {
  const root = treeWith({ "TODO.md": "- [~] Ship it\n" });
  const source = open(root, "todo.md", "TODO.md");
  const edit = { before: " ", after: "x" };
  await expect(source.takeBack?.(scope, "ship-it", edit, signal)).rejects.toMatchObject({
    code: "task-changed",
  });
  expect(readFileSync(join(root, "TODO.md"), "utf8")).toBe("- [~] Ship it\n");
});

test("a file that another program changes at the last moment is not overwritten", () => {
  const root = treeWith({ "TODO.md": "- [ ] Ship it\n" });
  const file = join(root, "TODO.md");
  let readings = 0;
  const kind: FileKind = {
    ...todoMd,
    read: (...args) => {
      // The third reading is of the text that is about to be written.
      if ((readings += 1) === 3) writeFileSync(file, "- [ ] Ship it\n- [ ] New\n");
      return todoMd.read(...args);
    },
  };
  const context = { source: "files", branch: null };
  const editor = fileEditors["todo.md"] as FileEditor;
  const writer = createFileWriter({
    tree: openTree(root),
    kind,
    place: "TODO.md",
    context,
    editor,
  });
  const change = () => writer.update({ id: "ship-it", seen: null }, { status: "completed" });
  expect(change).toThrow("TODO.md was changed by another program.");
  expect(readFileSync(file, "utf8")).toBe("- [ ] Ship it\n- [ ] New\n");
});
