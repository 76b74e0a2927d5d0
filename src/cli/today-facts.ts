// The facts that bare `sitrep` shows below the tasks: git, the pull request, other sessions, mismatches, sources.

import { gitText } from "../core/brief/git-lines.ts";
import type { BriefInput } from "../core/brief/brief-input.ts";
import { mismatchSentence } from "../core/brief/mismatch-text.ts";
import type { CurrentMismatch } from "../core/task/mismatch.ts";
import { peerText, type Peer } from "../core/news/peers.ts";
import { pullText } from "../core/pull-request/pull-request-text.ts";
import { cleanText } from "../core/quote.ts";
import { agoText } from "../core/time.ts";
import type { Today } from "../core/today.ts";
import type { Cell, Line } from "../state/output/styled.ts";
import { strong, warningStyle } from "./terminal/styles.ts";
import { table } from "./terminal/table.ts";
import { unaddedLines, type UnaddedSource } from "./unadded-sources.ts";

interface Facts {
  brief: BriefInput;
  today: Today;
  unadded: readonly UnaddedSource[];
}

export const pullCells = (brief: BriefInput): string[] =>
  pullText(brief, (label, rest) => `${label}: ${rest}`);

const maxSessions = 3;
const maxMismatches = 5;

export const mismatchText = (one: CurrentMismatch, now: number): string =>
  mismatchSentence(one, agoText(one.at, now), cleanText(one.taskId, 40));

const sessionCell = (peer: Peer, now: number): Cell => warningStyle(peerText(peer, now));

export function factLines({ brief, today, unadded }: Facts, width: number | null): Line[] {
  const sources = today.sources.map(({ source, open, words, isWell, wayOut }): Cell => {
    const text = [
      `${source}: ${open === null ? "" : `${open} open, `}${words}`,
      ...(wayOut === null ? [] : [wayOut]),
    ].join("; ");
    return isWell ? text : warningStyle(text);
  });
  const mismatches = today.mismatches
    .slice(0, maxMismatches)
    .map((one) => warningStyle(mismatchText(one, brief.now)));
  const asleep = brief.isMonitorAlive ? [] : [warningStyle("not running: sitrep start")];
  const facts: [string, Cell[]][] = [
    ["Git", [gitText(brief)]],
    ["Review", pullCells(brief)],
    ["Sessions", brief.peers.slice(0, maxSessions).map((one) => sessionCell(one, brief.now))],
    ["Mismatch", mismatches],
    ["Sources", sources],
    ["Not shown", unaddedLines(unadded)],
    ["Monitor", asleep],
  ];
  const rows = facts.flatMap(([label, cells]) =>
    cells.map((cell, at): Cell[] => [at === 0 ? strong(label) : "", cell]),
  );
  return table(rows, { width, overflow: "wrap" });
}
