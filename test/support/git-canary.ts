// A program that leaves a mark when it is run.

import { chmodSync, existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "./temporary.ts";

export interface Canary {
  /** Its path, without blanks or quotes, so that a shell command can contain it as is. */
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

/** Creates a canary outside every repository. */
export function createCanary(): Canary {
  const folder = temporaryFolder("sitrep-canary-");
  const mark = join(folder, "fired");
  return {
    program: writeProgram(join(folder, "canary"), `: > ${mark}`),
    hasFired: () => existsSync(mark),
    reset: () => rmSync(mark, { force: true }),
  };
}
