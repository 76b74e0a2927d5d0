// The usual ways to write tasks in Markdown or plain lines, as patterns: a heading or a list item for each task with its fields
// below it, and lines that hold an id and a title.

import { missingFieldsText } from "../task/missing-fields-text.ts";
import { missingFields } from "../task/raw-task.ts";
import { parseTaskStatus } from "../task/synonyms.ts";
import type { ResponseGuess } from "./mapping.ts";
import { maxLines, readTextTasks, type TextPattern } from "./tool-response.ts";

const between = String.raw`[*_]{0,2}\s*:\s*[*_]{0,2}\s*`;
const labels = [
  ["id", "(?:[Tt]ask |[Ii]ssue )?I[Dd]", '["`#]?[^\\s`",]+'],
  ["status", "[Ss]tatus|[Ss]tate", ".+"],
  ["priority", "[Pp]riority", ".+"],
  ["due", "[Dd]ue(?: [Dd]ate)?|[Dd]eadline", String.raw`\d.+`],
  ["assignees", "[Aa]ssignees?|[Aa]ssigned [Tt]o", ".+"],
  // A value without a number or code names no task.
  ["dependencies", "[Dd]ependencies|[Dd]epends [Oo]n|[Bb]locked [Bb]y", "(?=.*[\\d`]).+"],
] as const;
const fields = labels.map(([name, label, value]) => `(?:${label})${between}(?<${name}>${value})`);

/** `**Status:** open`, `- Status: open`, `**ID**: \`7\``. */
const detail = String.raw`^[\s*_>+\p{Extended_Pictographic}\u{FE0F}-]{0,12}(?:${fields.join("|")})`;

const things = "[Tt]asks?|[Ii]ssues?|[Tt]o-?dos?|[Ii]tems?|[Rr]esults?";
const ending = String.raw`(?:\s*[.,!:;(]|\s*$|\s+(?:found|yet|match\w*|in|for|with|assigned|to|here|exist|left|at|available)\b)`;
/** Says that there are no tasks, and not that something else is missing: "No task database" is an error. */
const none = String.raw`^\W*(?:[Tt]here are )?(?:currently )?(?:[Nn]o|0|[Zz]ero) (?:(?:any|more|open|active|pending|matching|in_progress|[\w-]+ed) ){0,3}(?:${things})${ending}|[沒没]有(?:任何)?.{0,20}(?:任務|任务)`;

const cased = (words: string): string =>
  words
    .split("|")
    .flatMap((word) => [word, (word[0] ?? "").toUpperCase() + word.slice(1), word.toUpperCase()])
    .join("|");
const states = cased(
  "to do|todo|open|pending|in progress|in_progress|blocked|done|completed|closed|cancelled",
);

const mark = String.raw`(?:\[(?<mark>[ xX])\]\s+)?`;
const bullet = String.raw`(?:[-*+]|\d+[.)])\s+`;
const key = String.raw`#\d+|[A-Z][A-Z0-9]{0,15}-\d[\d.]*`;
const wrapped = `[[(\`*]{0,3}(?<id>${key})[\\])\`*:]{0,3}`;
const dash = String.raw`\s*[:–—-]?\s+`;
const state = String.raw`(?:\s+[([](?<status>${states})[)\]])?\s*$`;

interface Shape {
  place: string;
  line: string;
  hasDetail: boolean;
}

const shapes: readonly Shape[] = [
  ...[6, 5, 4, 3, 2, 1].map((level) => ({
    place: `Markdown records: each task below a heading "${"#".repeat(level)}"`,
    line: String.raw`^#{${level}}\s+(?:Task\s+)?(?:\d+[.:)]\s+)?(?<title>.+?)\s*$`,
    hasDetail: true,
  })),
  {
    place: "Markdown records: each task a list item in bold",
    line: String.raw`^${bullet}${mark}\*\*(?<title>[^*]+)\*\*`,
    hasDetail: true,
  },
  {
    place: "Markdown headings with an id and a title",
    line: String.raw`^#{1,6}\s+${wrapped}${dash}(?<title>.+?)${state}`,
    hasDetail: true,
  },
  {
    place: "list items with a title and an id",
    line: String.raw`^\s*${bullet}${mark}\**(?<title>.+?)\**\s*[([](?:ID|Id|id):?\s*${"`"}?(?<id>[^\s${"`"})\],]+)`,
    hasDetail: true,
  },
  {
    place: "lines with an id and a title",
    line: String.raw`^\s*(?:${bullet})?${mark}(?:\[(?<priority>[A-Za-z]+)\]\s+)?${wrapped}${dash}(?<title>.+?)${state}`,
    hasDetail: false,
  },
];

const heading = String.raw`^(?:#{1,6}\s+|(?=.*:\**$))\**(?<status>[^\s*:(#-][^*:(]{0,40}?)\s*(?:\(\d+\))?:?\**:?$`;

/** True when a heading is a status: then all of them are. */
const hasStatusHeadings = (texts: readonly string[]): boolean =>
  texts
    .flatMap((text) => text.split(/\r?\n/, 2000))
    .some(
      (line) =>
        parseTaskStatus(new RegExp(heading, "u").exec(line)?.groups?.["status"] ?? "") !== null,
    );

function placeIn({ line, heading: above }: TextPattern, name: string): string {
  if (name === "status" && above !== undefined) return "in the heading above";
  return line.includes(`<${name}>`) ? "in its line" : "in a line below";
}

/** Null when no line looks like a task, or says that there are none. */
export function guessText(texts: readonly string[]): ResponseGuess | null {
  const isGrouped = hasStatusHeadings(texts);
  const found = shapes.map(({ place, line, hasDetail }) => {
    const text: TextPattern = {
      line,
      ...(hasDetail ? { detail } : isGrouped ? { heading } : {}),
      none,
    };
    const raw = readTextTasks(text, texts);
    const whole = raw?.filter((one) => missingFields(one).length === 0).length ?? 0;
    return { place, text, raw, whole };
  });
  const [best] = found.toSorted(
    (a, b) => b.whole - a.whole || (a.raw?.length ?? maxLines) - (b.raw?.length ?? maxLines),
  );
  if (best === undefined || best.raw === null) return null;
  const { raw, text, place, whole } = best;
  const hasMark = text.line.includes("<mark>");
  const task = `$merge([$, mark in ["x", "X"] ? {"status": "done"}])`;
  const names = new Set(raw.flatMap((one) => Object.keys(one)));
  // A list without tasks does not show which pattern the server uses.
  return {
    map: raw.length === 0 ? {} : { text, ...(hasMark && { task }) },
    kind: whole > 0 ? "tasks" : raw.length === 0 ? "empty" : "lacking",
    lack: whole > 0 ? null : missingFieldsText(raw),
    place,
    fields: ["title", ...labels.map(([name]) => name)].flatMap((name) =>
      names.has(name) ? [[name, placeIn(text, name)] as const] : [],
    ),
    others: [],
  };
}
