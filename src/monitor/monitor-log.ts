// Writes the log synchronously: an asynchronous destination never ends on a full disk. Logs only the fields below.

import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { pino } from "pino";
import { codeOf } from "../core/errors.ts";
import { defined } from "../core/read.ts";
import { shownJson } from "../state/output/json-output.ts";
import { rotateLog } from "../state/files/rotating-log.ts";

export interface LogFields {
  code?: string;
  source?: string;
  project?: string;
  version?: string;
  count?: number;
  ms?: number;
  reason?: string;
}

export interface MonitorLog {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  setLevel(level: string): void;
  rotate(): void;
}

const largestFile = 2 * 1024 * 1024;
const oldFiles = 4;

const pick = ({ code, source, project, version, count, ms, reason }: LogFields): LogFields =>
  defined({ code, source, project, version, count, ms, reason });

export const logFileName = "monitor.log";

/** Opens the log in `folder`. A failed write does not stop the process. */
export function openMonitorLog(folder: string, level: string): MonitorLog {
  const file = join(folder, logFileName);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const destination = pino.destination({ dest: file, sync: true, mode: 0o600, mkdir: true });
  destination.on("error", () => undefined);
  const write = (line: string): void => void destination.write(shownJson(line));
  const log = pino({ level, base: { pid: process.pid } }, { write });
  return {
    debug: (message, fields = {}) => log.debug(pick(fields), message),
    info: (message, fields = {}) => log.info(pick(fields), message),
    warn: (message, fields = {}) => log.warn(pick(fields), message),
    setLevel: (next) => {
      log.level = next;
    },
    rotate: () => {
      try {
        const isGone = !existsSync(file);
        if (isGone) mkdirSync(folder, { recursive: true, mode: 0o700 });
        if (rotateLog(file, largestFile, oldFiles) || isGone) destination.reopen();
      } catch {
        // The next tick tries again.
      }
    },
  };
}

const maxFailuresAMinute = 5;

/** Logs errors thrown outside any step. Five within a minute end the process; the next hook starts another one. */
export function logUncaughtErrors(log: MonitorLog): void {
  const times: number[] = [];
  const survive = (error: unknown): void => {
    log.warn("unexpected failure", { code: codeOf(error) });
    const now = performance.now();
    times.push(now);
    if (times.filter((at) => now - at < 60_000).length >= maxFailuresAMinute) process.exit(1);
  };
  process.on("uncaughtException", survive);
  process.on("unhandledRejection", survive);
}
