// What a session left for the next one on its branch or task. All of it is text of others, masked before it is written down.

import type { TextContext } from "../brief/task-lines.ts";
import { quoted, quotedName } from "../quote.ts";
import {
  listOf,
  oneOf,
  orElse,
  parseJson,
  readFlag,
  readNumber,
  readString,
  readStrings,
  shape,
  type Read,
} from "../read.ts";
import { pastTimeText, type Calendar } from "../time.ts";

export const noteKinds = ["decision", "dead_end"] as const;

const readNote = shape({ kind: oneOf(noteKinds), text: readString, at: readNumber });
export type HandoffNote = Read<typeof readNote>;

const readParts = shape(
  {
    said: orElse(readString, ""),
    failed: orElse(readString, ""),
    /** From the working tree's root, the latest first. */
    files: readStrings,
    notes: orElse(listOf(readNote), []),
  },
  {
    /** Of Claude Code's own task list, the first ones. */
    unfinished: listOf(shape({ id: readString, title: readString, isStarted: readFlag })),
    unfinishedCount: readNumber,
  },
);
export type Handoff = Read<typeof readParts>;

export const readHandoff = (text: string | null): Handoff =>
  readParts(parseJson(text ?? "")) ?? { said: "", failed: "", files: [], notes: [] };

export interface LastHandoff extends Handoff {
  /** Null if a branch has only notes. */
  sessionId: string | null;
  /** The branch, or the path of the working tree if none was checked out. */
  place: string;
  taskId: string | null;
  at: number;
}

export const handoffKeptMs: number = 7 * 86_400_000;

/** The last `maxLength` UTF-16 units, starting at a word, or at least at a character. */
export function cutStart(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  let start = text.length - maxLength + 1;
  const space = text.indexOf(" ", start - 1);
  if (space !== -1 && space < start + 40) start = space + 1;
  while (/^[\p{M}\uDC00-\uDFFF]/u.test(text.slice(start, start + 2))) start += 1;
  return `…${text.slice(start)}`;
}

function unfinishedPart(
  { unfinished = [], unfinishedCount = 0 }: Handoff,
  most: number,
): [label: string, text: string] {
  const started = unfinished.filter(({ isStarted }) => isStarted).length;
  const named = unfinished.slice(0, most - 1).map(({ title }) => quoted(title, most * 12));
  const more = named.length === 0 ? 0 : unfinishedCount - named.length;
  return [
    started === 0 ? "unfinished" : `unfinished (${started} in progress)`,
    `${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}`,
  ];
}

export function handoffParts(left: LastHandoff, most: number): [label: string, text: string][] {
  const named = left.files.slice(0, most).map((path) => quotedName(path, 80));
  const more = left.files.length - named.length;
  const parts: [string, string][] = [
    ["last said", left.said === "" ? "" : quoted(cutStart(left.said, most * 60), most * 60)],
    ["last failed", left.failed === "" ? "" : quoted(left.failed, most * 25)],
    unfinishedPart(left, most),
    ...left.notes.map(({ kind, text }): [string, string] => [
      kind === "decision" ? "decided" : "dead end",
      quoted(text, most * 30),
    ]),
    ["touched", `${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}`],
  ];
  return parts.filter(([, text]) => text !== "");
}

const maxLineLength = 560;

/** For a brief: one line of at most 560 characters without its label. `place`: the reader's, as in `LastHandoff`. */
export function handoffText(left: LastHandoff, place: string | null): string {
  const where: [string, string][] =
    place === null || left.place === place ? [] : [["on", quotedName(left.place, 60)]];
  const notes = left.notes.slice(-3);
  return [...where, ...handoffParts({ ...left, notes }, 4)].reduce((line, [label, text]) => {
    const longer = `${line}${line === "" ? "" : "; "}${label === "last said" ? "" : `${label} `}${text}`;
    return longer.length <= maxLineLength ? longer : line;
  }, "");
}

export function handoffLines(
  {
    leftOff,
    place = null,
    calendar,
  }: { leftOff?: LastHandoff | null; place?: string | null; calendar: Calendar },
  { style, now }: TextContext,
): string[] {
  if (leftOff == null) return [];
  const label = `Left off (${pastTimeText(calendar(leftOff.at), now)})`;
  return [style.labeled(label, handoffText(leftOff, place))];
}
