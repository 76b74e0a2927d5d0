// PreToolUse, wired to the real sheets of news and the monitor.

import { createPreToolUse } from "../hook/pre-tool-use.ts";
import { claimSheet } from "../live/news-sheets.ts";
import { localTime, newFenceKey } from "./clocks.ts";
import { runHookProcess } from "./hook-process.ts";
import { createMonitorStarter } from "./monitor-port.ts";

const deadlineMs = 280;

/** The last argument names the sheet that the gate found: `news` or `git`. */
export function runPreToolUse(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  return runHookProcess({
    event: "PreToolUse",
    argv,
    env,
    deadlineMs,
    build: ({ files, installation, report }) =>
      createPreToolUse({
        kind: argv[3] === "git" ? "git" : "news",
        calendar: localTime,
        newKey: newFenceKey,
        monitor: createMonitorStarter(files, installation, report),
        news: { claim: (sessionId, kind) => claimSheet(files.live, sessionId, kind) },
      }),
  });
}
