// What sessions were given, in tokens, and what the client's own git snapshot costs beside it.

import { estimateTokens } from "./brief/fit.ts";
import type { Delivery } from "./news/delivery.ts";

export const costKinds = ["brief", "changes", "subagent", "news", "git", "file"] as const;
export type CostKind = (typeof costKinds)[number];

/** `changes`: what a resumed session is told. `git`, `file`: what a call in git or of a file is told. */
export function kindOf({ event, cause }: Pick<Delivery, "event" | "cause">): CostKind {
  if (event === "SubagentStart") return "subagent";
  if (event === "SessionStart") return ["resume", "fork"].includes(cause) ? "changes" : "brief";
  if (cause === "late") return "brief";
  return cause === "git call" ? "git" : cause === "file" ? "file" : "news";
}

export interface SessionCost {
  sessionId: string;
  project: string | null;
  /** Of the last text, epoch milliseconds. */
  at: number;
  texts: number;
  /** Estimated. */
  tokens: number;
  kinds: Record<CostKind, number>;
}

const noTokens = (): Record<CostKind, number> => ({
  brief: 0,
  changes: 0,
  subagent: 0,
  news: 0,
  git: 0,
  file: 0,
});

/** Each session's, the latest first. */
export function costsOf(deliveries: readonly Delivery[]): SessionCost[] {
  const all = new Map<string, SessionCost>();
  for (const delivery of deliveries) {
    const { sessionId, project, at, text } = delivery;
    const cost = all.get(sessionId) ?? {
      sessionId,
      project,
      at,
      texts: 0,
      tokens: 0,
      kinds: noTokens(),
    };
    const tokens = estimateTokens(text);
    cost.project ??= project;
    cost.at = Math.max(cost.at, at);
    cost.texts += 1;
    cost.tokens += tokens;
    cost.kinds[kindOf(delivery)] += tokens;
    all.set(sessionId, cost);
  }
  return [...all.values()].toSorted((one, other) => other.at - one.at);
}

/** What of a working tree stands in the client's snapshot. */
export interface ClientSnapshot {
  branch: string;
  defaultBranch: string;
  /** As of `git status --short`. */
  status: string;
  /** As of `git log --oneline -5`. */
  log: string;
}

/** Of the status the client gives no more, with a sentence that says so. */
const longestStatus = 2000;

function shownStatus(status: string): string {
  const text = status.trimEnd();
  if (text === "") return "(clean)";
  if (text.length <= longestStatus) return text;
  return `${text.slice(0, longestStatus)}\n... (truncated because it exceeds 2k characters)`;
}

/** The text that client 2.1.329 puts before the first prompt, once a session (test/claude-code/cost.test.ts). */
export const snapshotText = ({ branch, defaultBranch, status, log }: ClientSnapshot): string =>
  `<system-reminder>
As you answer the user's questions, you can use the following context:
# gitStatus
This is the git status at the start of the conversation. Note that this status is a snapshot in time, and will not update during the conversation.

Current branch: ${branch}

Main branch (you will usually use this for PRs): ${defaultBranch}

Status:
${shownStatus(status)}

Recent commits:
${log.trimEnd()}

Claude Code attached this context automatically; it isn't part of the user's message. It describes the user's own account and workspace, so they don't need it reported back.
</system-reminder>`;

/** The client's instructions on commits and pull requests, which the same setting leaves out. Measured at 2.1.329. */
export const instructionTokens = 340;
