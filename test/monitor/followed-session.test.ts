// Into which folders the monitor follows a session, and so has git read them.

import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { locate } from "../../src/git/repository.ts";
import { emptyMemory, findLiveSessions } from "../../src/monitor/live-sessions.ts";
import { readProjects, saveDelivered } from "../../src/state/cache/sessions.ts";
import { day, minute } from "../support/builders.ts";
import { temporaryCache } from "../support/cache.ts";
import { repositoryAt, temporaryRepository } from "../support/repository.ts";
import { temporaryFolder } from "../support/temporary.ts";

/** The working trees that the monitor reads, and the projects in use, once a session of `begun` is in `cwd`. */
function followed(begun: string, cwd: string) {
  const db = temporaryCache();
  const live = temporaryFolder();
  const place = locate(begun);
  if (place === null) throw new Error(`no folder ${begun}`);
  const [now, delivered] = [Date.now(), { git: null, sources: {} }];
  saveDelivered(db, { id: "session", ...place, at: now - 60_000, seq: 0, delivered });
  writeFileSync(join(live, "session"), `${begun}\0${cwd}\0`);
  utimesSync(join(live, "session"), now / 1000, now / 1000);
  const sessions = findLiveSessions(db, live, { now, withinMs: 3_600_000 }, emptyMemory());
  return {
    worktrees: sessions.map(({ worktree }) => worktree),
    projects: readProjects(db, 0).map(({ path }) => path),
  };
}

/** An archive's repository, unpacked in a folder. */
function unpackedIn(folder: string): string {
  const inner = join(folder, "vendor/archive");
  mkdirSync(inner, { recursive: true });
  repositoryAt(inner).git("init", "-q", "-b", "main");
  return inner;
}

test("A15, B8: a session is not followed into an unpacked repository inside its own", () => {
  const { folder } = temporaryRepository();
  expect(followed(folder, unpackedIn(folder))).toEqual({ worktrees: [folder], projects: [folder] });
});

test("A15, B8: a session is not followed into a repository inside the plain folder that it started in", () => {
  const folder = temporaryFolder();
  expect(followed(folder, unpackedIn(folder))).toEqual({ worktrees: [folder], projects: [folder] });
});

test("a session in a linked worktree is not followed into a repository inside its project", () => {
  const { folder, git, commit } = temporaryRepository();
  commit("tracked", "one\n");
  git("worktree", "add", "-q", ".claude/worktrees/side");
  const side = join(folder, ".claude/worktrees/side");
  expect(followed(side, unpackedIn(folder)).worktrees).toEqual([side]);
  expect(followed(side, folder).worktrees).toEqual([folder]);
  expect(followed(folder, side).worktrees).toEqual([side]);
});

test("a session is followed into another repository outside its own", () => {
  const [{ folder }, other] = [temporaryRepository(), temporaryRepository()];
  const { worktrees, projects } = followed(folder, other.folder);
  expect(worktrees).toEqual([other.folder]);
  expect(projects.toSorted()).toEqual([folder, other.folder].toSorted());
});

test("a session of several days keeps both its first project and the one that it changed to in use", () => {
  const [{ folder }, other] = [temporaryRepository(), temporaryRepository()];
  const db = temporaryCache();
  const live = temporaryFolder();
  const place = locate(folder);
  if (place === null) throw new Error(`no folder ${folder}`);
  const [now, delivered] = [Date.now(), { git: null, sources: {} }];
  saveDelivered(db, { id: "session", ...place, at: now - 3 * day, seq: 0, delivered });
  const inUse = (cwd: string, at: number): string[] => {
    writeFileSync(join(live, "session"), `${folder}\0${cwd}\0`);
    utimesSync(join(live, "session"), at / 1000, at / 1000);
    findLiveSessions(db, live, { now: at, withinMs: 3_600_000 }, emptyMemory());
    return readProjects(db, at - day).map(({ path }) => path);
  };
  expect(inUse(folder, now)).toEqual([folder]);
  const both = [folder, other.folder].toSorted();
  expect(inUse(other.folder, now + minute).toSorted()).toEqual(both);
  expect(inUse(other.folder, now + 2 * day).toSorted()).toEqual(both);
});
