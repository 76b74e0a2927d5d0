// SubagentStart: three lines for a subagent, which does not read the session's brief. It waits for nothing.

import { renderSubagentBrief } from "../core/brief/subagent-brief.ts";
import { gather } from "./gather.ts";
import { sessionIdOf } from "../core/session.ts";
import { briefInputOf, isSilent, noMonitor, type SessionStartDeps } from "./session-start.ts";
import type { LiveFolder } from "./pre-tool-use.ts";
import type { HookHandler } from "./hook-process.ts";
import { deliveryOf } from "./session-history.ts";

export type SubagentStartDeps = SessionStartDeps & Pick<LiveFolder, "postDelivery">;

export function createSubagentStart(deps: SubagentStartDeps): HookHandler {
  return async (input) => {
    const place = deps.locate(input.cwd);
    const quick = { ...deps, monitor: noMonitor, longestWaitMs: 0 };
    const reading = await gather(quick, place, async () => ({ peers: [] }));
    const now = deps.now();
    const { cache } = reading;
    const isQuiet = isSilent(deps, place, cache);
    const brief = briefInputOf(deps, place, now, {
      ...reading,
      isMonitorAlive: deps.monitor.isAlive(),
    });
    cache?.close();
    const { sessionId } = input;
    const agentId = sessionIdOf(input.agentId ?? undefined);
    if (isQuiet) return { context: null };
    if (sessionId !== null && agentId !== null && !deps.claimEvent(sessionId, `agent-${agentId}`))
      return { context: null };
    const text = renderSubagentBrief(brief);
    const about = { event: "SubagentStart", cause: input.agentType ?? "subagent", text };
    return {
      context: text,
      afterwards: () => {
        if (sessionId !== null)
          deps.postDelivery(deliveryOf({ ...about, sessionId }, place, now, reading));
      },
    };
  };
}
