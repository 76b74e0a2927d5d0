// The log of `sitrep mcp`: a line of JSON for each start and each call of a tool, in a file that all sessions share.
// Standard error is the client's, which shows what is on it as trouble.

import { appendFileSync, mkdirSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { codeOf } from "../../core/errors.ts";
import type { ObservedCall } from "../observe/observer.ts";

export interface StartFacts {
  readonly version: string;
  readonly backend: string;
  readonly project: string;
  readonly tools: number;
}

export interface ToolLog {
  started(facts: StartFacts): void;
  called(call: ObservedCall): void;
  /** Something that is no call: a line that is no message. */
  fault(error: unknown): void;
}

const largestFile = 2 * 1024 * 1024;
export const toolLogName = "mcp.log";

/** A file that cannot be written keeps no call from being answered. */
export function openToolLog(folder: string, now: () => Date): ToolLog {
  const file = join(folder, toolLogName);
  const write = (fields: Record<string, unknown>): void => {
    const line = JSON.stringify({ time: now().toISOString(), pid: process.pid, ...fields });
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > largestFile) {
        renameSync(file, `${file}.1`);
      }
      appendFileSync(file, `${line}\n`, { mode: 0o600 });
    } catch {
      // A full disk, or no right to the folder.
    }
  };
  return {
    started: ({ version, backend, project, tools }) =>
      write({
        msg: "started",
        version,
        transport: "stdio",
        authentication: "none: the person at this machine",
        backend,
        project,
        tools,
      }),
    called: ({ tool, principal, status, code, durationMs, parameters, values }) =>
      write({
        msg: "tool call",
        tool,
        principal: principal.user,
        http_status: status,
        ...(code === null ? {} : { code }),
        duration_ms: Math.round(durationMs * 100) / 100,
        parameters,
        values,
      }),
    fault: (error) => write({ msg: "fault", code: codeOf(error) }),
  };
}
