// A file that is too large becomes `FILE.1`, that one `FILE.2`. Hooks use it: few imports.

import { appendFileSync, existsSync, mkdirSync, renameSync } from "node:fs";
import { dirname } from "node:path";
import { programJson } from "../output/json-output.ts";
import { fileSize } from "./file-stats.ts";

/** Moves a file of more than `largest` bytes aside, and returns whether it did. Keeps `kept` old ones. May throw. */
export function rotateLog(file: string, largest: number, kept: number): boolean {
  if (fileSize(file) <= largest) return false;
  for (let index = kept - 1; index >= 1; index -= 1) {
    if (existsSync(`${file}.${index}`)) renameSync(`${file}.${index}`, `${file}.${index + 1}`);
  }
  renameSync(file, `${file}.1`);
  return true;
}

/** Adds a line of JSON, and keeps one old file. Ignores failures, such as a full disk or a missing permission. */
export function appendToLog(file: string, fields: object, largest: number): void {
  try {
    if (!existsSync(file)) mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    rotateLog(file, largest, 1);
    appendFileSync(file, `${programJson(fields)}\n`, { mode: 0o600 });
  } catch {
    // A failed log must not stop a program; `doctor` reports a folder that cannot be written.
  }
}
