// What the monitor removes after Claude Code's plugin is gone, and what it leaves.

import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { stateFiles } from "../../src/config/folders.ts";
import { removePluginState, removeStaleFiles } from "../../src/monitor/cleanup.ts";
import { day } from "../support/builders.ts";
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

test("removing leftovers keeps tasks, secrets, sign-ins and other people's files", () => {
  const state = aState([...made, ...kept]);
  removePluginState(stateFiles(state));
  const left = readdirSync(state, { recursive: true, encoding: "utf8" });
  expect(left.filter((name) => kept.includes(name)).toSorted()).toEqual(kept.toSorted());
  expect(left.filter((name) => made.includes(name))).toEqual([]);
});

test("removing leftovers removes an empty state folder", () => {
  const state = aState(made);
  removePluginState(stateFiles(state));
  expect(existsSync(state)).toBe(false);
});

test("the daily clean-up removes drafts after a day and quarantined files after two weeks, and nothing else", () => {
  const drafts = [".installation.json.7-abc-1.draft", "warm-a1b2c3/cache.db"];
  const state = aState([...made, ...kept, ...drafts]);
  const names = () => readdirSync(state, { recursive: true, encoding: "utf8" }).toSorted();
  const [all, now] = [names(), Date.now()];
  const ageAll = (days: number): void => {
    for (const name of all) {
      if (existsSync(join(state, name)))
        utimesSync(join(state, name), now / 1000, (now - days * day) / 1000);
    }
    removeStaleFiles(stateFiles(state), [], now);
  };
  ageAll(0.9);
  expect(names()).toEqual(all);
  ageAll(13);
  const left = all.filter((name) => !/draft$|^warm/.test(name));
  expect(names()).toEqual(left);
  ageAll(15);
  expect(names()).toEqual(left.filter((name) => !name.startsWith("quarantine")));
});
