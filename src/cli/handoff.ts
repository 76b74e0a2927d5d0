// `sitrep handoff`: what the last session left in this place, for a person to read or to give on.

import { existsSync } from "node:fs";
import { projectOf, readCache, type CommandContext } from "../config/context.ts";
import { handoffParts } from "../core/handoff/handoff.ts";
import { cleanText, quoteNote, quotedName } from "../core/quote.ts";
import { localTime, pastMoment } from "../core/time.ts";
import { readLeftOff } from "../state/cache/handoffs.ts";
import type { ProjectOptions } from "./program/options.ts";
import { printResult, remark } from "./terminal/terminal.ts";

interface HandoffOptions extends ProjectOptions {
  for?: string;
}

const mostFiles = 20;

export function runHandoff(context: CommandContext, options: HandoffOptions): void {
  const located = projectOf(context, options.project);
  const now = Date.now();
  const query = { ...located, id: null, own: false, now };
  const isOff = existsSync(context.files.handoffOff);
  const isKept = !isOff && existsSync(context.files.cache);
  const left = isKept ? readCache(context, (db) => readLeftOff(db, query)) : null;
  const reader = options.for === undefined ? null : cleanText(options.for, 80);
  if (left === null && options.json !== true) {
    return remark(
      isOff ? `Nothing is kept: ${context.files.handoffOff}` : "Nothing was left here.",
    );
  }
  if (left === null) return printResult(options, null, []);
  const title = [
    "Handoff",
    quotedName(located.projectName),
    quotedName(left.place, 80),
    left.taskId === null ? null : quotedName(left.taskId),
  ];
  const when = pastMoment(localTime(left.at), localTime(now));
  const parts = handoffParts(left, mostFiles).map(([label, text]) => `${label}: ${text}`);
  printResult(options, { ...left, for: reader }, [
    `# ${title.filter((one) => one !== null).join(" · ")} · ${when}${reader === null ? "" : ` · for ${reader}`}`,
    quoteNote,
    ...parts.map((line) => `${line.charAt(0).toUpperCase()}${line.slice(1)}`),
  ]);
}
