// Where hooks log their failures: codes with their time, for `status` and `doctor`. It must never fail itself, nor hold
// back a hook.

import { appendFileSync, mkdirSync, renameSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { parseObject, readNumber, readString } from "../core/read.ts";
import { readSmallFile } from "../state/files/read-small-file.ts";

/** One failure. `at` is epoch milliseconds. */
export interface HookFailure {
  at: number;
  event: string;
  code: string;
}

const largestLog = 256 * 1024;

/** Adds a line. Where that is not possible, nothing happens. */
export function appendFailure(file: string, failure: HookFailure): void {
  try {
    const size = statSync(file, { throwIfNoEntry: false })?.size;
    if (size === undefined) mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    else if (size > largestLog) renameSync(file, `${file}.1`);
    appendFileSync(file, `${JSON.stringify(failure)}\n`, { mode: 0o600 });
  } catch {
    // A state folder that cannot be written is found by `doctor` itself.
  }
}

/** The failures since `since`, oldest first. */
export function readFailures(file: string, since: number): HookFailure[] {
  const text = readSmallFile(file, 2 * largestLog) ?? "";
  return text.split("\n").flatMap((line) => {
    const from = parseObject(line);
    const [at, event] = [readNumber(from?.["at"]), readString(from?.["event"])];
    const code = readString(from?.["code"]);
    if (at === undefined || event === undefined || code === undefined || at < since) return [];
    return [{ at, event, code }];
  });
}
