// Checks our settings entries, the plugin, and anything else that stops hooks. It never starts Claude Code.

import { existsSync, readFileSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import type { CommandContext } from "../../config/context.ts";
import { isPluginInstalled, pluginEntries } from "../../config/plugin.ts";
import { claudeCodeIssues } from "../../core/claude-code-issues.ts";
import {
  parseObject,
  readItems,
  readObject,
  readString,
  type JsonObject,
} from "../../core/read.ts";
import { isProgram } from "../../git/hardened.ts";
import type { Located } from "../../git/repository.ts";
import { gates, settingsScopes, shellWord, type Scope } from "../../install/hook-entries.ts";
import { readSettingsFile } from "../../install/settings-file.ts";
import { planSettings } from "../../install/settings-plan.ts";
import { parseSettings } from "../../install/settings-text.ts";
import {
  claudeCodeFolder,
  createIsOwnCommand,
  settingsPath,
} from "../../install/settings-target.ts";
import { readSmallFile } from "../../state/files/read-small-file.ts";
import { editing, uninstallOther } from "./fix-commands.ts";
import { manualFix, failed, ok, warning, type Finding, type Fix } from "./finding.ts";
import type { DoctorContext } from "./doctor-context.ts";

interface Settings {
  scope: Scope;
  file: string;
  value: JsonObject;
}

function readSettings({ context, project }: DoctorContext, scope: Scope): Settings | null {
  const file = settingsPath(context, project, scope);
  const { text } = readSettingsFile(file);
  if (text === null) return null;
  parseSettings(file, text);
  return { scope, file, value: parseObject(text.replace(/^\uFEFF/, "")) ?? {} };
}

const readableSettings = (doctor: DoctorContext): Settings[] =>
  settingsScopes.flatMap((scope) => {
    try {
      return readSettings(doctor, scope) ?? [];
    } catch {
      return [];
    }
  });

/** Opens the settings file that cannot be read or parsed: Claude Code would ignore it. */
export function entriesFix(doctor: DoctorContext): Fix {
  const readable = readableSettings(doctor).map(({ file }) => file);
  const files = settingsScopes.map((scope) => settingsPath(doctor.context, doctor.project, scope));
  const broken = files.find((file) => existsSync(file) && !readable.includes(file));
  return editing(broken ?? settingsPath(doctor.context, doctor.project, "local"));
}

const commandsIn = ({ value }: Settings): string[] =>
  Object.values(readObject(value["hooks"]) ?? {}).flatMap((groups) =>
    readItems(groups, readObject).flatMap(({ hooks }) =>
      readItems(hooks, readObject).map(({ command, args = [] }) => JSON.stringify([command, args])),
    ),
  );

const gateNames = gates.map(({ name }) => name).join("|");
const gatePath = new RegExp(`'((?:/[^'"]+)?/gates)/(?:${gateNames})\\.sh'`);

const inScopes = (found: readonly Settings[]): string =>
  `the ${found.map(({ scope }) => scope).join(" and ")} settings`;

const isPluginActive = ({ installation }: DoctorContext): boolean => {
  const plugin = installation?.plugin ?? installation?.other?.plugin;
  return plugin !== undefined && isPluginInstalled(plugin);
};

export function checkEntries(doctor: DoctorContext): Finding {
  const { context, project, commands, installation } = doctor;
  const isOurs = createIsOwnCommand(context);
  const all = settingsScopes.flatMap((scope) => readSettings(doctor, scope) ?? []);
  const [other] = all
    .flatMap(commandsIn)
    .flatMap((command) => (isOurs(command) ? [] : (gatePath.exec(command)?.[1] ?? [])));
  if (other !== undefined) {
    const fix = manualFix(uninstallOther(other, project, commands));
    return warning(`entries from another installation, whose hook scripts are in ${other}`, fix);
  }
  const install = commands.install(null);
  const found = all.filter((one) => commandsIn(one).some(isOurs));
  if (found.length === 0) {
    if (isPluginActive(doctor))
      return ok("the Claude Code plugin provides the hooks, in every project");
    if (installation === null) return ok("none yet");
    return warning(`no settings file for ${project.project} has the hooks`, install);
  }
  const doubled = found.filter((one) => {
    const own = commandsIn(one).filter(isOurs);
    return new Set(own).size < own.length;
  });
  if (doubled.length > 0) return warning(`duplicate entries in ${inScopes(doubled)}`, install);
  const changed = found.filter(({ scope }) => planSettings(context, project, scope).diff !== "");
  if (changed.length > 0) {
    const what = `the entries in ${inScopes(changed)} differ from what this version writes`;
    return warning(what, install);
  }
  const plugin = isPluginActive(doctor)
    ? "; the plugin provides the hooks too, but only one of them takes effect"
    : "";
  return ok(`entries present in ${inScopes(found)}${plugin}`);
}

export function checkPlugin(doctor: DoctorContext): Finding {
  const { context, installed, commands } = doctor;
  const entries = pluginEntries(join(claudeCodeFolder(context), "plugins")) ?? [];
  const plugin = entries.find(({ key }) => key.startsWith("sitrep@"));
  if (plugin === undefined) return ok("not installed");
  const { key, root, data, version } = plugin;
  const isOff = readableSettings(doctor).some(
    ({ value }) => readObject(value["enabledPlugins"])?.[key] === false,
  );
  if (isOff) {
    const fix = manualFix(`claude plugin enable ${shellWord(key)}`);
    return warning(`${key} is disabled in Claude Code`, fix);
  }
  if (root !== "" && !existsSync(root)) {
    return failed(`missing: ${root}`, manualFix(`claude plugin update ${shellWord(key)}`));
  }
  const made = join(data, "made.sh");
  if (existsSync(made)) return ok(`${key} ${version}`);
  const own = installed.find(({ installation }) => installation.plugin === data);
  if (own === undefined) return ok(`${key} ${version}; the next session sets it up`);
  return failed(`missing: ${made}`, commands.install(own.installation));
}

/** Reads the version from the path or the package of the first `claude` on the PATH; null when neither has one. */
function claudeCodeVersion(path: string): string | null {
  const name = process.platform === "win32" ? "claude.exe" : "claude";
  const folders = path.split(delimiter).filter(isAbsolute);
  const found = folders.map((folder) => join(folder, name)).find(isProgram);
  if (found === undefined) return null;
  const file = realpathSync(found);
  const named = /[/\\]versions[/\\](\d+\.\d+\.\d+)(?:[/\\]|$)/.exec(file)?.[1];
  if (named !== undefined) return named;
  for (const folder of [dirname(file), dirname(dirname(file))]) {
    const manifest = parseObject(readSmallFile(join(folder, "package.json"), 64 * 1024));
    const isIts = readString(manifest?.["name"])?.startsWith("@anthropic-ai/claude-code") === true;
    if (isIts) return readString(manifest?.["version"]) ?? null;
  }
  return null;
}

const largestState = 64 * 1024 * 1024;

/** True when Claude Code knows this folder but no user has trusted it: it does not run hooks there. */
function isUntrusted(context: CommandContext, { worktree }: Located): boolean {
  const file = join(context.env["HOME"] ?? homedir(), ".claude.json");
  if (!existsSync(file)) return false;
  const text = readFileSync(file).subarray(0, largestState).toString("utf8");
  const projects = readObject(parseObject(text)?.["projects"]);
  const trustOf = (folder: string): unknown =>
    readObject(projects?.[folder])?.["hasTrustDialogAccepted"];
  const isAnyTrusted = (folder: string): boolean =>
    trustOf(folder) === true || (dirname(folder) !== folder && isAnyTrusted(dirname(folder)));
  return trustOf(worktree) === false && !isAnyTrusted(worktree);
}

export function checkClaudeCode(doctor: DoctorContext): Finding {
  const { context, project } = doctor;
  const silent = readableSettings(doctor).find(({ value }) => value["disableAllHooks"] === true);
  if (silent !== undefined) {
    return failed(
      `"disableAllHooks" in ${silent.file} switches off all hooks`,
      editing(silent.file),
    );
  }
  if (isUntrusted(context, project)) {
    const what = `Claude Code runs no hooks in ${project.worktree} until you trust that folder`;
    return warning(what, manualFix(`cd ${shellWord(project.worktree)} && claude`));
  }
  const version = claudeCodeVersion(context.env["PATH"] ?? "");
  if (version === null) return ok("version unknown");
  const issues = claudeCodeIssues(version);
  if (issues.length === 0) return ok(`version ${version}`);
  return warning(`version ${version}: ${issues.join("; ")}`, manualFix("claude update"));
}
