// Bare `sitrep`: shows what there is to do here. It reads the cache, runs git, and changes nothing.

import type { BriefInput } from "../core/brief/brief-input.ts";
import { projectSettings } from "../core/hook-settings.ts";
import { displayedPull } from "../core/pull-request/pull-request.ts";
import { cleanText } from "../core/quote.ts";
import { agoText, dateLine } from "../core/time.ts";
import { sections, createToday, type Today, type TodayTask } from "../core/today.ts";
import { loadInstallation, locateProject, type CommandContext } from "../config/context.ts";
import { offText, activeOffSwitches, type OffSwitch } from "../config/off.ts";
import { openCacheReader } from "../hooks/cache-reader.ts";
import { parseHookInput } from "../hooks/input.ts";
import { gatherBrief } from "../hooks/session-start.ts";
import { isLeaseRunning } from "../state/live/lease.ts";
import type { Located } from "../git/repository.ts";
import type { Cell, Line } from "../state/output/styled.ts";
import { errorStyle, faint, nameStyle, strong, warningStyle } from "./terminal/styles.ts";
import { tableRows, wrapped } from "./terminal/table.ts";
import type { Run } from "./program/verb-context.ts";
import { factLines } from "./today-facts.ts";
import { findUnadded, type UnaddedSource } from "./unadded-sources.ts";
import { previewDeps } from "./install/preview-deps.ts";
import { countText, printResult, screenWidth } from "./terminal/terminal.ts";

export interface Screen {
  project: string;
  unadded: readonly UnaddedSource[];
  brief: BriefInput;
  today: Today;
  off: readonly OffSwitch[];
  isInstalled: boolean;
}

/** `most`: the limit for each source's tasks and for each section; by default, as many as one screen fits. */
export async function gatherScreen(
  context: CommandContext,
  project: Located,
  most?: number,
): Promise<Screen> {
  const { worktree: folder } = project;
  const deps = previewDeps(context, { folder, now: null });
  const { files } = context;
  const monitor = { ...deps.monitor, isAlive: () => isLeaseRunning(files.live, Date.now()) };
  const openCache = () => openCacheReader(files.cache, most);
  const place = deps.locate(folder);
  const input = { ...parseHookInput("", {}), cwd: folder };
  const { brief, reading } = await gatherBrief({ ...deps, monitor, openCache }, input, place);
  const settings = reading.cache?.settings();
  reading.cache?.close();
  const isOff = settings !== undefined && projectSettings(settings, place.project).off;
  return {
    project: place.projectName,
    unadded: await findUnadded(context, project, brief),
    brief,
    today: createToday(brief, most === undefined ? most : { Now: most, Next: most, Waiting: most }),
    off: activeOffSwitches(files, context.env, place.project, isOff),
    isInstalled: loadInstallation(context) !== null,
  };
}

const wide = 100;

function wordsOf({ why, isOverdue, task }: TodayTask, now: number): Cell {
  if (isOverdue) return errorStyle(why.join(", "));
  const since = why.length > 0 ? Number.NaN : Date.parse(task.createdAt ?? "");
  return faint(Number.isNaN(since) ? why.join(", ") : `added ${agoText(since, now)}`);
}

/** The lines of each task, aligned in columns. In a narrow terminal, the reasons are below the title. */
function taskLines({ today: { tasks }, brief }: Screen, width: number | null): Line[][] {
  const isWide = width === null || width >= wide;
  const rows = tasks.map((one): Cell[] => [
    nameStyle(one.name),
    one.title,
    ...(isWide ? [wordsOf(one, brief.now)] : []),
  ]);
  const lines = tableRows(rows, { width, flexible: 1, indent: 2 });
  if (isWide) return lines;
  return tasks.map((one, at) => [
    ...(lines[at] ?? []),
    ...wrapped(wordsOf(one, brief.now), width, 4),
  ]);
}

export const remainderText = ({ more, others }: Pick<Today, "more" | "others">): string =>
  [
    ...(more === 0 ? [] : [countText(more, "more task")]),
    ...(others === 0 ? [] : [`${countText(others, "task")} assigned to others`]),
  ].join(", ");

function sectionLines(screen: Screen, width: number | null): Line[] {
  const { today } = screen;
  const linesOf = taskLines(screen, width);
  const lines = sections.flatMap((section): Line[] => {
    const found = linesOf.filter((_, at) => today.tasks[at]?.section === section);
    return found.length === 0 ? [] : ["", strong(section), ...found.flat()];
  });
  const rest = remainderText(today);
  if (lines.length === 0 && rest === "") {
    return [
      "",
      screen.unadded.length > 0
        ? "No source is known to have open tasks."
        : "No known open tasks here.",
    ];
  }
  return rest === ""
    ? lines
    : [...lines, ["  ", faint(`${rest}: `), nameStyle("sitrep task list")]];
}

const examples = [
  'sitrep task add "Title"',
  "sitrep task start ID",
  "sitrep task edit ID --title …",
  "sitrep task done ID",
  "sitrep task undo",
];

function exampleLines(width: number | null): Line[] {
  const lines: string[][] = [];
  for (const one of examples) {
    const last = lines.at(-1);
    const length = last === undefined ? 0 : last.join("   ").length + 3 + one.length + 2;
    if (last === undefined || (width !== null && length > width)) lines.push([one]);
    else last.push(one);
  }
  return lines.map((line) => ["  ", faint(line.join("   "))]);
}

/** Problems that hide this from Claude or the tasks from the user, each with its fix. */
export function problemTexts({ brief, off, isInstalled }: Screen): string[] {
  const missing = brief.cacheError === "database-missing";
  return [
    ...off.map(offText),
    ...(isInstalled ? [] : ["Claude does not see this yet. Run: sitrep install"]),
    ...(brief.cacheError === null || missing
      ? []
      : [`The tasks cannot be read (${brief.cacheError}): sitrep doctor`]),
  ];
}

function screenLines(screen: Screen, width: number | null): Line[] {
  const { project, brief } = screen;
  const when = dateLine(brief.calendar(brief.now));
  return [
    [strong(cleanText(project, 60)), faint(` · ${when}`)],
    ...problemTexts(screen).flatMap((text) => wrapped(warningStyle(text), width)),
    ...sectionLines(screen, width),
    "",
    ...factLines(screen, width),
    ...(width === null ? [] : ["", ...exampleLines(width)]),
  ];
}

/** The value for `--json`. Instants are in epoch milliseconds. */
export const valueOf = ({ project, brief, today, off, isInstalled, unadded }: Screen) => ({
  project,
  at: brief.now,
  off: off.map(({ kind }) => kind),
  installed: isInstalled,
  monitorRunning: brief.isMonitorAlive,
  cacheError: brief.cacheError,
  ...today,
  // Omit the words, which contain ages.
  sources: today.sources.map(({ source, open, isWell, code, fetchedAt, wayOut }) => {
    return { source, open, isWell, code, fetchedAt, wayOut };
  }),
  unshown: unadded.map(({ words: _words, ...value }) => value),
  git: brief.git,
  /** The pull request as last read; null when the branch has no known one. */
  pullRequest:
    brief.git.kind === "state" ? displayedPull(brief.pull, brief.git.state, brief.now) : null,
  mismatches: today.mismatches.map(({ task: _task, seenAt: _seenAt, ...one }) => one),
  sessions: brief.peers,
});

export const runToday: Run = async (context, options) => {
  const screen = await gatherScreen(context, locateProject(context, options.project));
  printResult(options, valueOf(screen), () => screenLines(screen, screenWidth()));
};
