// A program that leaves a mark when somebody runs it.

import { chmodSync, existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "./temporary.ts";

export interface Canary {
  /** Its path: no blanks or quotes, so that it can stand in a shell command. */
  program: string;
  hasFired: () => boolean;
  reset: () => void;
}

/** Writes an executable shell script. */
export function writeProgram(file: string, body: string): string {
  writeFileSync(file, `#!/bin/sh\n${body}\n`);
  chmodSync(file, 0o755);
  return file;
}

/** A new canary, outside every repository. */
export function createCanary(): Canary {
  const folder = temporaryFolder("sitrep-canary-");
  const mark = join(folder, "fired");
  return {
    program: writeProgram(join(folder, "canary"), `: > ${mark}`),
    hasFired: () => existsSync(mark),
    reset: () => rmSync(mark, { force: true }),
  };
}
