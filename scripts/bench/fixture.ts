// The fixture of the bench: a real installation, a repository and a cache that a real monitor has filled, all temporary. The
// monitor is then stopped, so that it does not change what a case sets up; the bench keeps its lease.

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeRepository } from "./repository.ts";
import type { RepositoryOptions } from "./repository.ts";
import { addProjects, taskFile } from "./tasks.ts";
import { openCache } from "../../src/state/cache/cache-file.ts";
import { saveGitState } from "../../src/state/cache/git-states.ts";
import { saveDelivered } from "../../src/state/cache/sessions.ts";
import { readInstallation } from "../../src/config/installation.ts";
import type { Installation } from "../../src/config/installation.ts";
import { readGitState } from "../../src/git/read-state.ts";
import { findRepository } from "../../src/git/repository.ts";
import { createSpawnGit } from "../../src/git/spawn-git.ts";
import { markGitFresh } from "../../src/state/live/fresh-git.ts";
import { gateCommand, gates } from "../../src/install/hook-entries.ts";
import { gateFile } from "../../src/install/write-gates.ts";
import type { Sqlite } from "../../src/state/sqlite/sqlite.ts";

const cli = join(import.meta.dirname, "../../dist/cli.cjs");

export interface FixtureOptions extends RepositoryOptions {
  tasks: number;
  /** Further projects in the cache, each with fifty tasks. */
  projects: number;
}

export interface BenchFixture extends Disposable {
  home: string;
  project: string;
  state: string;
  installation: Installation;
  env: Record<string, string>;
  cache: Sqlite;
  /** The built command. */
  cli: string;
  command: (gate: "session-start" | "pre-tool-use") => string;
  /** Saves the repository's present state as if the monitor had read it at `at` (epoch milliseconds). */
  setGitState: (at: number) => Promise<void>;
  /** When the saved state was read. */
  gitStateAt: () => number;
  /** `up`: dates the source's last response now. `down`: three hours ago, with a failure a minute ago. */
  setSource: (state: "up" | "down") => void;
  /** Saves a session that has read all changes. */
  setSession: (id: string) => void;
  sitrep: (...args: string[]) => string;
}

/** Sets up the fixture. Disposing of it removes all files. */
export function setUpFixture(options: FixtureOptions): BenchFixture {
  const home = realpathSync(mkdtempSync(join(tmpdir(), "sitrep-bench-")));
  const sitrepHome = join(home, "sitrep");
  const project = join(home, "shop-api");
  makeRepository(project, options);
  const env = {
    HOME: home,
    SITREP_HOME: sitrepHome,
    PATH: "/usr/local/bin:/usr/bin:/bin",
    TZ: "UTC",
  };
  const sitrep = (...args: string[]): string => {
    const ran = spawnSync(process.execPath, [cli, ...args], {
      cwd: project,
      env,
      encoding: "utf8",
    });
    if (ran.status !== 0) throw new Error(`sitrep ${args.join(" ")}: ${ran.stderr}`);
    return ran.stdout;
  };
  // The measured sessions share a working tree, which would be news for each of them.
  mkdirSync(sitrepHome, { mode: 0o700 });
  writeFileSync(join(sitrepHome, "config.json"), '{"news": {"session": false}}');
  sitrep("install", "--yes");
  sitrep("task", "import", taskFile(home, options.tasks));
  sitrep("stop");
  const state = join(sitrepHome, "state");
  const installation = readInstallation(join(state, "installation.json"));
  const repository = findRepository(project);
  if (installation?.git == null || repository === null)
    throw new Error("the fixture is not complete");
  const cache = openCache(join(state, "cache.db"));
  addProjects(cache, options.projects);
  const program = { file: installation.git, home, copies: join(state, "git") };
  const readState = () =>
    readGitState(repository, {
      program,
      run: createSpawnGit(program),
      timeoutMs: 60_000,
      extent: "whole",
    });
  let known: Awaited<ReturnType<typeof readState>> | null = null;
  return {
    home,
    project,
    state,
    installation,
    env,
    cache,
    sitrep,
    cli,
    command: (name) => {
      const gate = gates.find((one) => one.name === name);
      if (gate === undefined) throw new Error(`no gate ${name}`);
      return gateCommand(gateFile(join(state, "gates"), gate));
    },
    setGitState: async (at) => {
      known ??= await readState();
      saveGitState(cache, { worktree: project, project }, known, at);
      markGitFresh(join(state, "live"), project, at);
    },
    gitStateAt: () =>
      Number(
        cache.prepare("SELECT read_at FROM git_states WHERE worktree = ?").pluck().get(project),
      ),
    setSource: (now) => {
      const at = Date.now();
      const failure = { code: "source-timeout", at: at - 60_000, count: 3, nextTryAt: at + 60_000 };
      cache
        .prepare("UPDATE task_snapshots SET fetched_at = ?, failure = ? WHERE project = ?")
        .run(
          now === "up" ? at : at - 3 * 3_600_000,
          now === "up" ? null : JSON.stringify(failure),
          project,
        );
    },
    setSession: (id) =>
      saveDelivered(cache, {
        id,
        project,
        projectName: "shop-api",
        worktree: project,
        at: Date.now(),
        seq: Number(cache.prepare("SELECT coalesce(max(seq), 0) FROM task_changes").pluck().get()),
        delivered: { git: null, sources: { embedded: null } },
      }),
    [Symbol.dispose]: () => {
      cache.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
