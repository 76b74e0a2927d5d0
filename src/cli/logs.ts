// `sitrep logs`: the log lines of the monitor, the hooks and the task tools by time; -f follows new lines.

import { closeSync, existsSync, fstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { CommandContext } from "../config/context.ts";
import { SitrepError } from "../core/errors.ts";
import { parseObject, readNumber, readString, type JsonObject } from "../core/read.ts";
import { parseInstant } from "../core/time.ts";
import { openSmallFile } from "../state/files/read-small-file.ts";
import { untilInterrupted } from "../state/output/live-output.ts";
import type { Line } from "../state/output/styled.ts";
import { errorStyle, faint, warningStyle } from "./terminal/styles.ts";
import { print, printJson, type JsonOption } from "./terminal/terminal.ts";

interface LogsOptions extends JsonOption {
  follow?: boolean;
  since: string;
}

interface LogLine {
  at: number;
  log: string;
  level: string;
  message: string;
  more: JsonObject;
}

/** Pino's level numbers. */
const levels: Readonly<Record<number, string>> = {
  20: "debug",
  30: "info",
  40: "warn",
  50: "error",
};

/** Null when `text` is not a log line. Lines of hooks have `at` and `event`; others have `time` and `msg`. */
function readLogLine(log: string, text: string): LogLine | null {
  const from = parseObject(text);
  if (from === null) return null;
  const { time, at: hookTime, level, msg, event, ...more } = from;
  const at = readNumber(time) ?? readNumber(hookTime) ?? Date.parse(readString(time) ?? "");
  if (Number.isNaN(at)) return null;
  const hook = readString(event);
  return {
    at,
    log,
    level: levels[readNumber(level) ?? (hook === undefined ? 30 : 40)] ?? "info",
    message: readString(msg) ?? (hook === undefined ? "" : `${hook} failed`),
    more,
  };
}

const unitMs: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

function instantOf(since: string, now: number): number {
  const [, count, unit = ""] = /^(\d+)\s*([smhd])$/.exec(since) ?? [];
  const at = count === undefined ? parseInstant(since) : now - Number(count) * (unitMs[unit] ?? 0);
  if (at !== null) return at;
  throw new SitrepError("usage", `--since takes 30m, 2h, 3d or a timestamp, not "${since}".`, {
    hint: "sitrep logs --since 2026-11-21T10:02:00Z",
  });
}

/** Returns the lines written since the last call, or all at first. Rotation keeps a file's inode, so none is lost. */
function createReader(folder: string): () => LogLine[] {
  /** By inode: the offset after the last complete line read. */
  const offsets = new Map<number, number>();
  const readOn = (name: string, log: string): LogLine[] => {
    const fd = openSmallFile(join(folder, name));
    if (fd === null) return [];
    try {
      const { ino, size } = fstatSync(fd);
      const known = offsets.get(ino) ?? 0;
      if (size === known) return [];
      // A new file may reuse the inode of a deleted one.
      const from = size < known ? 0 : known;
      const bytes = readFileSync(fd);
      const end = bytes.lastIndexOf(10) + 1;
      offsets.set(ino, end);
      const texts = bytes.toString("utf8", from, end).split("\n");
      return texts.flatMap((text) => readLogLine(log, text) ?? []);
    } finally {
      closeSync(fd);
    }
  };
  return () => {
    const names = existsSync(folder) ? readdirSync(folder) : [];
    const lines = names.flatMap((name) => {
      const [, log] = /^([a-z-]+)\.log(?:\.\d)?$/.exec(name) ?? [];
      return log === undefined ? [] : readOn(name, log);
    });
    return lines.toSorted((one, other) => one.at - other.at);
  };
}

/** Local time as `2026-11-23 06:31:04`, the format of the Swedish locale. */
const momentOf = (at: number): string => new Date(at).toLocaleString("sv");

const styles: Readonly<Record<string, typeof warningStyle>> = {
  warn: warningStyle,
  error: errorStyle,
};

function lineOf({ at, log, level, message, more }: LogLine): Line {
  const words = Object.entries(more)
    .filter(([key]) => key !== "pid")
    .map(([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  const text = [level.padEnd(5), message, ...words].join(" ").trimEnd();
  return [faint(`${momentOf(at)} ${log.padEnd(7)} `), styles[level]?.(text) ?? text];
}

function show(lines: readonly LogLine[], { json }: JsonOption): void {
  if (json !== true) return print(...lines.map(lineOf));
  for (const { at, log, level, message, more } of lines) {
    printJson({ time: new Date(at).toISOString(), log, level, message, ...more }, true);
  }
}

const pollMs = 250;

export async function runLogs(context: CommandContext, options: LogsOptions): Promise<void> {
  const since = instantOf(options.since, Date.now());
  const newLines = createReader(context.files.logs);
  const first = newLines().filter(({ at }) => at >= since);
  show(first, options);
  if (options.follow === true) await untilInterrupted(() => show(newLines(), options), pollMs);
  else if (first.length === 0 && options.json !== true) {
    print(`Nothing has been logged since ${momentOf(since)}.`);
  }
}
