// A hundred kills in the middle of a replacement: the old bytes or the new ones, never others.

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startProgram } from "../../support/settings-processes.ts";
import { temporaryFolder } from "../../support/temporary.ts";

const length = 200_000;
const whole = /^(a+|b+|c+|d+|e+|f+|g+|h+|i+|j+)$/;

/** Kills a process that replaces the file again and again, so many milliseconds after its first turn. */
async function killAfter(file: string, ms: number): Promise<void> {
  const child = startProgram("replace-for-ever", [file, String(length)]);
  if (child.stdout === null) throw new Error("no stdout");
  await once(child.stdout, "data");
  const ended = once(child, "close");
  setTimeout(() => child.kill("SIGKILL"), ms);
  await ended;
}

test("F72: kill -9 at any moment leaves the whole old or the whole new file", async () => {
  const rounds = Array.from({ length: 4 }, async () => {
    const file = join(temporaryFolder(), "file");
    for (let round = 0; round < 25; round += 1) {
      await killAfter(file, Math.random() * 12);
      const text = readFileSync(file, "utf8");
      expect(text).toHaveLength(length);
      expect(whole.test(text)).toBe(true);
    }
  });
  await Promise.all(rounds);
});
