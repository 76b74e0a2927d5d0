import { existsSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { findKeychainAddon, keychainAddonName } from "../config/keychain.ts";
import { keptEnvironment, createGitProgram, type Installation } from "../config/installation.ts";
import { isPluginInstalled } from "../config/plugin.ts";
import { SitrepError } from "../core/errors.ts";
import { compareVersions } from "../core/version-order.ts";
import { defined } from "../core/read.ts";
import { excludeFile } from "../git/exclude.ts";
import { minGitVersion, requireGitVersion } from "../git/find-git.ts";
import { plainStatus } from "../git/hardened.ts";
import type { Located } from "../git/repository.ts";
import { runHookCommand, type CheckOutcome } from "./hook-run.ts";
import { gateCommand, gates, type Scope } from "./hook-entries.ts";
import { gateFile, writeGates } from "./write-gates.ts";
import { sha256, readSettingsRecord, writeSettingsRecord, writeSettings } from "./settings-file.ts";
import type { SettingsFile, SettingsRecord } from "./settings-file.ts";
import { installBuild, installLauncher, installNode, removeUnused } from "./versions.ts";
import { realPath } from "../state/files/real-path.ts";
import { replaceFile } from "../state/files/replace-file.ts";
import { findProjectGit, loadInstallation, type CommandContext } from "../config/context.ts";
import { environmentForOthers } from "../sources/environment-protocols.ts";
import type { SettingsPlan } from "./settings-plan.ts";
import { isMcpFile, isPortable, withLock, withoutOwnEntries } from "./settings-target.ts";
import { version } from "../config/version.ts";

const isWhole = ({ plugin, folder }: Installation): boolean =>
  existsSync(join(folder, "cli.cjs")) && (plugin === undefined || isPluginInstalled(plugin));

/** The record with the newer installation first: an older one never replaces a newer one of the other kind. */
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

/** `isRecorded`: hooks now use this installation. `plugin`: the plugin's data folder, if the plugin installs. */
export function installFiles(
  context: CommandContext,
  project: Located,
  build: string,
  plugin?: string,
): { installation: Installation; isRecorded: boolean; launcher: string } {
  const git = findProjectGit(context, project.project);
  if (git === null) {
    throw new SitrepError("git-missing", "git was not found on the PATH.", {
      hint: `Install git ${minGitVersion} or later and run the command again.`,
    });
  }
  requireGitVersion(git.file);
  return withLock(context, () => {
    const { data, state } = context.folders;
    const before = loadInstallation(context);
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
    const program = createGitProgram(installation, context.files.gitSettings);
    const earlyGit = program === null ? null : plainStatus(program);
    writeGates({ folder: context.files.gates, state, node, build: folder, earlyGit });
    const launcher = installLauncher(data, node, folder);
    const used = [installation, before, before?.other].filter((one) => one != null);
    removeUnused(data, used);
    return { installation, isRecorded: record.folder === folder, launcher };
  });
}

/** The bytes that an uninstall restores: the file from before the first install, without our entries. */
function bytesBefore(
  context: CommandContext,
  { file, bytes, text }: SettingsFile,
  known: SettingsRecord | null,
): Buffer | null {
  if (known !== null && sha256(bytes ?? "") === known.afterHash) return known.before;
  if (text === null) return null;
  // A team's shared entries were there before this install, and stay.
  if (known === null && isPortable(text)) return bytes;
  return Buffer.from(withoutOwnEntries(context, file, text, known?.hasOurRule ?? false), "utf8");
}

/** Keeps a private settings file out of `git status`. Gives the exclude list that was changed, or null. */
async function excludePrivate(
  context: CommandContext,
  { repository, project }: Located,
  scope: Scope,
  { file, bytes }: SettingsFile,
): Promise<string | null> {
  // A `.mcp.json` that was there belongs to the team; one that we create names paths of this machine.
  const isPrivate = scope === "local" && (!isMcpFile(file) || bytes === null);
  const git = findProjectGit(context, project);
  if (!isPrivate || repository === null || git === null) return null;
  const { createSimpleGit } = await import("../git/simple-git-runner.ts");
  return await excludeFile(repository, file, git, createSimpleGit(git));
}

export async function applySettings(
  context: CommandContext,
  project: Located,
  scope: Scope,
  { settings, after, hasOurRule }: SettingsPlan,
): Promise<{ excludedIn: string | null }> {
  const { file, target } = settings;
  const known = readSettingsRecord(context.files.settingsRecords, file);
  const folder = dirname(target);
  const madeFolder = existsSync(folder) ? (known?.madeFolder ?? null) : folder;
  withLock(context, () => writeSettings(settings, after));
  const before = bytesBefore(context, settings, known);
  const excludedIn = await excludePrivate(context, project, scope, settings);
  writeSettingsRecord(context.files.settingsRecords, {
    file,
    target: realPath(target),
    before,
    afterHash: sha256(after),
    madeFolder,
    excludedIn: excludedIn ?? known?.excludedIn ?? null,
    hasOurRule,
    scope: known?.scope ?? scope,
  });
  return { excludedIn };
}

/** Runs the installed SessionStart hook as Claude Code would. Throws `install-check-failed`. */
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
  const { exitCode } = outcome;
  const how = exitCode === null ? "was killed by a signal" : `exited with ${exitCode}`;
  throw new SitrepError(
    "install-check-failed",
    `The installed hook ${how} and printed: ${outcome.stderr.slice(0, 200)}`,
    { hint: "To find out why: sitrep doctor. To undo the install: sitrep uninstall" },
  );
}
