// The log of `sitrep mcp`: a line of JSON for each start and each call of a tool, in a file that all sessions share.
// Standard error is the client's, which shows what is on it as trouble.

import { join } from "node:path";
import { codeOf } from "../../core/errors.ts";
import { appendToLog } from "../../state/files/rotating-log.ts";
import { callFields, type ToolCallRecord } from "../observe/observer.ts";

const largestFile = 2 * 1024 * 1024;
export const toolLogName = "mcp.log";

/** Only what is named here is written down. A file that cannot be written keeps no call from being answered. */
export function openToolLog(folder: string, now: () => Date) {
  const file = join(folder, toolLogName);
  const write = (fields: object): void =>
    appendToLog(file, { time: now().toISOString(), pid: process.pid, ...fields }, largestFile);
  return {
    started: (facts: { version: string; backend: string; project: string; tools: number }) =>
      write({
        msg: "started",
        transport: "stdio",
        authentication: "none: the person at this machine",
        ...facts,
      }),
    called: (call: ToolCallRecord) =>
      write({ msg: "tool call", ...callFields(call, call.principal.user) }),
    /** Something that is no call, such as input that is no message. */
    fault: (error: unknown) => write({ msg: "fault", code: codeOf(error) }),
  };
}
