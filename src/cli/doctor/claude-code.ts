// What `doctor` looks at in the client: the entries in its settings files, the plugin, and what of the client's own keeps hooks
// from being run. The client itself is never started.

import { existsSync, readFileSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import { installationOf, type CommandContext } from "../../config/context.ts";
import { isPluginInstalled, pluginEntries, type PluginEntry } from "../../config/plugin.ts";
import { claudeCodeIssues } from "../../core/claude-code-issues.ts";
import { parseObject, readObject, readString, type JsonObject } from "../../core/read.ts";
import { isProgram } from "../../git/hardened.ts";
import type { Located } from "../../git/repository.ts";
import { gates, scopes, shellWord, type Scope } from "../../install/entries.ts";
import { readSettingsFile } from "../../install/settings-file.ts";
import { planSettings } from "../../install/settings-plan.ts";
import { parseSettings } from "../../install/settings-text.ts";
import { isOursIn, settingsPath } from "../../install/settings-target.ts";
import { readSmallFile } from "../../state/files/read-small-file.ts";
import { uninstallOther, type Commands } from "./commands.ts";
import { byHand, failed, ok, warning, type Finding } from "./finding.ts";

interface Settings {
  scope: Scope;
  file: string;
  text: string;
  value: JsonObject;
}

/** The settings files that are there. Throws `settings-not-strict`, `settings-unexpected`. */
const settingsIn = (context: CommandContext, project: Located): Settings[] =>
  scopes.flatMap((scope) => {
    const file = settingsPath(context, project, scope);
    const { text } = readSettingsFile(file);
    if (text === null) return [];
    parseSettings(file, text);
    return [{ scope, file, text, value: parseObject(text.replace(/^\uFEFF/, "")) ?? {} }];
  });

/** Every hook command, with its arguments. */
const commandsIn = ({ value }: Settings): string[] =>
  Object.values(readObject(value["hooks"]) ?? {}).flatMap((groups) =>
    (Array.isArray(groups) ? (groups as unknown[]) : []).flatMap((group) => {
      const handlers = readObject(group)?.["hooks"];
      return (Array.isArray(handlers) ? (handlers as unknown[]) : []).map((handler) => {
        const { command, args = [] } = readObject(handler) ?? {};
        return JSON.stringify([command, args]);
      });
    }),
  );

const gateNames = gates.map(({ name }) => name).join("|");
const gatePath = new RegExp(`'((?:/[^'"]+)?/gates)/(?:${gateNames})\\.sh'`);

/** The folder of another installation's gates that a command names. */
const otherGates = (command: string, isOurs: (command: string) => boolean): string[] => {
  const folder = isOurs(command) ? undefined : gatePath.exec(command)?.[1];
  return folder === undefined ? [] : [folder];
};

const inScopes = (found: readonly Settings[]): string =>
  `the ${found.map(({ scope }) => scope).join(" and ")} settings`;

/** The entry of the client's plugin, or null where it is not installed. */
function pluginOf(context: CommandContext): PluginEntry | null {
  const home = context.env["CLAUDE_CONFIG_DIR"] || join(homedir(), ".claude");
  const entries = pluginEntries(join(home, "plugins")) ?? [];
  return entries.find(({ key }) => key.startsWith("sitrep@")) ?? null;
}

const isPluginAtWork = (context: CommandContext): boolean => {
  const installation = installationOf(context);
  const plugin = installation?.plugin ?? installation?.other?.plugin;
  return plugin !== undefined && isPluginInstalled(plugin);
};

export function checkEntries(
  context: CommandContext,
  project: Located,
  commands: Commands,
): Finding {
  const isOurs = isOursIn(context);
  const all = settingsIn(context, project);
  const [other] = all.flatMap(commandsIn).flatMap((command) => otherGates(command, isOurs));
  if (other !== undefined) {
    const fix = byHand(uninstallOther(other, project, commands));
    return warning(`entries of another installation, whose gates are in ${other}`, fix);
  }
  const found = all.filter((one) => commandsIn(one).some(isOurs));
  if (found.length === 0) {
    if (isPluginAtWork(context)) return ok("Claude Code's plugin has the hooks, in every project");
    if (installationOf(context) === null) return ok("none yet");
    return warning(`no settings file of ${project.project} has the hooks`, commands.install(null));
  }
  const doubled = found.filter((one) => {
    const own = commandsIn(one).filter(isOurs);
    return new Set(own).size < own.length;
  });
  if (doubled.length > 0) {
    return warning(`entries stand twice in ${inScopes(doubled)}`, commands.install(null));
  }
  const changed = found.filter(({ scope }) => planSettings(context, project, scope).diff !== "");
  if (changed.length > 0) {
    const what = `the entries in ${inScopes(changed)} differ from what this version writes`;
    return warning(what, commands.install(null));
  }
  const plugin = isPluginAtWork(context) ? "; the plugin has the hooks too, and one speaks" : "";
  return ok(`entries present in ${inScopes(found)}${plugin}`);
}

function isRead(file: string): boolean {
  try {
    const { text } = readSettingsFile(file);
    if (text !== null) parseSettings(file, text);
    return true;
  } catch {
    return false;
  }
}

/** The first settings file that the client would pass over, for the editor. */
export function firstUnreadable(context: CommandContext, project: Located): string {
  const files = scopes.map((scope) => settingsPath(context, project, scope));
  return files.find((file) => !isRead(file)) ?? settingsPath(context, project, "local");
}

/** The settings that can be read. */
function readable(context: CommandContext, project: Located): Settings[] {
  try {
    return settingsIn(context, project);
  } catch {
    return [];
  }
}

export function checkPlugin(
  context: CommandContext,
  project: Located,
  { install }: Commands,
): Finding {
  const plugin = pluginOf(context);
  if (plugin === null) return ok("not installed");
  const isOff = readable(context, project).some(
    ({ value }) => readObject(value["enabledPlugins"])?.[plugin.key] === false,
  );
  if (isOff) {
    const fix = byHand(`claude plugin enable ${shellWord(plugin.key)}`);
    return warning(`${plugin.key} is disabled in Claude Code`, fix);
  }
  if (plugin.root !== "" && !existsSync(plugin.root)) {
    return failed(
      `missing: ${plugin.root}`,
      byHand(`claude plugin update ${shellWord(plugin.key)}`),
    );
  }
  if (existsSync(join(plugin.data, "made.sh"))) return ok(`${plugin.key} ${plugin.version}`);
  const installation = installationOf(context);
  const own = [installation, installation?.other].find((one) => one?.plugin === plugin.data);
  if (own == null) {
    return ok(`${plugin.key} ${plugin.version}, set up by the next session`);
  }
  return failed(`missing: ${join(plugin.data, "made.sh")}`, install(own));
}

/** Of a client as its installer or npm puts it; null where that does not say. */
function clientVersion(path: string): string | null {
  const name = process.platform === "win32" ? "claude.exe" : "claude";
  const found = path
    .split(delimiter)
    .filter(isAbsolute)
    .map((folder) => join(folder, name))
    .find(isProgram);
  if (found === undefined) return null;
  const file = realpathSync(found);
  const named = /[/\\]versions[/\\](\d+\.\d+\.\d+)(?:[/\\]|$)/.exec(file)?.[1];
  if (named !== undefined) return named;
  for (const folder of [dirname(file), dirname(dirname(file))]) {
    const manifest = parseObject(readSmallFile(join(folder, "package.json"), 64 * 1024) ?? "");
    const isIts = readString(manifest?.["name"])?.startsWith("@anthropic-ai/claude-code") === true;
    if (isIts) return readString(manifest?.["version"]) ?? null;
  }
  return null;
}

const largestState = 64 * 1024 * 1024;

/** True where the client knows this folder and nobody has trusted it: it runs no hook there. */
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

export function checkClient(
  context: CommandContext,
  project: Located,
  { edit }: Commands,
): Finding {
  const silent = readable(context, project).find(({ value }) => value["disableAllHooks"] === true);
  if (silent !== undefined) {
    const what = `"disableAllHooks" in ${silent.file} keeps every hook from being run`;
    return failed(what, byHand(edit(silent.file)));
  }
  if (isUntrusted(context, project)) {
    const what = `Claude Code runs no hooks in ${project.worktree} before you trust it there`;
    return warning(what, byHand(`cd ${shellWord(project.worktree)} && claude`));
  }
  const version = clientVersion(context.env["PATH"] ?? "");
  if (version === null) return ok("its version is not known");
  const troubles = claudeCodeIssues(version);
  if (troubles.length === 0) return ok(`version ${version}`);
  return warning(`version ${version}: ${troubles.join("; ")}`, byHand("claude update"));
}
