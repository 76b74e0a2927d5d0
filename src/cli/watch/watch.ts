// `sitrep watch`. It has its own bundle, so that only this command loads the terminal library.

import { statSync } from "node:fs";
import { join } from "node:path";
import { locateProject, type CommandContext } from "../../config/context.ts";
import { SitrepError } from "../../core/errors.ts";
import type { Located } from "../../git/repository.ts";
import { isLeaseRunning } from "../../state/live/lease.ts";
import { untilInterrupted } from "../../state/output/live-output.ts";
import type { ProjectOptions } from "../program/verb-context.ts";
import { print, printJson, screenWidth } from "../terminal/terminal.ts";
import { gatherScreen, valueOf, type Screen } from "../today.ts";
import { doWork } from "./run-command.ts";
import { newLines, announcedRows, type AnnouncedRow } from "./plain.ts";
import { lookEveryMs, watchOnScreen, type Snapshots } from "./interactive.ts";

/** More than a brief needs, because the user can filter and scroll. */
const maxTasks = 200;

/** `hasNews` costs a few stat calls; `read` costs a query and perhaps a git call. */
function snapshotsOf(context: CommandContext, project: Located): Snapshots {
  const { cache, installation, off, projectsOff, live } = context.files;
  const gitDir = project.repository?.gitDir;
  const gitMarks = gitDir === undefined ? [] : [join(gitDir, "HEAD"), join(gitDir, "index")];
  const watched = [cache, `${cache}-wal`, context.configFile, installation, off, projectsOff];
  let last = "";
  return {
    hasNews: () => {
      const now = Date.now();
      const times = [...watched, ...gitMarks].map(
        (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs,
      );
      // The mark also changes every minute, to update the ages.
      const mark = [...times, isLeaseRunning(live, now), Math.floor(now / 60_000)].join();
      const isNew = mark !== last;
      last = mark;
      return isNew;
    },
    read: () => gatherScreen(context, project, maxTasks),
  };
}

/** Calls `show` with each snapshot, until Ctrl-C or until the reader closes the pipe. */
async function follow({ hasNews, read }: Snapshots, show: (screen: Screen) => void): Promise<void> {
  hasNews();
  show(await read());
  await untilInterrupted(async () => {
    if (hasNews()) show(await read());
  }, lookEveryMs);
}

async function streamJson(snapshots: Snapshots): Promise<void> {
  let last = "";
  await follow(snapshots, (screen) => {
    const value = valueOf(screen);
    const text = JSON.stringify({ ...value, at: 0 });
    if (text !== last) printJson(value, true);
    last = text;
  });
}

async function streamLines(snapshots: Snapshots): Promise<void> {
  let last: ReadonlyMap<string, AnnouncedRow> = new Map();
  await follow(snapshots, (screen) => {
    const said = announcedRows(screen);
    print(...newLines(last, said, screen));
    last = said;
  });
}

/** Throws `usage` without a terminal, except with --plain or --json. */
export async function runWatch(
  context: CommandContext,
  options: ProjectOptions & { plain?: boolean },
): Promise<void> {
  const project = locateProject(context, options.project);
  const snapshots = snapshotsOf(context, project);
  if (options.json === true) return streamJson(snapshots);
  if (options.plain === true || context.env["TERM"] === "dumb") return streamLines(snapshots);
  if (screenWidth() === null || !process.stdin.isTTY) {
    throw new SitrepError("usage", "sitrep watch needs a terminal.", {
      hint: "For a pipe: sitrep watch --plain, or sitrep watch --json",
    });
  }
  await watchOnScreen(snapshots, (work) => doWork(context, project, work));
}
