// What a working tree is found to hold, without any configuration.

import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findTaskFiles, namedTaskFile } from "../../../src/sources/files/find.ts";
import { treeWith } from "../../support/task-files.ts";

const oneOfEach = {
  ".beads/issues.jsonl": `${JSON.stringify({ id: "bd-1", title: "Bead", status: "open", priority: 1, updated_at: "2026-11-01T00:00:00Z" })}\n`,
  "backlog/tasks/task-1 - Ship.md":
    "---\nid: task-1\ntitle: Ship\nstatus: To Do\nassignee: @ana\n---\n",
  ".taskmaster/tasks/tasks.json": JSON.stringify({
    master: { tasks: [{ id: 1, title: "Plan", status: "pending" }] },
  }),
  ".specify/feature.json": '{"feature_directory":"specs/001-login"}',
  "specs/001-login/tasks.md": "- [ ] T001 [P] Create the model\n- [X] T002 Done\n",
  "openspec/changes/add-cache/tasks.md": "## 1. Cache\n- [ ] 1.1 Write it\n",
  ".kiro/specs/auth/tasks.md": "- [ ] 1. Set up\n  - [ ] 1.1 Create interfaces\n",
  ".planning/ROADMAP.md": "### Phase 1: Base\n**Depends on**: nothing\n",
  "docs/sprint-status.yaml":
    "development_status:\n  epic-1: in-progress\n  1-1-sign-in: ready-for-dev\n",
  "tasks/todo.md": "# Plan\n- [ ] First step\n",
  "TODO.md": "- [ ] Write the docs\n- [x] Done\n",
};

test("every kind of list in a working tree is found with its open tasks", async () => {
  const found = await findTaskFiles(treeWith(oneOfEach));
  expect(found.map(({ kind, path, open }) => [kind, path, open?.map(({ id }) => id)])).toEqual([
    ["beads", ".beads", ["bd-1"]],
    ["backlog.md", "backlog", ["task-1"]],
    ["taskmaster", ".taskmaster/tasks/tasks.json", ["1"]],
    ["spec-kit", "specs", ["001-login/T001"]],
    ["openspec", "openspec/changes", ["add-cache/1.1"]],
    ["kiro", ".kiro/specs", ["auth/1.1"]],
    ["gsd", ".planning", ["phase-1"]],
    ["bmad", "docs/sprint-status.yaml", ["1-1-sign-in"]],
    ["tasks-todo", "tasks/todo.md", ["first-step"]],
    ["todo.md", "TODO.md", ["write-the-docs"]],
  ]);
  expect(found.find(({ kind }) => kind === "beads")?.writtenAt).toBe(Date.UTC(2026, 10, 1));
});

test("a list behind a symlink out of the working tree is reported as a failure and not read", async () => {
  const outside = treeWith({ "secret.md": "- [ ] A secret task\n" });
  const root = treeWith({});
  symlinkSync(join(outside, "secret.md"), join(root, "TODO.md"));
  symlinkSync(outside, join(root, ".beads"));
  const found = await findTaskFiles(root);
  expect(found.map(({ kind, open }) => [kind, open])).toEqual([
    ["beads", null],
    ["todo.md", null],
  ]);
  expect(String(found[1]?.failure)).toContain("TODO.md is a symlink that leads out");
  expect(JSON.stringify(found)).not.toContain("secret task");
});

test("--file takes a kind, a kind with its path, or a path", () => {
  const root = treeWith({ ...oneOfEach, "notes/plan.md": "- [ ] x\n" });
  expect(namedTaskFile(root, "todo.md")).toEqual({ kind: "todo.md", path: "TODO.md" });
  expect(namedTaskFile(root, "TODO.md")).toEqual({ kind: "todo.md", path: "TODO.md" });
  expect(namedTaskFile(root, "beads")).toEqual({ kind: "beads", path: ".beads" });
  expect(namedTaskFile(root, "notes/plan.md")).toEqual({ kind: "markdown", path: "notes/plan.md" });
  expect(namedTaskFile(root, "todo.md:a/b.md")).toEqual({ kind: "todo.md", path: "a/b.md" });
  expect(() => namedTaskFile(root, "nonsense")).toThrow('"nonsense" is not a known kind');
});
