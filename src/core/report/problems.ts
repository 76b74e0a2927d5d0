// What is wrong in a project, the most pressing first, each with what to do.

import type { BriefInput } from "../brief/brief-input.ts";
import { mismatchSentence } from "../brief/mismatch-text.ts";
import { cleanText } from "../quote.ts";
import type { CurrentMismatch } from "../task/mismatch.ts";
import { agoText } from "../time.ts";
import type { Today } from "../today.ts";

export interface ReportProblem {
  /** `error`: something does not work. `warning`: something is old, late, or does not match. */
  level: "error" | "warning";
  /** A word or two: `Source`, `Merged`. */
  about: string;
  text: string;
  /** What to do, such as a command as typed; null where Sitrep knows nothing. */
  remedy: string | null;
}

export interface ProblemFacts {
  brief: BriefInput;
  today: Today;
  /** What is switched off, in sentences. */
  off: readonly string[];
  isInstalled: boolean;
  /** How many of the reader's and of the unassigned tasks are overdue. */
  overdue: number;
  /** Failures of hooks in the last day. */
  hookFailures: number;
}

const mismatchLabels: Readonly<Record<CurrentMismatch["kind"], string>> = {
  merged: "Merged",
  reverted: "Reverted",
  unpushed: "Unpushed",
  deleted: "Branch gone",
  idle: "Idle",
};

export function findProblems(facts: ProblemFacts): ReportProblem[] {
  const { brief, today, off, isInstalled, overdue, hookFailures } = facts;
  const { cacheError, now } = brief;
  const found: ReportProblem[] = [];
  const add = (about: string, text: string, remedy: string | null, level: ReportProblem["level"]) =>
    found.push({ level, about, text, remedy });
  if (cacheError !== null && cacheError !== "database-missing")
    add("Cache", `The tasks cannot be read (${cacheError}).`, "sitrep doctor", "error");
  if (!isInstalled) add("Setup", "Claude does not see this yet.", "sitrep install", "error");
  if (!brief.isMonitorAlive)
    add("Monitor", "It is not running, so nothing is refreshed.", "sitrep start", "error");
  if (hookFailures > 0)
    add("Hooks", `Failures in the last day: ${hookFailures}.`, "sitrep logs", "error");
  const unwell = today.sources.filter(({ isWell }) => !isWell);
  for (const { source, words, wayOut } of unwell.filter((one) => one.code !== null))
    add("Source", `${source} ${words}`, wayOut, "error");
  for (const { source, words } of unwell.filter((one) => one.code === null))
    add("Source", `${source}: ${words}`, "sitrep refresh", "warning");
  for (const text of off) add("Off", text, null, "warning");
  for (const one of today.mismatches) {
    const id = cleanText(one.taskId, 40);
    const isOwn = brief.sources.some(
      (view) => view.isBuiltIn === true && view.source === one.source,
    );
    const closing = isOwn ? `sitrep task done ${id}` : `Close it in ${cleanText(one.source, 40)}.`;
    const remedy = one.kind === "merged" ? closing : null;
    const text = mismatchSentence(one, agoText(one.at, now), id);
    add(mismatchLabels[one.kind], text, remedy, "warning");
  }
  if (overdue > 0)
    add(
      "Overdue",
      `${overdue === 1 ? "1 task is" : `${overdue} tasks are`} past the due date.`,
      null,
      "warning",
    );
  return found;
}
