// Where hooks log their failures: codes with their time, for `status` and `doctor`. It must never fail itself, nor hold
// back a hook.

import { parseObject, readNumber, readString } from "../core/read.ts";
import { readSmallFile } from "../state/files/read-small-file.ts";
import { appendToLog } from "../state/files/rotating-log.ts";

/** One failure. `at` is epoch milliseconds. */
export interface HookFailure {
  at: number;
  event: string;
  code: string;
}

const largestLog = 256 * 1024;

/** Where that is not possible, nothing happens. */
export const appendFailure = (file: string, failure: HookFailure): void =>
  appendToLog(file, failure, largestLog);

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
