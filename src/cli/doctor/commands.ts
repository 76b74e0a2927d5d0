// The commands that `doctor` names, as a shell takes them here: whoever copies one runs it.

import { existsSync } from "node:fs";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import { installationOf, type CommandContext } from "../../config/context.ts";
import type { Located } from "../../git/repository.ts";
import type { Installation } from "../../config/installation.ts";
import { isProgram } from "../../git/hardened.ts";
import { scopes, shellWord } from "../../install/entries.ts";
import { readSettingsFile } from "../../install/settings-file.ts";
import { hasOurHooks, settingsPath } from "../../install/settings-target.ts";
import { launcherFile, missingFiles } from "../../install/versions.ts";
import { installedPlugin } from "../../config/plugin.ts";
import { calledAs } from "../program/called-as.ts";
import { byHand, safely, type Fix } from "./finding.ts";

const words = (...all: string[]): string => all.map(shellWord).join(" ");

/** The commands of one run: `isWhole` says whether the installed files can be called. */
export interface Commands {
  /** `sitrep` with these words, as it is called here. */
  sitrep: (...args: string[]) => string;
  /** Puts in place again what belongs to an installation: the plugin's, or that of settings. */
  install: (installation: Installation | null) => Fix;
  /** The person's editor. */
  edit: (file: string) => string;
}

/** The one that runs, where what is installed does not. */
function ownCall(): string {
  const build = import.meta.dirname;
  return missingFiles(build).length === 0
    ? words(process.execPath, join(build, "cli.cjs"))
    : "npx --yes sitrep";
}

const hasOurs = (context: CommandContext, file: string): boolean => {
  try {
    return hasOurHooks(context, readSettingsFile(file).text);
  } catch {
    return false;
  }
};

export function commandsFor(context: CommandContext, project: Located, isWhole: boolean): Commands {
  const installation = installationOf(context);
  const data = installation?.plugin ?? context.folders.data;
  const call = isWhole ? shellWord(calledAs(context, launcherFile(data))) : ownCall();
  const sitrep = (...args: string[]): string => [call, ...args.map(shellWord)].join(" ");
  const scope = scopes.find((one) => hasOurs(context, settingsPath(context, project, one)));
  const own = scope === undefined || scope === "local" ? [] : ["--scope", scope];
  const line = sitrep("install", "--project", project.worktree, ...own, "--yes");
  // Entries of ours are a person's choice: none are put where there are none.
  const inSettings = scope === undefined ? byHand(line) : safely(line);
  return {
    sitrep,
    install: (of) => (of?.plugin === undefined ? inSettings : pluginSetup(of.plugin, inSettings)),
    edit: (file) => `\${EDITOR:-vi} ${shellWord(file)}`,
  };
}

/** What the plugin's SessionStart does where its files are not there. */
function pluginSetup(data: string, otherwise: Fix): Fix {
  const root = installedPlugin(data)?.root;
  if (root === undefined) return otherwise;
  const setup = join(root, "build", "plugin-setup.cjs");
  if (!existsSync(setup)) return byHand("claude plugin update sitrep");
  const build = `"$(cat ${shellWord(join(root, "build-id"))})"`;
  return safely(`${words(process.execPath, setup, root, data)} ${build}`);
}

const managers = [
  ["apt-get", "apt-get install -y git"],
  ["dnf", "dnf install -y git"],
  ["pacman", "pacman -S --noconfirm git"],
  ["apk", "apk add git"],
  ["zypper", "zypper install -y git"],
] as const;

export const asRoot = (line: string): string => (process.getuid?.() === 0 ? line : `sudo ${line}`);

/** How git is installed on this system. */
export function gitInstallation(path: string): string {
  if (process.platform === "darwin") return "xcode-select --install";
  if (process.platform === "win32") return "winget install --id Git.Git";
  const folders = [...path.split(delimiter).filter(isAbsolute), "/usr/bin", "/sbin"];
  const found = managers.find(([name]) => folders.some((folder) => isProgram(join(folder, name))));
  return asRoot(found?.[1] ?? "apt-get install -y git");
}

/** Takes out the entries of another installation, whose gates are in `gates`. */
export function uninstallOther(gates: string, project: Located, { sitrep }: Commands): string {
  const state = dirname(gates);
  const home = dirname(state);
  const place = state.endsWith("/state")
    ? [`SITREP_HOME=${shellWord(home)}`]
    : ["-u", "SITREP_HOME", `XDG_STATE_HOME=${shellWord(home)}`];
  const line = sitrep("uninstall", "--project", project.worktree, "--yes");
  return `env ${place.join(" ")} ${line}`;
}
