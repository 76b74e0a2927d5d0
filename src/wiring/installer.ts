// Installs and uninstalls: the built files, the gates, the entries in a settings file, the monitor.

import { existsSync, mkdirSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { createTwoFilesPatch } from "diff";
import { keptEnvironment } from "../config/installation.ts";
import type { Installation } from "../config/installation.ts";
import { SitrepError } from "../core/errors.ts";
import { excludeFile, includeFile } from "../git/exclude.ts";
import { requireGitVersion } from "../git/find-git.ts";
import type { Located } from "../git/locate.ts";
import { locate } from "../git/locate.ts";
import { createSimpleGit } from "../git/simple-git-runner.ts";
import { runHookCommand } from "../settings/check-command.ts";
import type { CheckOutcome } from "../settings/check-command.ts";
import { gateCommand, gates, hookEntries, shellQuote } from "../settings/entries.ts";
import { gateFile, writeGates } from "../settings/gate-files.ts";
import { planInstall, planUninstall } from "../settings/plan.ts";
import type { IsOurs } from "../settings/plan.ts";
import {
  hashOf,
  readRecord,
  readSettingsFile,
  recordedFiles,
  removeRecord,
  removeSettings,
  writeRecord,
  writeSettings,
} from "../settings/settings-file.ts";
import type { SettingsFile } from "../settings/settings-file.ts";
import {
  installBuild,
  installLauncher,
  installNode,
  removeOtherVersions,
} from "../settings/versions.ts";
import { replaceFile } from "../small-files/replace-file.ts";
import { tryLock } from "../sqlite/exclusive-lock.ts";
import { gitOf, installationOf } from "./cli-world.ts";
import type { CliWorld } from "./cli-world.ts";
import { scopes } from "./scopes.ts";
import type { Scope } from "./scopes.ts";
import { version } from "./version.ts";

const lockWaitMs = 10_000;

/** The settings file of a scope, as the client finds it. */
export function settingsPath(world: CliWorld, project: Located, scope: Scope): string {
  if (scope === "user") {
    const own = world.env["CLAUDE_CONFIG_DIR"];
    return join(own || join(homedir(), ".claude"), "settings.json");
  }
  const name = scope === "local" ? "settings.local.json" : "settings.json";
  return join(project.worktree, ".claude", name);
}

/** Ours are the commands that name a gate of this state folder, quoted as we write it, or run a bundle with it. */
function isOursIn(world: CliWorld): IsOurs {
  const gate = JSON.stringify(shellQuote(join(world.files.gates, "x")).slice(0, -2)).slice(1, -1);
  const state = JSON.stringify(world.folders.state);
  return (command) => command.includes(gate) || command.includes(state);
}

/** One installer at a time in a state folder. */
function withLock<T>(world: CliWorld, work: () => T): T {
  const lock = tryLock(world.files.installLock, lockWaitMs);
  if (lock === null) {
    throw new SitrepError("busy", "Another install or uninstall is running.", {
      hint: "Wait for it and run the command again.",
    });
  }
  try {
    return work();
  } finally {
    lock[Symbol.dispose]();
  }
}

export interface SettingsPlan {
  settings: SettingsFile;
  after: string;
  /** A unified diff; empty when nothing changes. */
  diff: string;
}

function plan(world: CliWorld, file: string, direct: Installation | null): SettingsPlan {
  const settings = readSettingsFile(file);
  const entries = hookEntries(
    (gate) => gateFile(world.files.gates, gate),
    process.platform !== "win32" || direct === null
      ? null
      : (gate) => ({
          node: direct.node,
          bundle: join(direct.folder, `${gate.bundle}.cjs`),
          state: world.folders.state,
        }),
  );
  const after = planInstall(file, settings.text, entries, isOursIn(world));
  const isSame = after === settings.text;
  const diff = isSame
    ? ""
    : createTwoFilesPatch(file, file, settings.text ?? "", after, "before", "after");
  return { settings, after, diff };
}

/** What an install would write. Throws `settings-not-strict`, `settings-unexpected`. */
export function planSettings(world: CliWorld, project: Located, scope: Scope): SettingsPlan {
  return plan(world, settingsPath(world, project, scope), installationOf(world));
}

/** Puts the built files, Node, the gates and the launcher in their places. Gives the record and the launcher. */
export function installFiles(
  world: CliWorld,
  project: Located,
  build: string,
): { installation: Installation; launcher: string } {
  const git = gitOf(world, project.project);
  if (git !== null) requireGitVersion(git.file);
  return withLock(world, () => {
    const { data, state } = world.folders;
    const before = installationOf(world);
    const folder = installBuild(build, data, version);
    const node = installNode(process.execPath, data, process.versions.node);
    const env = keptEnvironment({ HOME: homedir(), ...world.env });
    const installation = { version, folder, node, git: git?.file ?? null, env };
    mkdirSync(world.files.live, { recursive: true, mode: 0o700 });
    replaceFile(world.files.installation, `${JSON.stringify(installation, null, 2)}\n`, {
      mode: 0o600,
    });
    writeGates({ folder: world.files.gates, state, node, build: folder });
    const launcher = installLauncher(data, node, folder);
    removeOtherVersions(data, before === null ? [folder] : [folder, before.folder]);
    return { installation, launcher };
  });
}

/** Writes a plan and its record. Gives what else was changed for it. */
export async function applySettings(
  world: CliWorld,
  project: Located,
  scope: Scope,
  { settings, after }: SettingsPlan,
): Promise<{ excludedIn: string | null }> {
  const known = readRecord(world.files.settingsRecords, settings.file);
  const folder = dirname(settings.target);
  const madeFolder = existsSync(folder) ? (known?.madeFolder ?? null) : folder;
  withLock(world, () => writeSettings(settings, after));
  const isUntouched = known !== null && hashOf(settings.bytes ?? "") === known.afterHash;
  const before = isUntouched ? known.before : bytesWithoutOurs(world, settings);
  const git = gitOf(world, project.project);
  const excludedIn =
    scope === "local" && project.repository !== null && git !== null
      ? await excludeFile(project.repository, settings.file, git, createSimpleGit(git))
      : null;
  writeRecord(world.files.settingsRecords, {
    file: settings.file,
    before,
    afterHash: hashOf(after),
    madeFolder,
    excludedIn: excludedIn ?? known?.excludedIn ?? null,
  });
  return { excludedIn };
}

function bytesWithoutOurs(world: CliWorld, settings: SettingsFile): Buffer | null {
  if (settings.text === null) return null;
  return Buffer.from(planUninstall(settings.file, settings.text, isOursIn(world)), "utf8");
}

/** Runs the written SessionStart command as the client would. Throws `install-check-failed`. */
export async function checkInstalled(world: CliWorld, project: Located): Promise<CheckOutcome> {
  if (process.platform === "win32") return { exitCode: 0, stderr: "", context: null, ms: 0 };
  const [gate] = gates;
  const outcome = await runHookCommand(
    gateCommand(gateFile(world.files.gates, gate)),
    { cwd: project.worktree, hook_event_name: "SessionStart", source: "startup" },
    project.worktree,
  );
  if (outcome.exitCode === 0 && outcome.stderr === "") return outcome;
  throw new SitrepError(
    "install-check-failed",
    `The installed hook ended with ${outcome.exitCode ?? "a signal"} and said: ${outcome.stderr.slice(0, 200)}`,
    { hint: '"sitrep doctor" looks for the reason; "sitrep uninstall" takes everything back.' },
  );
}

export interface Uninstalled {
  file: string;
  /** `restored`: the very bytes from before; `removed`: the file was ours; `cut`: only our entries went. */
  how: "restored" | "removed" | "cut" | "nothing";
}

function uninstallFrom(world: CliWorld, file: string): Uninstalled {
  const record = readRecord(world.files.settingsRecords, file);
  const settings = readSettingsFile(file);
  const undo = (): Uninstalled["how"] => {
    if (settings.bytes === null || settings.text === null) return "nothing";
    if (record !== null && hashOf(settings.bytes) === record.afterHash) {
      if (record.before === null) {
        removeSettings(settings, record.madeFolder);
        return "removed";
      }
      writeSettings(settings, record.before);
      return "restored";
    }
    const after = planUninstall(file, settings.text, isOursIn(world));
    if (after === settings.text) return "nothing";
    writeSettings(settings, after);
    return "cut";
  };
  const how = undo();
  if (record?.excludedIn != null) {
    const repository = locate(dirname(dirname(file)))?.repository;
    if (repository != null) includeFile(repository, file, record.excludedIn);
  }
  removeRecord(world.files.settingsRecords, file);
  return { file, how };
}

/** Every settings file that an uninstall will look at: the recorded ones, and those of the project. */
export function filesToUninstall(world: CliWorld, project: Located | null): string[] {
  const own = project === null ? [] : scopes.map((scope) => settingsPath(world, project, scope));
  return [...new Set([...recordedFiles(world.files.settingsRecords), ...own])].filter((file) =>
    existsSync(file),
  );
}

/** Takes our entries out of these files. A file that cannot be read as settings is left and its error thrown last. */
export function uninstallSettings(world: CliWorld, files: readonly string[]): Uninstalled[] {
  return withLock(world, () => files.map((file) => uninstallFrom(world, file)));
}

/** Removes the gates and the installed versions. What the store, the cache and the logs hold stays. */
export function uninstallFiles(world: CliWorld): void {
  rmSync(world.files.gates, { recursive: true, force: true });
  rmSync(world.files.installation, { force: true });
  for (const name of ["versions", "node", "bin"]) {
    rmSync(join(world.folders.data, name), { recursive: true, force: true });
  }
}
