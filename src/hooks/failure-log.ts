// Where hooks log their failures: codes with their time, for `status` and `doctor`. It must neither fail nor hold back a hook.

import { parseJson, readNumber, readString, shape, type Read } from "../core/read.ts";
import { readSmallFile } from "../state/files/read-small-file.ts";
import { appendToLog } from "../state/files/rotating-log.ts";

const readFailure = shape({ at: readNumber, event: readString, code: readString });
export type HookFailure = Read<typeof readFailure>;

const largestLog = 256 * 1024;

/** Never throws. */
export const appendFailure = (file: string, failure: HookFailure): void =>
  appendToLog(file, failure, largestLog);

/** The failures since `since`, oldest first. */
export function readFailures(file: string, since: number): HookFailure[] {
  const text = readSmallFile(file, 2 * largestLog) ?? "";
  return text.split("\n").flatMap((line) => {
    const failure = readFailure(parseJson(line));
    return failure === undefined || failure.at < since ? [] : [failure];
  });
}
