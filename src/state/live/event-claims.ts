// One brief for one event, even when a plugin and a settings file run the hook at the same time.

import { closeSync, openSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { codeOf } from "../../core/errors.ts";
import { readChangedAt } from "../files/file-stats.ts";

/** File systems take times from the kernel's clock, which ticks this slowly. */
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

/** A hook that a busy machine has delayed for longer has been given up by Claude Code. */
const maxWaitMs = 30_000;

/** When the run's gate left the file of the session's start: on a busy machine Node begins much later. */
function gateBeganAt(live: string, sessionId: string, event: string, startedAt: number): number {
  if (event.startsWith("agent-")) return startedAt;
  const at = readChangedAt(join(live, `${sessionId}.start`));
  return at === undefined || at < startedAt - maxWaitMs ? startedAt : Math.min(at, startedAt);
}

/** True for the first of concurrent runs. `startedAt`: of this process, epoch milliseconds. Throws where it cannot write. */
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
  // The claim is from an earlier event. Of several runs that find it, one can create its successor, named after it.
  const successor = `${file}.${Math.floor(claimedAt)}`;
  if (!create(successor)) return false;
  const isReplaced = (readChangedAt(file) ?? 0) !== claimedAt;
  if (isReplaced) rmSync(successor, { force: true });
  else renameSync(successor, file);
  return !isReplaced;
}
