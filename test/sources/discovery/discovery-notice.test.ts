// The line on tasks that no source shows: what it says, when it is kept, and when it is not any more.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { stateFiles } from "../../../src/config/folders.ts";
import { Config } from "../../../src/config/schema.ts";
import { refreshDiscoveryNotice } from "../../../src/sources/discovery/discovery-notice.ts";
import { cleanUp } from "../../../src/state/cache/statistics.ts";
import {
  markNoticeShown,
  readNotice,
  saveNotice,
} from "../../../src/state/cache/discovery-notices.ts";
import { aTask, saturday } from "../../support/builders.ts";
import { aKey, response, temporaryCache } from "../../support/cache.ts";
import { temporaryRepository } from "../../support/repository.ts";
import { temporaryFolder } from "../../support/temporary.ts";

function aProject() {
  const [db, state, { folder, git }] = [temporaryCache(), temporaryFolder(), temporaryRepository()];
  const files = stateFiles(state);
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  return {
    db,
    state,
    folder,
    git,
    write,
    note: async (sources: object[] = []) => {
      const config = Config.parse({ sources });
      const scope = { path: folder, name: "shop-api" };
      await refreshDiscoveryNotice({ db, files, config, now: saturday }, scope);
      return readNotice(db, folder).line;
    },
  };
}

test("the notice names lists with their counts, and trackers", async () => {
  const { note, write, git } = aProject();
  expect(await note()).toBeNull();
  write("TODO.md", "- [ ] One\n");
  expect(await note()).toBe(
    "Sitrep: 1 open task in TODO.md is not shown yet. To add them: sitrep install",
  );
  write("tasks/todo.md", "# Plan\n- [ ] Two\n- [ ] Three\n");
  git("remote", "add", "origin", "git@github.com:o/r.git");
  expect(await note()).toBe(
    "Sitrep: 2 open tasks in tasks/todo.md, 1 open task in TODO.md and GitHub issues of o/r are not shown yet. To add them: sitrep install",
  );
});

test("the notice contains no control characters from the repository", async () => {
  const { note, write } = aProject();
  write("openspec/changes/a/tasks.md", "- [ ] 1.1 \u001b[31mRed\n");
  write(".git/config", '[remote "origin"]\n\turl = https://github.com/o/r\u202e\u001b[2J\n');
  expect(await note()).toMatch(/^[\x20-\x7e]+$/);
});

test.each([
  ["all boxes are ticked", "- [x] One\n"],
  ["the list cannot be read", "Prose.\n"],
  ["the list is gone", null],
])("the notice disappears when %s", async (_what, text) => {
  const { note, write, folder } = aProject();
  write("TODO.md", "- [ ] One\n");
  await note();
  if (text === null) rmSync(join(folder, "TODO.md"));
  else write("TODO.md", text);
  expect(await note()).toBeNull();
});

test("the notice disappears when the list becomes a source", async () => {
  const { note, write, folder } = aProject();
  write("TODO.md", "- [ ] One\n");
  await note();
  const source = { name: "todo", type: "file", kind: "todo.md", path: "TODO.md" };
  expect(await note([{ ...source, projects: ["/elsewhere"] }])).toContain("TODO.md");
  expect(await note([{ ...source, projects: [folder] }])).toBeNull();
});

test("no search runs in a project with open tasks, or after a person read the notice or was asked", async () => {
  const { note, write, db, folder } = aProject();
  response(db, [aTask()], { key: aKey({ project: folder }) });
  write("TODO.md", "- [ ] One\n");
  expect(await note()).toBeNull();
  for (const known of [{ isShown: true }, { isAsked: true }]) {
    saveNotice(db, folder, { line: null, isShown: false, isAsked: false, ...known }, saturday);
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    expect(await note()).toBeNull();
  }
});

test("the plugin's notice names a command that installs nothing", async () => {
  const { note, write, state } = aProject();
  const record = { version: "1", folder: "/x", node: "/n", git: null, env: {}, plugin: "/p" };
  writeFileSync(join(state, "installation.json"), JSON.stringify(record));
  write("TODO.md", "- [ ] One\n");
  expect(await note()).toMatch(/To add them: sitrep source discover$/);
});

test("the record of a read notice survives clean-ups while its project is known, and is removed after 90 days", () => {
  const { db, folder } = aProject();
  const later = saturday + 91 * 86_400_000;
  markNoticeShown(db, folder, saturday);
  db.prepare("INSERT INTO projects VALUES (?, 'shop-api', ?)").run(folder, later);
  cleanUp(db, later);
  expect(readNotice(db, folder).isShown).toBe(true);
  db.prepare("DELETE FROM projects").run();
  cleanUp(db, saturday);
  expect(readNotice(db, folder).isShown).toBe(true);
  cleanUp(db, later);
  expect(readNotice(db, folder).isShown).toBe(false);
});
