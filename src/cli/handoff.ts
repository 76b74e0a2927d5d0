import { existsSync } from "node:fs";
import { locateProject, readCache, type CommandContext } from "../config/context.ts";
import { handoffParts } from "../core/handoff/handoff.ts";
import { cleanText, quoteNote, quotedName } from "../core/quote.ts";
import { localTime, pastTimeText } from "../core/time.ts";
import { readLastHandoff } from "../state/cache/handoffs.ts";
import type { ProjectOptions } from "./program/verb-context.ts";
import { printJson, printResult, printNotice } from "./terminal/terminal.ts";

interface HandoffOptions extends ProjectOptions {
  for?: string;
}

const maxFiles = 20;

export function runHandoff(context: CommandContext, options: HandoffOptions): void {
  const { cache, handoffOff } = context.files;
  const located = locateProject(context, options.project);
  const now = Date.now();
  const query = { ...located, id: null, own: false, now };
  const isOff = existsSync(handoffOff);
  const isKept = !isOff && existsSync(cache);
  const left = isKept ? readCache(context, (db) => readLastHandoff(db, query)) : null;
  if (left === null) {
    if (options.json === true) return printJson(null);
    return printNotice(isOff ? `Handoffs are off: ${handoffOff}` : "There is no handoff here.");
  }
  const reader = options.for === undefined ? null : cleanText(options.for, 80);
  const title = [
    "Handoff",
    quotedName(located.projectName),
    quotedName(left.place, 80),
    ...(left.taskId === null ? [] : [quotedName(left.taskId)]),
    pastTimeText(localTime(left.at), localTime(now)),
    ...(reader === null ? [] : [`for ${reader}`]),
  ];
  const parts = handoffParts(left, maxFiles).map(([label, text]) => `${label}: ${text}`);
  printResult(options, { ...left, for: reader }, [
    `# ${title.join(" · ")}`,
    quoteNote,
    ...parts.map((line) => `${line.charAt(0).toUpperCase()}${line.slice(1)}`),
  ]);
  if (left.unfinished !== undefined && options.json !== true)
    printNotice("To add unfinished work to your tasks: sitrep task keep");
}
