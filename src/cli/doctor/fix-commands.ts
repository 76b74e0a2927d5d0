import { existsSync } from "node:fs";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import { loadInstallation, type CommandContext } from "../../config/context.ts";
import type { Installation } from "../../config/installation.ts";
import { installedPlugin } from "../../config/plugin.ts";
import { isProgram } from "../../git/hardened.ts";
import type { Located } from "../../git/repository.ts";
import { settingsScopes, shellWord } from "../../install/hook-entries.ts";
import { readSettingsFile } from "../../install/settings-file.ts";
import { hasOurHooks, settingsPath } from "../../install/settings-target.ts";
import { launcherFile, missingFiles } from "../../install/versions.ts";
import { calledAs } from "../program/command-name.ts";
import { manualFix, safeFix, type Fix } from "./finding.ts";

const shellLine = (...words: string[]): string => words.map(shellWord).join(" ");

export interface Commands {
  sitrep: (...args: string[]) => string;
  /** Repeats the install: sets up the plugin's files, or runs `sitrep install`. */
  install: (installation: Installation | null) => Fix;
}

export const editing = (file: string): Fix => manualFix(`\${EDITOR:-vi} ${shellWord(file)}`);

function ownCall(): string {
  const build = import.meta.dirname;
  return missingFiles(build).length === 0
    ? shellLine(process.execPath, join(build, "cli.cjs"))
    : "npx --yes sitrep";
}

const hasOurs = (context: CommandContext, file: string): boolean => {
  try {
    return hasOurHooks(context, readSettingsFile(file).text);
  } catch {
    return false;
  }
};

export function fixCommands(context: CommandContext, project: Located, isWhole: boolean): Commands {
  const installation = loadInstallation(context);
  const data = installation?.plugin ?? context.folders.data;
  const call = isWhole ? shellWord(calledAs(context, launcherFile(data))) : ownCall();
  const sitrep = (...args: string[]): string => [call, ...args.map(shellWord)].join(" ");
  const scope = settingsScopes.find((one) => hasOurs(context, settingsPath(context, project, one)));
  const own = scope === undefined || scope === "local" ? [] : ["--scope", scope];
  const line = sitrep("install", "--project", project.worktree, ...own, "--yes");
  const inSettings = scope === undefined ? manualFix(line) : safeFix(line);
  return {
    sitrep,
    install: (of) => (of?.plugin === undefined ? inSettings : pluginSetup(of.plugin, inSettings)),
  };
}

/** The command that the plugin's SessionStart hook runs when its files are missing. */
function pluginSetup(data: string, otherwise: Fix): Fix {
  const root = installedPlugin(data)?.root;
  if (root === undefined) return otherwise;
  const setup = join(root, "build", "plugin-setup.cjs");
  if (!existsSync(setup)) return manualFix("claude plugin update sitrep");
  const build = `"$(cat ${shellWord(join(root, "build-id"))})"`;
  return safeFix(`${shellLine(process.execPath, setup, root, data)} ${build}`);
}

const packageManagers = [
  ["apt-get", "apt-get install -y git"],
  ["dnf", "dnf install -y git"],
  ["pacman", "pacman -S --noconfirm git"],
  ["apk", "apk add git"],
  ["zypper", "zypper install -y git"],
] as const;

export const asRoot = (line: string): string => (process.getuid?.() === 0 ? line : `sudo ${line}`);

export function gitInstallation(path: string): string {
  if (process.platform === "darwin") return "xcode-select --install";
  if (process.platform === "win32") return "winget install --id Git.Git";
  const folders = [...path.split(delimiter).filter(isAbsolute), "/usr/bin", "/sbin"];
  const isThere = (name: string): boolean => folders.some((one) => isProgram(join(one, name)));
  const found = packageManagers.find(([name]) => isThere(name));
  return asRoot(found?.[1] ?? "apt-get install -y git");
}

export function uninstallOther(gates: string, project: Located, { sitrep }: Commands): string {
  const state = dirname(gates);
  const home = dirname(state);
  const place = state.endsWith("/state")
    ? [`SITREP_HOME=${shellWord(home)}`]
    : ["-u", "SITREP_HOME", `XDG_STATE_HOME=${shellWord(home)}`];
  const line = sitrep("uninstall", "--project", project.worktree, "--yes");
  return `env ${place.join(" ")} ${line}`;
}
