// Tests run this as a process: it runs one verb of the code that changes files and prints the outcome as one JSON line.

import { writeSync } from "node:fs";
import { readInstallation } from "../../src/config/installation.ts";
import { codeOf, SitrepError } from "../../src/core/errors.ts";
import { gateCommand, hookEntries } from "../../src/install/hook-entries.ts";
import { planInstall } from "../../src/install/settings-hooks.ts";
import { readSettingsFile, writeSettings } from "../../src/install/settings-file.ts";
import { installBuild } from "../../src/install/versions.ts";
import { readSmallFile } from "../../src/state/files/read-small-file.ts";
import { replaceFile } from "../../src/state/files/replace-file.ts";
import { tryLock } from "../../src/state/sqlite/exclusive-lock.ts";

const [verb = "", file = "", ...rest] = process.argv.slice(2);

/** Adds the entries of an installer with its own gate folder. */
function install(folder: string): void {
  const settings = readSettingsFile(file);
  const entries = hookEntries(({ name }) => ({ command: gateCommand(`${folder}/${name}.sh`) }));
  const after = planInstall(file, settings.text, entries, (command) => command.includes(folder));
  writeSettings(settings, after);
}

/** Installs as the installer does: under the lock, and again if a process without the lock interfered. */
function installLocked(folder: string, lockFile: string): void {
  using lock = tryLock(lockFile, 20_000);
  if (lock === null) throw new SitrepError("busy", "The lock was not free in time.");
  for (;;) {
    try {
      install(folder);
      return;
    } catch (error) {
      if (codeOf(error) !== "settings-changed") throw error;
    }
  }
}

/** Replaces the file with one repeated letter after another, each `length` long, until the process is killed. */
function replaceForEver(length: number): void {
  for (let turn = 0; ; turn += 1) {
    replaceFile(file, "abcdefghij".charAt(turn % 10).repeat(length), { mode: 0o600 });
    if (turn === 0) writeSync(1, "ready\n");
  }
}

const verbs: Record<string, () => unknown> = {
  "read-settings": () => readSettingsFile(file).text,
  "read-installation": () => readInstallation(file),
  "read-small": () => readSmallFile(file, 4096),
  install: () => install(rest[0] ?? ""),
  "install-locked": () => installLocked(rest[0] ?? "", rest[1] ?? ""),
  "install-build": () => installBuild(file, rest[0] ?? "", rest[1] ?? ""),
  replace: () => replaceFile(file, rest[0] ?? "", { mode: 0o600 }),
  "replace-for-ever": () => replaceForEver(Number(rest[0])),
};

try {
  const value: unknown = verbs[verb]?.();
  writeSync(1, JSON.stringify({ code: "ok", value: value ?? null }));
} catch (error) {
  writeSync(1, JSON.stringify({ code: codeOf(error), value: null }));
}
