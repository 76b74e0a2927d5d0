// A named pipe without a writer: whoever opens it for reading waits for ever.

import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";

/** Puts a FIFO in place of the file. */
export function makeFifo(file: string): void {
  rmSync(file, { force: true });
  execFileSync("mkfifo", [file]);
}
