// A named pipe without a writer: a reader waits forever when it opens the pipe.

import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";

/** Puts a FIFO in place of the file. */
export function makeFifo(file: string): void {
  rmSync(file, { force: true });
  execFileSync("mkfifo", [file]);
}
