// What the pane in Claude Code shows of a session, as texts: the monitor writes them, and the pane draws them as they are.

import { gitText } from "./brief/git-lines.ts";
import type { BriefInput } from "./brief/brief-input.ts";
import { estimateTokens } from "./brief/estimate-tokens.ts";
import type { Delivery } from "./news/delivery.ts";
import { peerText } from "./news/peers.ts";
import { cleanText } from "./quote.ts";
import { listOf, oneOf, orNull, parseJson, readNumber, readString, readTexts } from "./read.ts";
import { shape, type Read } from "./read.ts";
import { clockTime, type Calendar } from "./time.ts";
import { createToday, sections } from "./today.ts";

const readTask = shape({
  section: oneOf(sections),
  /** With its source, as commands take it. */
  id: readString,
  name: readString,
  title: readString,
  why: readString,
});

const readWhole = shape({
  /** Epoch milliseconds, and the same as a local time. */
  at: readNumber,
  time: readString,
  tasks: listOf(readTask),
  /** How many open tasks are left out. */
  more: readNumber,
  git: readString,
  sessions: readTexts,
  /** Sources that fail or are not fresh. */
  wrong: readTexts,
  /** What Claude has read in the session, the latest first. */
  read: readTexts,
});
export type PaneTask = Read<typeof readTask>;
export type Pane = Read<typeof readWhole>;

/** Null for a file of another version. */
export const readPane = (text: string): Pane | null => orNull(readWhole)(parseJson(text));

/** In the live folder. `open` exists, and is not old, while the pane is open. */
export const paneFiles = (sessionId: string): { pane: string; open: string } => ({
  pane: `${sessionId}.pane`,
  open: `${sessionId}.pane-open`,
});

/** The pane renews its file this often; the monitor takes an older one for closed after three times that. */
export const renewOpenMs = 60_000;

function deliveryText({ at, event, cause, text }: Delivery, calendar: Calendar): string {
  const isBrief = event === "SessionStart" || event === "SubagentStart";
  const to = event === "SubagentStart" ? "subagent" : cleanText(cause, 20);
  const what = isBrief ? `brief (${to}), ${estimateTokens(text)} tokens` : cleanText(text, 200);
  return `${clockTime(calendar(at))} ${what}`;
}

/** `deliveries`: the oldest first. */
export function createPane(brief: BriefInput, deliveries: readonly Delivery[]): Pane {
  const { now, calendar, peers } = brief;
  const today = createToday(brief);
  return {
    at: now,
    time: clockTime(calendar(now)),
    tasks: today.tasks.map(({ section, task, name, title, why }) => {
      return { section, id: `${task.source}/${task.id}`, name, title, why: why.join(", ") };
    }),
    more: today.more + today.others,
    git: gitText(brief),
    sessions: peers.slice(0, 3).map((peer) => peerText(peer, now)),
    wrong: today.sources
      .filter(({ isWell }) => !isWell)
      .map(({ source, words }) => `${source}: ${words}`),
    read: deliveries.toReversed().map((one) => deliveryText(one, calendar)),
  };
}
