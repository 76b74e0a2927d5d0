// SubagentStart: three lines for a subagent, which does not see the session's brief. It waits for nothing.

import { renderSubagentBrief } from "../core/brief/subagent-brief.ts";
import { gather, noBackground, noMonitor } from "./gather.ts";
import { sessionIdOf } from "../core/session.ts";
import { briefInputOf, isSilent, type SessionStartDeps } from "./session-start.ts";
import type { LiveFolder } from "./pre-tool-use.ts";
import type { HookHandler } from "./hook-process.ts";
import { deliveryOf } from "./session-history.ts";

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
    const brief = briefInputOf(deps, place, now, reading);
    reading.cache?.close();
    const agentId = sessionIdOf(id ?? undefined);
    if (isQuiet) return { context: null };
    if (sessionId !== null && agentId !== null && !deps.claimEvent(sessionId, `agent-${agentId}`))
      return { context: null };
    const text = renderSubagentBrief(brief);
    const about = { event: "SubagentStart", cause: agentType ?? "subagent", text };
    return {
      context: text,
      afterwards: () => {
        if (sessionId !== null)
          deps.postDelivery(deliveryOf({ ...about, sessionId }, place, now, reading));
      },
    };
  };
