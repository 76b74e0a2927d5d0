// What the monitor takes away with the client's plugin, and what it leaves.

import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { stateFiles } from "../../src/config/folders.ts";
import { removeLeftovers } from "../../src/monitor/leftovers.ts";
import { temporaryFolder } from "../support/temporary.ts";

function aState(files: readonly string[]): string {
  const state = join(temporaryFolder(), "sitrep");
  for (const file of files) {
    mkdirSync(dirname(join(state, file)), { recursive: true });
    writeFileSync(join(state, file), "x");
  }
  return state;
}

const made = [
  "cache.db",
  "cache.db-wal",
  "cache.db-shm",
  "limits.db",
  "monitor.lock",
  "install.lock",
  "live/a",
  "git/b/config",
  "logs/monitor.log",
  "gates/x.sh",
  "quarantine/cache.db",
  "installation.json",
  "warm-a1b2c3/cache.db",
];
const kept = ["tasks.db", "tasks.db-wal", "secrets/s.json", "sign-ins/s.json", "off", "notes.txt"];

test("what can be made anew goes, and tasks, secrets, sign-ins and what others put there stay", () => {
  const state = aState([...made, ...kept]);
  removeLeftovers(stateFiles(state));
  const left = readdirSync(state, { recursive: true, encoding: "utf8" });
  expect(left.filter((name) => kept.includes(name)).toSorted()).toEqual(kept.toSorted());
  expect(left.filter((name) => made.includes(name))).toEqual([]);
});

test("the folder goes where nothing is left in it", () => {
  const state = aState(made);
  removeLeftovers(stateFiles(state));
  expect(existsSync(state)).toBe(false);
});
