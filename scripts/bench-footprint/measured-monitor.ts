// Runs the built monitor over many projects, with its own HOME and state folder, and counts the programs that it starts.

import { spawn } from "node:child_process";
import { appendFileSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { makeRepository } from "../bench/repository.ts";
import { stateFiles } from "../../src/config/folders.ts";
import { openOrRebuildCache } from "../../src/state/cache/cache-file.ts";
import { saveDelivered, touchProject } from "../../src/state/cache/sessions.ts";
import { monitorFlags, monitorVariables } from "../../src/monitor/launch.ts";
import { closing } from "../../src/state/sqlite/sqlite.ts";
import type { ProcessUse } from "./process-use.ts";
import { readUse } from "./process-use.ts";
import { serveSources } from "./sources.ts";
import { writeTaskLists } from "./task-lists.ts";

const dist = join(import.meta.dirname, "../../dist");

export interface MeasuredOptions {
  /** An empty folder for everything. */
  home: string;
  projects: number;
  /** Servers per project; absent: five task lists in the files of each project. */
  sourcesPerProject?: number;
  /** Settings of `refresh` that differ from the defaults. */
  refresh?: object;
}

export interface MeasuredMonitor extends AsyncDisposable {
  readonly pid: number;
  use(): ProcessUse;
  /** Programs started since the last call: git, and sources that are programs. */
  takeStarts(): { git: number; sources: number };
  /** Requests for a list of tasks that the HTTP sources have had since the start. */
  lists(): number;
  /** Sets the stamp of a session in a project, as its tool calls do. */
  stamp(session: string, project: number): void;
  /** Changes a list of a project, as an editor does. */
  editList(project: number): void;
  /** Adds sessions last seen 2 to 20 minutes ago, without an end or a recorded process. */
  addSessions(count: number): void;
}

export async function startMeasuredMonitor(options: MeasuredOptions): Promise<MeasuredMonitor> {
  const { home, sourcesPerProject, refresh = {} } = options;
  const [sitrepHome, startsFile] = [join(home, "sitrep"), join(home, "starts")];
  const state = join(sitrepHome, "state");
  const files = stateFiles(state);
  const projects = Array.from({ length: options.projects }, (_, at) => join(home, `project-${at}`));
  mkdirSync(sitrepHome, { recursive: true, mode: 0o700 });
  for (const folder of projects) makeRepository(folder, { files: 20, largestFile: 0 });
  mkdirSync(files.live, { recursive: true, mode: 0o700 });
  writeFileSync(startsFile, "");
  const git = join(home, "git");
  writeFileSync(git, `#!/bin/sh\necho git >> '${startsFile}'\nexec /usr/bin/git "$@"\n`, {
    mode: 0o755,
  });
  const served = await serveSources(startsFile);
  const sources =
    sourcesPerProject === undefined
      ? writeTaskLists(projects)
      : served.sourcesOf(projects, sourcesPerProject);
  const config = { sources, requestsPerMinute: 100_000, refresh };
  writeFileSync(join(sitrepHome, "config.json"), JSON.stringify(config), { mode: 0o600 });
  const env = { HOME: home, SITREP_HOME: sitrepHome, PATH: process.env["PATH"] ?? "", TZ: "UTC" };
  const installation = { version: "0.0.0", folder: dist, node: process.execPath, git, env };
  writeFileSync(files.installation, JSON.stringify(installation), { mode: 0o600 });
  const inCache = (
    work: Parameters<typeof closing<ReturnType<typeof openOrRebuildCache>, void>>[1],
  ) =>
    closing(
      openOrRebuildCache(files.cache, () => undefined),
      work,
    );
  inCache((db) => {
    for (const [at, path] of projects.entries())
      touchProject(db, path, `project-${at}`, Date.now());
  });

  const child = spawn(
    process.execPath,
    [...monitorFlags, join(dist, "monitor.cjs"), "monitor", "--state", state],
    {
      env: { ...env, ...monitorVariables },
      stdio: "ignore",
    },
  );
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const pid = child.pid ?? 0;
  let seen = 0;
  return {
    pid,
    use: () => readUse(pid),
    takeStarts: () => {
      const lines = readFileSync(startsFile, "utf8").split("\n").slice(seen, -1);
      seen += lines.length;
      const gits = lines.filter((line) => line === "git").length;
      return { git: gits, sources: lines.length - gits };
    },
    lists: served.lists,
    stamp: (session, project) => {
      const folder = projects[project] ?? "";
      writeFileSync(join(files.live, session), `${folder}\0${folder}\0`, { mode: 0o600 });
    },
    editList: (project) =>
      appendFileSync(join(projects[project] ?? "", "TODO.md"), `- [ ] Added at ${Date.now()}\n`),
    addSessions: (count) =>
      inCache((db) => {
        for (let at = 0; at < count; at += 1) {
          const project = projects[at % projects.length] ?? "";
          const [id, seenAt] = [`unended-${at}`, Date.now() - (120 + (at % 1080)) * 1000];
          saveDelivered(db, {
            id,
            project,
            projectName: `project-${at % projects.length}`,
            worktree: project,
            at: seenAt,
            seq: 0,
            delivered: { git: null, sources: {} },
          });
          for (const name of [`${id}.start`, `${id}.claim.startup`, id]) {
            const file = join(files.live, name);
            appendFileSync(file, `${project}\0${project}\0`, { mode: 0o600 });
            utimesSync(file, seenAt / 1000, seenAt / 1000);
          }
        }
      }),
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGTERM");
      await Promise.race([gone, sleep(5000)]);
      child.kill("SIGKILL");
      await served[Symbol.asyncDispose]();
    },
  };
}
