// One brief for one event of a session, also when two entries (a plugin's and a settings file's) run the hook at the
// same time: the first to write leaves a claim file, and a run beside it finds that.

import { closeSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { codeOf } from "../../core/errors.ts";

/** File systems note times by the tick of the kernel's clock. */
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

/** A gate that a busy machine has kept from starting Node for so long has been given up by its client. */
const longestWaitMs = 30_000;

/**
 * When the gate began that has started the asking process: it leaves the file of its session's start first. On a busy
 * machine Node begins long after it, and would take a run beside it for an earlier one.
 */
function gateBeganAt(live: string, sessionId: string, event: string, startedAt: number): number {
  if (event.startsWith("agent-")) return startedAt;
  const at = statSync(join(live, `${sessionId}.start`), { throwIfNoEntry: false })?.mtimeMs;
  return at === undefined || at < startedAt - longestWaitMs ? startedAt : Math.min(at, startedAt);
}

/** True when the claim was made by a run that was under way at `startedAt`, or came after it. */
function isBeside(file: string, startedAt: number): boolean {
  const at = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  return at !== undefined && at + clockTickMs > startedAt;
}

/**
 * True for the first of the runs at the same time that asks for a session's event. `startedAt` is when the asking
 * process began, epoch milliseconds. Throws where the folder cannot be written.
 */
export function claimEvent(
  live: string,
  sessionId: string,
  event: string,
  startedAt: number,
): boolean {
  const file = join(live, `${sessionId}.claim.${event}`);
  if (create(file)) return true;
  const beganAt = gateBeganAt(live, sessionId, event, startedAt);
  if (isBeside(file, beganAt)) return false;
  const away = `${file}.${process.pid}`;
  try {
    renameSync(file, away);
  } catch {
    // Another run took the old claim away first; whoever makes the new one writes.
    return create(file);
  }
  const wasNew = isBeside(away, beganAt);
  if (wasNew) renameSync(away, file);
  else rmSync(away, { force: true });
  return !wasNew && create(file);
}
