// Twenty processes that make the same new file, lock or table at the same moment: nobody fails, and nobody waits for long.
// SITREP_ROUNDS says how often it is tried.

import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { readServerKey } from "../../src/config/server-keys.ts";
import { parseObject } from "../../src/core/read.ts";
import { builtFolder } from "../support/built.ts";
import { kinds } from "../support/starting-worker.ts";
import { temporaryFolder } from "../support/temporary.ts";

const rounds = Number(process.env["SITREP_ROUNDS"] ?? 2);
const program = import.meta.resolve("../support/starting-worker.ts").replace("file://", "");

/** All the files of a build, empty. */
function aBuild(): string {
  const build = temporaryFolder();
  for (const name of readdirSync(builtFolder, { recursive: true, encoding: "utf8" })) {
    if (statSync(join(builtFolder, name)).isDirectory()) mkdirSync(join(build, name));
    else writeFileSync(join(build, name), "");
  }
  return build;
}

function startOne(build: string) {
  const child = spawn(process.execPath, [program, build], { stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => String((await lines.next()).value);
  return {
    next,
    pid: child.pid ?? 0,
    make: (kind: string, folder: string) => void child.stdin.write(`${kind}\t${folder}\n`),
  };
}

test(
  "twenty processes that start at once create every file, lock and table without a failure",
  { timeout: 600_000 },
  async () => {
    const build = aBuild();
    const processes = Array.from({ length: 20 }, () => startOne(build));
    for (const one of processes) expect(await one.next()).toBe("ready");
    const failed: string[] = [];
    const longest: Record<string, number> = {};
    for (let round = 0; round < rounds; round += 1) {
      for (const kind of Object.keys(kinds)) {
        const folder = join(temporaryFolder(), "state");
        for (const one of processes) one.make(kind, folder);
        const responses = await Promise.all(processes.map((one) => one.next()));
        for (const said of responses) {
          const { code, ms } = parseObject(said) ?? {};
          if (code !== "ok") failed.push(`${kind}: ${String(code)}`);
          longest[kind] = Math.max(longest[kind] ?? 0, Math.round(Number(ms)));
        }
        if (kind !== "server key") continue;
        for (const { pid } of processes) {
          const key = readServerKey(join(folder, "server-keys"), `http://127.0.0.1:${pid}`);
          if (key !== "key-1") failed.push(`${kind}: an address was lost`);
        }
      }
    }
    expect(failed).toEqual([]);
    expect(Object.entries(longest).filter(([, ms]) => ms > 2000)).toEqual([]);
  },
);
