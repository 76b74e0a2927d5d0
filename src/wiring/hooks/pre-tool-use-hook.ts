// PreToolUse, wired to the real sheets of news and the monitor.

import { callKinds, createPreToolUse } from "../../hook/pre-tool-use.ts";
import type { NewsBox } from "../../hook/ports.ts";
import { codeOf } from "../../core/errors.ts";
import { markFileTold, noteEdit, pathWithin, readFileSheetOf } from "../../live/file-sheets.ts";
import { claimSheet } from "../../live/news-sheets.ts";
import { leaveSaid } from "../../live/said.ts";
import { localTime, newFenceKey } from "../clocks.ts";
import { runHookProcess } from "./hook-process.ts";
import { createMonitorStarter } from "./monitor-port.ts";

const deadlineMs = 280;

function newsBox(live: string, report: (code: string) => void): NewsBox {
  const guarded = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      report(codeOf(error));
    }
  };
  return {
    claim: (sessionId, kind) => claimSheet(live, sessionId, kind),
    files: (sessionId) => readFileSheetOf(live, sessionId),
    markFileTold: (sessionId, file) => markFileTold(live, sessionId, file),
    noteEdit: (sessionId, file) => guarded(() => noteEdit(live, sessionId, file)),
    leaveSaid: (telling) => guarded(() => leaveSaid(live, telling)),
  };
}

/** The last argument names what the gate looked for: `news`, `git`, `files` or `prompt`. */
export function runPreToolUse(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const kind = callKinds.find((one) => one === argv[3]) ?? "news";
  return runHookProcess({
    event: kind === "prompt" ? "UserPromptSubmit" : "PreToolUse",
    argv,
    env,
    deadlineMs,
    build: ({ files, installation, report }) =>
      createPreToolUse({
        kind,
        now: Date.now,
        calendar: localTime,
        newKey: newFenceKey,
        monitor: createMonitorStarter(files, installation, report),
        news: newsBox(files.live, report),
        pathWithin,
      }),
  });
}
