// SubagentStart: three lines for a subagent, which does not see the session's brief. It waits for nothing.

import { renderSubagentBrief } from "../core/brief/subagent-brief.ts";
import { gather, noBackground, noMonitor } from "./gather-brief.ts";
import { parseSessionId } from "../core/session.ts";
import { readingInput, isSilent, type SessionStartDeps } from "./session-start.ts";
import type { LiveFolder } from "./pre-tool-use.ts";
import type { HookHandler } from "./hook-process.ts";
import { createDelivery } from "./session-history.ts";

export type SubagentStartDeps = SessionStartDeps & Pick<LiveFolder, "postDelivery">;

export const createSubagentStart =
  (deps: SubagentStartDeps): HookHandler =>
  async ({ cwd, sessionId, agentId: id, agentType }) => {
    const place = deps.locate(cwd);
    const quick = { ...deps, monitor: noMonitor, maxWaitMs: 0 };
    const found = await gather(quick, place, async () => noBackground);
    const reading = { ...found, isMonitorAlive: deps.monitor.isAlive() };
    const now = deps.now();
    const isQuiet = isSilent(deps, place, reading.cache);
    const brief = readingInput(deps, place, now, reading);
    reading.cache?.close();
    const agentId = parseSessionId(id ?? undefined);
    if (isQuiet) return { context: null };
    if (sessionId !== null && agentId !== null && !deps.claimEvent(sessionId, `agent-${agentId}`))
      return { context: null };
    const text = renderSubagentBrief(brief);
    const about = { event: "SubagentStart", cause: agentType ?? "subagent", text };
    return {
      context: text,
      afterwards: () => {
        if (sessionId !== null)
          deps.postDelivery(
            createDelivery({ ...about, sessionId }, place, now, reading, deps.clock()),
          );
      },
    };
  };
