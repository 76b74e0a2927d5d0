// The brief for a session that goes on with its old copy in the conversation: only what changed since, or nothing.

import type { TaskChange } from "../changes.ts";
import { createFence, fenceNote } from "../fence.ts";
import { gitMoved } from "../news.ts";
import type { GitState } from "../git-state.ts";
import { dateLine, pastMoment } from "../words.ts";
import { longestBrief } from "./brief.ts";
import type { BriefInput } from "./brief.ts";
import { changeLine } from "./change-lines.ts";
import { fitList, moreLines } from "./fit.ts";
import type { Line } from "./fit.ts";
import { gitLine } from "./git-lines.ts";
import { sourceLine } from "./source-lines.ts";
import type { WordContext } from "./task-lines.ts";

/** What this session was last told, and when. */
export interface LastTold {
  at: number;
  git: GitState | null;
  /** Net changes since then. */
  changes: readonly TaskChange[];
}

/** The changes since the session was last told, or null when there are none. */
export function renderResumeBrief(input: BriefInput, last: LastTold): string | null {
  const fence = createFence(input.key);
  const context: WordContext = { fence, now: input.calendar(input.now), calendar: input.calendar };
  const changed = last.changes
    .map((change) => changeLine(change, fence))
    .filter((line) => line !== null);
  const gitChanged = input.git.kind === "state" && gitMoved(last.git, input.git.state);
  if (changed.length === 0 && !gitChanged) return null;
  const when = pastMoment(input.calendar(last.at), context.now);
  const head: Line[] = [
    { text: `# Sitrep · ${fence.name(input.project)} · ${dateLine(context.now)}`, weight: 100 },
    {
      text: `Changed since this session was last told (${when}). ${fenceNote(fence)}`,
      weight: 90,
    },
  ];
  const tail: Line[] = [
    ...(gitChanged ? [{ text: gitLine(input.git, context, input.now), weight: 70 }] : []),
    ...input.sources.map((view) => ({ text: sourceLine(view, context, input.now), weight: 60 })),
  ];
  const build = (entries: number): Line[] => [
    ...head,
    ...changed.slice(0, entries).map((text) => ({ text: `  ${text}`, weight: 40 })),
    ...moreLines(changed.length - entries),
    ...tail,
  ];
  return fitList(changed.length, build, Math.min(input.options.maxCharacters, longestBrief));
}
