// PreToolUse, when the gate has found that there may be something to say: news for the session, the state of the
// repository at a git-related call, or a monitor that is gone.

import { renderAdvice } from "../core/advice.ts";
import type { NewsSheet } from "../core/news-json.ts";
import type { SheetKind } from "../core/told.ts";
import { clockTime } from "../core/words.ts";
import type { Calendar } from "../core/words.ts";
import type { HookInput } from "./input.ts";
import type { MonitorStarter, NewsBox } from "./ports.ts";
import type { HookHandler } from "./runner.ts";

export interface PreToolUseDeps {
  /** Which of a session's sheets the gate found. */
  kind: SheetKind;
  calendar: Calendar;
  newKey: () => string;
  monitor: MonitorStarter;
  news: NewsBox;
}

const gitCommand = /(?:^|[\s;&|(`'"])git(?:\s|$)/;

/** True for a shell command that calls git. */
export function isGitCall(input: Pick<HookInput, "toolName" | "toolInput">): boolean {
  const command = input.toolInput?.["command"];
  return input.toolName === "Bash" && typeof command === "string" && gitCommand.test(command);
}

/** A subagent's call leaves the news where it is: what it is told stays in its own conversation. */
function claim(deps: PreToolUseDeps, input: HookInput): NewsSheet | null {
  if (input.sessionId === null || input.agentId !== null) return null;
  if (deps.kind === "git" && !isGitCall(input)) return null;
  return deps.news.claim(input.sessionId, deps.kind);
}

export function createPreToolUse(deps: PreToolUseDeps): HookHandler {
  return async (input) => {
    if (!deps.monitor.isAlive()) deps.monitor.start();
    const sheet = claim(deps, input);
    if (sheet === null) return { context: null };
    return {
      context: renderAdvice({
        items: sheet.items,
        git: deps.kind === "git" ? sheet.told.git : null,
        at: clockTime(deps.calendar(sheet.at)),
        key: deps.newKey(),
      }),
    };
  };
}
