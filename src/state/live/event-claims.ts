// One brief for one event, even when a plugin and a settings file run the hook at the same time.

import { closeSync, openSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { codeOf } from "../../core/errors.ts";
import { readChangedAt } from "../files/file-stats.ts";

/** The resolution of the kernel's clock, from which file systems take times. */
const clockTickMs = 10;

function create(file: string): boolean {
  try {
    closeSync(openSync(file, "wx", 0o600));
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

/** Claude Code gives up a hook that is delayed for longer. */
const maxWaitMs = 30_000;

/** When the gate wrote the session's start file. On a busy machine, Node starts much later. */
function gateBeganAt(live: string, sessionId: string, event: string, startedAt: number): number {
  if (event.startsWith("agent-")) return startedAt;
  const at = readChangedAt(join(live, `${sessionId}.start`));
  return at === undefined || at < startedAt - maxWaitMs ? startedAt : Math.min(at, startedAt);
}

/** True for the first of concurrent runs. `startedAt`: of this process, epoch milliseconds. Throws if it cannot write. */
export function claimEvent(
  live: string,
  sessionId: string,
  event: string,
  startedAt: number,
): boolean {
  const file = join(live, `${sessionId}.claim.${event}`);
  if (create(file)) return true;
  const claimedAt = readChangedAt(file) ?? 0;
  if (claimedAt + clockTickMs > gateBeganAt(live, sessionId, event, startedAt)) return false;
  // The claim is from an earlier event. Only one of several runs can create its successor, which has its time in the name.
  const successor = `${file}.${Math.floor(claimedAt)}`;
  if (!create(successor)) return false;
  const isReplaced = (readChangedAt(file) ?? 0) !== claimedAt;
  if (isReplaced) rmSync(successor, { force: true });
  else renameSync(successor, file);
  return !isReplaced;
}
