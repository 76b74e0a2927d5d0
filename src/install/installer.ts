// Installs: the built files, the gates, the entries in a settings file, and a check of what was written.

import { existsSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { findKeychainAddon, keychainAddonName } from "../config/keychain.ts";
import { keptEnvironment, gitProgramOf, type Installation } from "../config/installation.ts";
import { isPluginInstalled } from "../config/plugin.ts";
import { SitrepError } from "../core/errors.ts";
import { compareVersions } from "../core/version-order.ts";
import { defined } from "../core/read.ts";
import { excludeFile } from "../git/exclude.ts";
import { leastGitVersion, requireGitVersion } from "../git/find-git.ts";
import { plainStatus } from "../git/hardened.ts";
import type { Located } from "../git/repository.ts";
import { runHookCommand, type CheckOutcome } from "./hook-run.ts";
import { gateCommand, gates, type Scope } from "./entries.ts";
import { gateFile, writeGates } from "./gate-files.ts";
import { hashOf, readRecord, writeRecord, writeSettings } from "./settings-file.ts";
import {
  installBuild,
  installLauncher,
  installNode,
  removeOtherNodes,
  removeOtherVersions,
} from "./versions.ts";
import { realPath } from "../state/files/real-path.ts";
import { replaceFile } from "../state/files/replace-file.ts";
import { gitOf, installationOf, type CommandContext } from "../config/context.ts";
import { environmentForOthers } from "../sources/settle-environment.ts";
import type { SettingsPlan } from "./settings-plan.ts";
import { isMcpFile, isPortable, withLock, withoutOurs } from "./settings-target.ts";
import { version } from "../config/version.ts";

const isWhole = ({ plugin, folder }: Installation): boolean =>
  existsSync(join(folder, "cli.cjs")) && (plugin === undefined || isPluginInstalled(plugin));

/**
 * What is to be recorded once `own` is installed: the newest of it and of what is there of others, and of the same version the
 * settings' one. An older one never takes a newer one's place; its own earlier one it does.
 */
function recordOf(own: Installation, before: Installation | null): Installation {
  const others = [before, before?.other].filter(
    (one) => one != null && one.plugin !== own.plugin && isWhole(one),
  ) as Installation[];
  const [other] = others.toSorted((one, that) => compareVersions(that.version, one.version));
  if (other === undefined) return own;
  const order = compareVersions(own.version, other.version);
  const { other: _, ...rest } = other;
  const isOwnFirst = order > 0 || (order === 0 && own.plugin === undefined);
  return isOwnFirst ? { ...own, other: rest } : { ...rest, other: own };
}

/**
 * Puts the built files, Node, the gates and the launcher in their places. Gives it, whether it is what hooks start now, and
 * the launcher. `plugin`: the data folder of the client's plugin that installs.
 */
export function installFiles(
  context: CommandContext,
  project: Located,
  build: string,
  plugin?: string,
): { installation: Installation; isRecorded: boolean; launcher: string } {
  const git = gitOf(context, project.project);
  if (git === null) {
    throw new SitrepError("git-missing", "git was not found on the PATH.", {
      hint: `Install git ${leastGitVersion} or later and run the command again.`,
    });
  }
  requireGitVersion(git.file);
  return withLock(context, () => {
    const { data, state } = context.folders;
    const before = installationOf(context);
    const keychain = findKeychainAddon(build);
    const more = keychain === null ? [] : ([[keychain, keychainAddonName]] as const);
    const folder = installBuild(build, data, version, more);
    const node = installNode(process.execPath, data, process.versions.node);
    const env = keptEnvironment({ HOME: homedir(), ...context.env });
    const installation = { version, folder, node, git: git.file, env, ...defined({ plugin }) };
    mkdirSync(context.files.live, { recursive: true, mode: 0o700 });
    const record = recordOf(installation, before);
    const text = `${JSON.stringify(record, null, 2)}\n`;
    replaceFile(context.files.installation, text, { mode: 0o600 });
    const program = gitProgramOf(installation, context.files.gitSettings);
    const earlyGit = program === null ? null : plainStatus(program);
    writeGates({ folder: context.files.gates, state, node, build: folder, earlyGit });
    const launcher = installLauncher(data, node, folder);
    const used = [installation, before, before?.other].filter((one) => one != null);
    removeOtherVersions(
      data,
      used.map((one) => one.folder),
    );
    removeOtherNodes(
      data,
      used.map((one) => one.node),
    );
    return { installation, isRecorded: record.folder === folder, launcher };
  });
}

/** Writes a plan and its record. Gives what else was changed for it. */
export async function applySettings(
  context: CommandContext,
  project: Located,
  scope: Scope,
  { settings, after, hasOurRule }: SettingsPlan,
): Promise<{ excludedIn: string | null }> {
  const known = readRecord(context.files.settingsRecords, settings.file);
  const folder = dirname(settings.target);
  const madeFolder = existsSync(folder) ? (known?.madeFolder ?? null) : folder;
  withLock(context, () => writeSettings(settings, after));
  const isUntouched = known !== null && hashOf(settings.bytes ?? "") === known.afterHash;
  // What a team shares was there before, and stays.
  const isTeams = known === null && isPortable(settings.text);
  let before = isUntouched ? known.before : isTeams ? settings.bytes : null;
  if (!isUntouched && !isTeams && settings.text !== null) {
    const hadOurRule = known?.hasOurRule ?? false;
    before = Buffer.from(withoutOurs(context, settings.file, settings.text, hadOurRule), "utf8");
  }
  const git = gitOf(context, project.project);
  // A `.mcp.json` that was there belongs to the team; one that we make names paths of this machine.
  const isPrivate = scope === "local" && (!isMcpFile(settings.file) || settings.bytes === null);
  let excludedIn: string | null = null;
  if (isPrivate && project.repository !== null && git !== null) {
    const { createSimpleGit } = await import("../git/simple-git-runner.ts");
    excludedIn = await excludeFile(project.repository, settings.file, git, createSimpleGit(git));
  }
  writeRecord(context.files.settingsRecords, {
    file: settings.file,
    target: realPath(settings.target),
    before,
    afterHash: hashOf(after),
    madeFolder,
    excludedIn: excludedIn ?? known?.excludedIn ?? null,
    hasOurRule,
    scope: known?.scope ?? scope,
  });
  return { excludedIn };
}

/** Runs the written SessionStart command as the client would. Throws `install-check-failed`. */
export async function checkInstalled(
  context: CommandContext,
  project: Located,
): Promise<CheckOutcome> {
  if (process.platform === "win32") return { exitCode: 0, stderr: "", context: null, ms: 0 };
  const [gate] = gates;
  const outcome = await runHookCommand(
    gateCommand(gateFile(context.files.gates, gate)),
    { cwd: project.worktree, hook_event_name: "SessionStart", source: "startup" },
    project.worktree,
    environmentForOthers(context),
  );
  if (outcome.exitCode === 0 && outcome.stderr === "") return outcome;
  throw new SitrepError(
    "install-check-failed",
    `The installed hook ended with ${outcome.exitCode ?? "a signal"} and said: ${outcome.stderr.slice(0, 200)}`,
    { hint: '"sitrep doctor" looks for the reason; "sitrep uninstall" takes everything back.' },
  );
}
