// PreToolUse, wired to the real pending news and the monitor.

import { callKinds, createPreToolUse } from "./pre-tool-use.ts";
import type { NewsInbox } from "./ports.ts";
import { codeOf } from "../core/errors.ts";
import {
  markFileReported,
  noteEdit,
  pathWithin,
  readWatchedFilesOf,
} from "../state/live/watched-files.ts";
import { claimNews } from "../state/live/pending-news.ts";
import { postDelivery } from "../state/live/outbox.ts";
import { localTime, newFenceKey } from "./clocks.ts";
import { runHookProcess } from "./hook-process.ts";
import { createMonitorStarter } from "./monitor-port.ts";

const deadlineMs = 280;

function newsInbox(live: string, report: (code: string) => void): NewsInbox {
  const guarded = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      report(codeOf(error));
    }
  };
  return {
    claim: (sessionId, kind) => claimNews(live, sessionId, kind),
    files: (sessionId) => readWatchedFilesOf(live, sessionId),
    markFileReported: (sessionId, file) => markFileReported(live, sessionId, file),
    noteEdit: (sessionId, file) => guarded(() => noteEdit(live, sessionId, file)),
    postDelivery: (delivery) => guarded(() => postDelivery(live, delivery)),
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
        news: newsInbox(files.live, report),
        pathWithin,
      }),
  });
}
