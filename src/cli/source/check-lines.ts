// The results of a source test, and their lines.

import type { SourceType } from "../../core/ports.ts";
import { cleanText } from "../../core/quote.ts";
import type { Task } from "../../core/task/task.ts";
import { unknownFix } from "../../core/task/unknown-words.ts";
import type { Line } from "../../state/output/styled.ts";
import { statusName } from "../task/task-rows.ts";
import { marks, nameStyle } from "../terminal/styles.ts";
import { table } from "../terminal/table.ts";
import { print, screenWidth } from "../terminal/terminal.ts";

export interface CheckStep {
  step: "settings" | "connect" | "tools" | "tasks";
  ms: number;
  /** The result of the step, or why it failed. */
  detail: string;
  /** Null when the step passed. */
  code: string | null;
  hint?: string;
}

export interface SourceCheck {
  name: string;
  isGood: boolean;
  steps: CheckStep[];
  /** The first three tasks. */
  tasks: Task[];
  count: number | null;
  /** Statuses, priorities and due dates that Sitrep does not know. */
  unknown: string[];
  capabilities: string[];
}

export function stepLines({ step, ms, detail, code, hint }: CheckStep): Line[] {
  const why = code === null ? detail : `${code}: ${detail}`;
  const mark = code === null ? marks.ok : marks.failed;
  const row = [mark, step.padEnd(8), `${String(ms).padStart(5)} ms`, why];
  return [
    ...table([row], { width: screenWidth(), overflow: "wrap", indent: 2 }),
    ...(hint === undefined ? [] : hint.split("\n").map((line) => `      ${line}`)),
  ];
}

export function showTasks(test: SourceCheck, type: SourceType = "mcp"): void {
  const rows = test.tasks.map(({ id, status, priority, title }) => [
    nameStyle(cleanText(id, 20)),
    statusName({ status }),
    priority === "none" ? "" : priority,
    cleanText(title, 80),
  ]);
  print(...table(rows, { width: screenWidth(), indent: 6 }));
  for (const text of test.unknown) print(`  ! ${text}`);
  if (test.unknown.length > 0) print(`      ${unknownFix(type)}`);
  if (test.isGood) print(`  can: ${test.capabilities.join(", ")}`);
}
