// How the test of a source goes, on the terminal.

import { cleanText } from "../core/fence.ts";
import type { SourceTest, TestStep } from "../sources/test-source.ts";
import { print } from "./terminal.ts";

export function stepText({ step, ms, detail, code, hint }: TestStep): string {
  const mark = code === null ? "✓" : "✗";
  const why = code === null ? detail : `${code}: ${detail}`;
  const wayOut = hint === undefined ? "" : `\n      ${hint}`;
  return `  ${mark} ${step.padEnd(8)} ${String(ms).padStart(5)} ms  ${why}${wayOut}`;
}

export function showTasks(test: SourceTest): void {
  for (const { id, status, priority, title } of test.tasks) {
    const state = status.replace("_", " ").padEnd(11);
    print(
      `      ${cleanText(id, 20).padEnd(12)} ${state} ${priority.padEnd(6)} ${cleanText(title, 80)}`,
    );
  }
  if (test.isGood) print(`  can: ${test.capabilities.join(", ")}`);
}
