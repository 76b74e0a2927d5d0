// The log of `sitrep mcp`, in a file that all sessions share: MCP clients show stderr as trouble.

import { join } from "node:path";
import { codeOf } from "../../core/errors.ts";
import { appendToLog } from "../../state/files/rotating-log.ts";
import { callFields, type ToolCallRecord } from "../observe/observer.ts";

const largestFile = 2 * 1024 * 1024;

/** Writes only the fields named here. Calls are answered even if the file cannot be written. */
export function openToolLog(folder: string, now: () => Date) {
  const file = join(folder, "mcp.log");
  const write = (fields: object): void =>
    appendToLog(file, { time: now().toISOString(), pid: process.pid, ...fields }, largestFile);
  return {
    started: (facts: { version: string; backend: string; project: string; tools: number }) =>
      write({ msg: "started", transport: "stdio", authentication: "none (local user)", ...facts }),
    called: (call: ToolCallRecord) =>
      write({ msg: "tool call", ...callFields(call, call.principal.user) }),
    /** Anything but a call, such as input that is not a message. */
    fault: (error: unknown) => write({ msg: "fault", code: codeOf(error) }),
  };
}
