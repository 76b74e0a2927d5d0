// Programs that open the same new file at once: the switch to the write-ahead log is not covered by SQLite's timeout.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../support/temporary.ts";

const sqlite = join(import.meta.dirname, "../../../src/state/sqlite/sqlite.ts");

/** Opens each file as soon as it hears of it, and says how that went. */
const opener = `
  import { createInterface } from "node:readline";
  import { openForWriting } from ${JSON.stringify(sqlite)};
  process.stdout.write("ready\\n");
  for await (const file of createInterface(process.stdin)) {
    let answer = "ok";
    try {
      const db = openForWriting(file, { timeoutMs: 20, synchronous: "NORMAL" });
      if (db.pragma("journal_mode", { simple: true }) !== "wal") answer = "no log";
      db.close();
    } catch (error) {
      answer = String(error.code);
    }
    process.stdout.write(answer + "\\n");
  }
`;

test("eight processes open the same fifty new files at once, and none fails", async () => {
  const folder = temporaryFolder();
  const script = join(folder, "opener.mts");
  writeFileSync(script, opener);
  const children = Array.from({ length: 8 }, () => {
    const child = spawn(process.execPath, [script], { stdio: ["pipe", "pipe", "inherit"] });
    const lines: string[] = [];
    child.stdout.on("data", (text) => lines.push(...String(text).trim().split("\n")));
    return { child, lines };
  });
  const heard = async (count: number): Promise<void> => {
    const haveAnswered = () => children.every(({ lines }) => lines.length >= count);
    await expect.poll(haveAnswered, { interval: 2 }).toBe(true);
  };
  await heard(1);
  for (let round = 1; round <= 50; round += 1) {
    for (const { child } of children) child.stdin.write(`${join(folder, `${round}.db`)}\n`);
    await heard(round + 1);
  }
  const responses = children.flatMap(({ lines }) => lines.slice(1));
  expect(responses.filter((response) => response !== "ok")).toEqual([]);
  expect(responses).toHaveLength(400);
  for (const { child } of children) {
    child.stdin.end();
    await once(child, "exit");
  }
});
