// The content of `sitrep watch`, as rows in groups. This file does not know the size of the terminal.

import type { BriefInput } from "../../core/brief/brief-input.ts";
import { gitText } from "../../core/brief/git-lines.ts";
import { isPlainAddress } from "../../core/address.ts";
import { peerPlace } from "../../core/news/peers.ts";
import { cleanText } from "../../core/quote.ts";
import { agoText } from "../../core/time.ts";
import { sections, type Section, type TodayTask } from "../../core/today.ts";
import { cellText, type Cell, type Line } from "../../state/output/styled.ts";
import { fullId } from "../task/ranked.ts";
import { errorStyle, faint, nameStyle, warningStyle } from "../terminal/styles.ts";
import { mismatchText, pullCells } from "../today-facts.ts";
import { problemTexts, type Screen } from "../today.ts";
import { unaddedLines } from "../unadded-sources.ts";

export type Target =
  | { kind: "task"; id: string; name: string; url: string | null }
  | { kind: "session"; id: string }
  | { kind: "source"; name: string }
  | { kind: "fact" };

export interface Row {
  /** Identifies the row: it stays the same in the next snapshot. */
  key: string;
  target: Target;
  /** A task's name, title and reasons; a source's name, count, age and notes; otherwise one text. */
  cells: readonly Cell[];
  /** A task's name for when there is little room. */
  shortName?: Cell;
  /** The complete text on one line, shown for the selected row. */
  detail: string;
  /** Changes when the row's subject changes, not with its age. */
  state: string;
}

export interface Group {
  label: string;
  isTasks: boolean;
  rows: readonly Row[];
  /** The line that counts the rows not shown; null when there are none. */
  rest: Line | null;
}

/** Omits seconds, because the screen is drawn only once a minute. */
export const agoByMinute = (then: number, now: number): string =>
  now - then < 60_000 ? "just now" : agoText(then, now);

function reasonCell({ why, isOverdue, task, section }: TodayTask, now: number): Cell {
  const [first = "", ...more] = why;
  const words = [first, ...more].join(", ");
  if (isOverdue) return errorStyle(words);
  if (section === "Waiting") return warningStyle(words);
  const since = Date.parse(task.createdAt ?? "");
  return faint(words === "" && !Number.isNaN(since) ? `added ${agoByMinute(since, now)}` : words);
}

/** The id without its source. In files without ids, an id repeats the title, so the source says more. */
function shortName({ task, title }: TodayTask): string {
  const words = title.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, "-");
  return cleanText(words.startsWith(task.id) ? task.source : task.id, 40);
}

function taskRow(one: TodayTask, now: number): Row {
  const { task, title } = one;
  const reason = reasonCell(one, now);
  const url = isPlainAddress(task.url ?? "") ? (task.url ?? null) : null;
  const detail = [`${one.name}  ${title}`, cellText(reason), url ?? ""];
  return {
    key: `task ${fullId(task)}`,
    target: { kind: "task", id: fullId(task), name: one.name, url },
    cells: [nameStyle(one.name), title, reason],
    shortName: nameStyle(shortName(one)),
    detail: detail.filter((text) => text !== "").join(" · "),
    state: [title, ...one.why].join(),
  };
}

const fact = (key: string, cell: Cell, state = cellText(cell)): Row => ({
  key,
  target: { kind: "fact" },
  cells: [cell],
  detail: cellText(cell),
  state,
});

function wrongRows(screen: Screen): Row[] {
  const { brief, today, unadded } = screen;
  const sources = today.sources.flatMap(({ source, notes, code, wayOut }) =>
    code === null ? [] : [[`${source} ${notes[0] ?? ""}`, wayOut ?? ""].filter(Boolean).join(": ")],
  );
  const texts = [
    ...problemTexts(screen),
    ...(brief.isMonitorAlive ? [] : ["The monitor is not running: sitrep start"]),
    ...sources,
    ...unaddedLines(unadded),
  ];
  return [
    ...texts.map((text) => fact(`wrong ${text}`, warningStyle(text))),
    ...today.mismatches.map((one) =>
      fact(`wrong ${one.kind} ${one.taskId}`, warningStyle(mismatchText(one, brief.now)), ""),
    ),
  ];
}

function gitRow(brief: BriefInput): Row {
  const { git, now } = brief;
  const readAt = git.kind === "state" ? git.readAt : now;
  return fact("git", gitText(brief), gitText({ ...brief, now: readAt }));
}

function sessionRows({ brief: { peers, now } }: Screen): Row[] {
  return peers.map((peer) => {
    const { sessionId, lastSeen } = peer;
    const id = cleanText(sessionId, 80);
    const where = peerPlace(peer);
    const seen = `seen ${agoByMinute(lastSeen, now)}`;
    return {
      key: `session ${sessionId}`,
      target: { kind: "session", id: sessionId },
      cells: [nameStyle(id.slice(0, 8)), where, faint(seen)],
      detail: `session ${id} ${where}, ${seen}`,
      state: where,
    };
  });
}

function sourceRows({ today, brief: { sources, now } }: Screen): Row[] {
  return today.sources.map(({ source, open, fetchedAt, notes, isWell }, at) => {
    const count = open === null ? "" : `${open} open`;
    const age = fetchedAt === null ? "never read" : `read ${agoByMinute(fetchedAt, now)}`;
    const words = notes.join(", ");
    return {
      key: `source ${source}`,
      target: { kind: "source", name: sources[at]?.source ?? source },
      cells: [
        nameStyle(source),
        count,
        isWell ? faint(age) : warningStyle(age),
        warningStyle(words),
      ],
      detail: [source, count, age, words].filter((text) => text !== "").join(" · "),
      state: [count, words].join(),
    };
  });
}

const noneText = ({ brief, unadded }: Screen): string =>
  brief.cacheError === null && unadded.length === 0
    ? "No known open tasks here."
    : "No source is known to have open tasks.";

const holds = ({ detail }: Row, filter: string): boolean =>
  filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => detail.toLowerCase().includes(word));

/** Groups in display order, without empty ones. `filter`: include only rows that contain all its words. */
export function groupsOf(screen: Screen, filter: string): Group[] {
  const { tasks } = screen.today;
  const { now } = screen.brief;
  const ofSection = (section: Section): Row[] =>
    tasks.filter((one) => one.section === section).map((one) => taskRow(one, now));
  const facts: [string, Row[]][] = [
    ["Next", tasks.length > 0 || filter !== "" ? [] : [fact("none", noneText(screen))]],
    ["Wrong", wrongRows(screen)],
    ["Git", [gitRow(screen.brief)]],
    ["Review", pullCells(screen.brief).map((text) => fact("pull", text))],
    ["Sessions", sessionRows(screen)],
    ["Sources", sourceRows(screen)],
  ];
  const groups: Group[] = [
    ...sections.map((label) => ({ label, isTasks: true, rows: ofSection(label), rest: null })),
    ...facts.map(([label, rows]) => ({ label, isTasks: false, rows, rest: null })),
  ];
  return groups
    .map((group) => ({ ...group, rows: group.rows.filter((row) => holds(row, filter)) }))
    .filter(({ rows }) => rows.length > 0);
}
