// `sitrep logs`: what monitor, hooks and task tools have logged, in the order of time; with -f as it comes. A log that is begun
// anew meanwhile loses no line: the old file is read to its end first.

import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import type { CommandContext } from "../config/context.ts";
import { SitrepError } from "../core/errors.ts";
import { parseObject, readNumber, readString, type JsonObject } from "../core/read.ts";
import { parseInstant } from "../core/time.ts";
import { untilInterrupted } from "../state/output/screen.ts";
import type { Line } from "../state/output/styled.ts";
import { bad, faint, warning } from "./terminal/styles.ts";
import { print, printJson, type JsonOption } from "./terminal/terminal.ts";

export interface LogsOptions extends JsonOption {
  follow?: boolean;
  since?: string;
}

interface LogLine {
  /** Epoch milliseconds. */
  at: number;
  /** Its file's name without the ending. */
  log: string;
  level: string;
  message: string;
  /** All else that is in it. */
  more: JsonObject;
}

/** Of pino. */
const levels: Readonly<Record<number, string>> = {
  20: "debug",
  30: "info",
  40: "warn",
  50: "error",
};

/** Null for what is no whole line of a log. */
export function readLogLine(log: string, text: string): LogLine | null {
  const from = parseObject(text);
  if (from === null) return null;
  const { time, at: since, level, msg, event, ...more } = from;
  const at = readNumber(time) ?? readNumber(since) ?? Date.parse(readString(time) ?? "");
  if (Number.isNaN(at)) return null;
  const name = readString(event);
  return {
    at,
    log,
    level: levels[readNumber(level) ?? (name === undefined ? 30 : 40)] ?? "info",
    message: readString(msg) ?? (name === undefined ? "" : `${name} failed`),
    more,
  };
}

const unitMs: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** The instant that `30m`, `2h`, `3d` or an instant means, epoch milliseconds. Throws `usage`. */
export function sinceOf(text: string, now: number): number {
  const [, count, unit = ""] = /^(\d+)\s*(s|m|min|h|d)$/.exec(text) ?? [];
  const at = count === undefined ? parseInstant(text) : now - Number(count) * (unitMs[unit] ?? 0);
  if (at !== null) return at;
  throw new SitrepError("usage", `--since takes 30m, 2h, 3d or an instant, not "${text}".`, {
    hint: "sitrep logs --since 2026-11-21T10:02:00Z",
  });
}

/** One log, read on from where it was left. */
class LogReader {
  readonly #file: string;
  readonly #log: string;
  #fd: number | null = null;
  #rest: Buffer = Buffer.alloc(0);

  constructor(folder: string, log: string) {
    this.#file = join(folder, `${log}.log`);
    this.#log = log;
  }

  #lines(bytes: Buffer): LogLine[] {
    const all = Buffer.concat([this.#rest, bytes]);
    const end = all.lastIndexOf(10) + 1;
    this.#rest = all.subarray(end);
    const texts = all.subarray(0, end).toString("utf8").split("\n");
    return texts.map((text) => readLogLine(this.#log, text)).filter((line) => line !== null);
  }

  /** What is in the open file behind what was read of it. */
  #readOn(fd: number): LogLine[] {
    const chunks: Buffer[] = [];
    const chunk = Buffer.alloc(65_536);
    for (let size = readSync(fd, chunk); size > 0; size = readSync(fd, chunk)) {
      chunks.push(Buffer.from(chunk.subarray(0, size)));
    }
    return this.#lines(Buffer.concat(chunks));
  }

  /** Lines of the files that it was in before. */
  old(): LogLine[] {
    const kept = [9, 8, 7, 6, 5, 4, 3, 2, 1].map((index) => `${this.#file}.${index}`);
    return kept
      .filter((file) => existsSync(file))
      .flatMap((file) => this.#lines(readFileSync(file)));
  }

  /** Lines that came since the last call. */
  next(): LogLine[] {
    const before = this.#fd === null ? [] : this.#readOn(this.#fd);
    const now = statSync(this.#file, { throwIfNoEntry: false });
    if (this.#fd !== null && fstatSync(this.#fd).ino === now?.ino) return before;
    if (this.#fd !== null) {
      // Written between the last look and the change of name.
      before.push(...this.#readOn(this.#fd));
      closeSync(this.#fd);
      this.#rest = Buffer.alloc(0);
    }
    this.#fd = now === undefined ? null : openSync(this.#file, "r");
    return this.#fd === null ? before : [...before, ...this.#readOn(this.#fd)];
  }
}

const two = (number: number): string => String(number).padStart(2, "0");

/** `2026-11-23 06:31:04`, of the clock on the wall. */
function momentOf(at: number): string {
  const date = new Date(at);
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":")}`;
}

const styles: Readonly<Record<string, typeof warning>> = { warn: warning, error: bad };

function lineOf({ at, log, level, message, more }: LogLine): Line {
  const words = Object.entries(more)
    .filter(([key]) => key !== "pid")
    .map(([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  const text = [level.padEnd(5), message, ...words].join(" ").trimEnd();
  return [faint(`${momentOf(at)} ${log.padEnd(7)} `), styles[level]?.(text) ?? text];
}

function show(lines: readonly LogLine[], { json }: JsonOption): void {
  const inOrder = lines.toSorted((one, other) => one.at - other.at);
  if (json !== true) return print(...inOrder.map(lineOf));
  for (const { at, log, level, message, more } of inOrder) {
    printJson({ time: new Date(at).toISOString(), log, level, message, ...more }, true);
  }
}

const lookEveryMs = 250;

export async function runLogs(context: CommandContext, options: LogsOptions): Promise<void> {
  const since = sinceOf(options.since ?? "1d", Date.now());
  const { logs } = context.files;
  const readers = new Map<string, LogReader>();
  const next = (): LogLine[] => {
    const found: LogLine[] = [];
    for (const name of existsSync(logs) ? readdirSync(logs) : []) {
      const [, log] = /^([a-z-]+)\.log$/.exec(name) ?? [];
      if (log === undefined || readers.has(log)) continue;
      const reader = new LogReader(logs, log);
      readers.set(log, reader);
      found.push(...reader.old());
    }
    // Also of one whose file has just been moved away.
    return [...found, ...[...readers.values()].flatMap((reader) => reader.next())];
  };
  const first = next().filter(({ at }) => at >= since);
  show(first, options);
  if (options.follow === true) {
    await untilInterrupted(() => show(next(), options), lookEveryMs);
  } else if (first.length === 0 && options.json !== true) {
    print(`Nothing is logged since ${momentOf(since)}.`);
  }
}
