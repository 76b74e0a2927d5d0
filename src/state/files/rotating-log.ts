// Logs that stay small: a file that has grown too large becomes `FILE.1`, that one `FILE.2`, and so on. Hooks use it, so it
// imports next to nothing.

import { appendFileSync, existsSync, mkdirSync, renameSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { programJson } from "../output/program.ts";

/**
 * Moves a file of more than `largest` bytes out of the way, and gives true when it did. `kept` is how many old ones there
 * may be. Throws what the file system throws.
 */
export function rotateLog(file: string, largest: number, kept: number): boolean {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) <= largest) return false;
  for (let index = kept - 1; index >= 1; index -= 1) {
    if (existsSync(`${file}.${index}`)) renameSync(`${file}.${index}`, `${file}.${index + 1}`);
  }
  renameSync(file, `${file}.1`);
  return true;
}

/** Adds a line of JSON, keeping one old file. Where that is not possible (a full disk, no right to it) nothing happens. */
export function appendToLog(file: string, fields: object, largest: number): void {
  try {
    if (!existsSync(file)) mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    rotateLog(file, largest, 1);
    appendFileSync(file, `${programJson(fields)}\n`, { mode: 0o600 });
  } catch {
    // A log must hold nobody back; a folder that cannot be written is found by `doctor`.
  }
}
