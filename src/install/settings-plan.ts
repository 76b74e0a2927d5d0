import { join } from "node:path";
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from "diff";
import { shownJson } from "../state/output/json-output.ts";
import { terminalLine } from "../state/output/terminal.ts";
import { SitrepError } from "../core/errors.ts";
import { hasMcpEntry, hasOurStatusLine, hasRule, type McpEntry } from "./optional-entries.ts";
import { setMcpEntry, setRule, setStatusLine } from "./optional-entries.ts";
import { readSettingsRecord, readSettingsFile, type SettingsFile } from "./settings-file.ts";
import { mcpLauncher } from "./versions.ts";
import type { Installation } from "../config/installation.ts";
import { loadOwnConfig } from "../config/command-config.ts";
import { loadInstallation, type CommandContext } from "../config/context.ts";
import type { Located } from "../git/repository.ts";
import { mcpFile, mcpProgram, createIsOwnCommand, settingsPath } from "./settings-target.ts";
import { hasGitGuard } from "../core/guards.ts";
import { gateCommand, hookEntries, portableCommand } from "./hook-entries.ts";
import type { HookCommand, Gate, OptionalPart, Scope } from "./hook-entries.ts";
import { gateFile, statuslineGate } from "./write-gates.ts";
import { planInstall } from "./settings-hooks.ts";
import { setTaskLinks } from "./footer-links.ts";
import type { TaskLink } from "../core/task/task-links.ts";
import { withDefinedFields } from "../core/read.ts";

export interface SettingsPlan {
  settings: SettingsFile;
  after: string;
  diff: string;
  hasOurRule: boolean;
}

/** A person's choices besides the usual entries. Undefined: no change. */
export interface OptionalEntryChoices {
  prompts?: boolean | undefined;
  statusline?: boolean | undefined;
  mcp?: boolean | undefined;
  mcpPermission?: boolean | undefined;
  /** Empty: none. */
  links?: readonly TaskLink[] | undefined;
}

/** A unified diff without hidden characters, because a person decides by it. */
function diffOf({ file, text }: SettingsFile, after: string): string {
  if (after === text) return "";
  const name = terminalLine(file);
  const diff = createTwoFilesPatch(name, name, text ?? "", after, "before", "after", {
    headerOptions: FILE_HEADERS_ONLY,
  });
  return shownJson(diff.replaceAll("\r\n", "\n"));
}

function withRule(
  context: CommandContext,
  file: string,
  text: string,
  { mcp, mcpPermission = mcp }: OptionalEntryChoices,
): { text: string; hasOurRule: boolean } {
  const isOurs = readSettingsRecord(context.files.settingsRecords, file)?.hasOurRule ?? false;
  if (mcp === true && mcpPermission === true)
    return { text: setRule(file, text, true), hasOurRule: isOurs || !hasRule(file, text) };
  if (mcpPermission === undefined || !isOurs) return { text, hasOurRule: isOurs };
  return { text: setRule(file, text, false), hasOurRule: false };
}

/** Without a POSIX shell, Claude Code runs Node itself instead of the gates and the launcher. */
const directInstallation = (context: CommandContext): Installation | null =>
  process.platform === "win32" ? loadInstallation(context) : null;

function mcpEntry(context: CommandContext): McpEntry {
  const state = ["--state", context.files.state];
  const direct = directInstallation(context);
  return direct === null
    ? { type: "stdio", command: mcpLauncher(context.folders.data), args: state }
    : { type: "stdio", command: direct.node, args: [join(direct.folder, "mcp.cjs"), ...state] };
}

/** True when the file names our program. Any other `.mcp.json`, even an unreadable one, is left alone. */
export function namesOurProgram(context: CommandContext, file: string): boolean {
  try {
    return readSettingsFile(file).text?.includes(mcpProgram(context)) === true;
  } catch (error) {
    if (error instanceof SitrepError) return false;
    throw error;
  }
}

/** The plan for the project's `.mcp.json`; null when it is not affected. Throws as `planSettings`. */
export function planMcp(
  context: CommandContext,
  project: Located,
  { mcp }: OptionalEntryChoices,
): SettingsPlan | null {
  const file = mcpFile(project);
  if (mcp !== true && !namesOurProgram(context, file)) return null;
  const program = mcpProgram(context);
  const settings = readSettingsFile(file);
  const isThere = settings.text !== null && hasMcpEntry(file, settings.text, program);
  if (mcp !== true && !isThere) return null;
  const entry = mcp === false ? null : mcpEntry(context);
  const after = setMcpEntry(file, settings.text, entry, program);
  return { settings, after, diff: diffOf(settings, after), hasOurRule: false };
}

/** Adds the guards' hooks if the configuration enables a guard; not in a team's file, because that is a personal setting. */
function partsOf(
  context: CommandContext,
  text: string | null,
  { scope, prompts }: Pick<OptionalEntryChoices, "prompts"> & { scope: Scope },
): Set<OptionalPart> {
  const hasPrompts = [context.files.gates, "$sitrep_at/gates"].some(
    (folder) => text?.includes(`${folder}/prompt.sh`) === true,
  );
  const { guards, projects } = loadOwnConfig(context);
  const all = [
    guards,
    ...Object.values(projects).map((own) => withDefinedFields(guards, own.guards ?? {})),
  ];
  const parts = new Set<OptionalPart>();
  if (prompts ?? hasPrompts) parts.add("prompts");
  if (scope !== "project" && all.some((one) => one.edit || hasGitGuard(one))) parts.add("guards");
  return parts;
}

function withStatusLine(
  context: CommandContext,
  file: string,
  text: string,
  wanted?: boolean,
): string {
  const isOurs = createIsOwnCommand(context);
  const isWanted = wanted ?? hasOurStatusLine(file, text, isOurs);
  const command = isWanted ? gateCommand(join(context.files.gates, statuslineGate)) : null;
  return setStatusLine(file, text, command, isOurs);
}

/** The command that Claude Code runs for a gate; null if the gate needs a shell and there is none. */
function callOf(context: CommandContext, scope: Scope, gate: Gate): HookCommand | null {
  const { gates: folder, state } = context.files;
  if (scope === "project") return { command: portableCommand(gate) };
  const direct = directInstallation(context);
  if (direct === null) return { command: gateCommand(gateFile(folder, gate)) };
  // Only the shell makes the mark at the end of a turn.
  if (gate.bundle === null || gate.mode === "turn") return null;
  const bundle = join(direct.folder, `${gate.bundle}.cjs`);
  return { command: direct.node, args: [bundle, state, gate.mode] };
}

/** Throws `usage` for choices that a team's file cannot have. */
function requireShareable({ statusline, mcp, mcpPermission }: OptionalEntryChoices): void {
  if (process.platform === "win32") {
    throw new SitrepError(
      "usage",
      "--scope project is not supported on Windows: it needs a POSIX shell.",
      { hint: "To install for yourself only: sitrep install" },
    );
  }
  if (statusline !== true && mcp !== true && mcpPermission !== true) return;
  throw new SitrepError(
    "usage",
    "The status line and the task tools refer to programs on this machine, so a team cannot share them.",
    { hint: "To install for yourself only: sitrep install --mcp --statusline" },
  );
}

/** The plan for the links in a person's own settings, unless `planSettings` has it; null: no change. Throws as `planSettings`. */
export function planLinks(
  context: CommandContext,
  project: Located,
  scope: Scope,
  { links }: OptionalEntryChoices,
): SettingsPlan | null {
  if (scope === "user" || links === undefined) return null;
  const file = settingsPath(context, project, "user");
  const settings = readSettingsFile(file);
  if (settings.text === null && links.length === 0) return null;
  const after = setTaskLinks(file, settings.text, links);
  const diff = diffOf(settings, after);
  const record = readSettingsRecord(context.files.settingsRecords, file);
  return diff === "" ? null : { settings, after, diff, hasOurRule: record?.hasOurRule ?? false };
}

/** The plan of an install's changes. Throws `settings-not-strict`, `settings-unexpected`, `usage`. */
export function planSettings(
  context: CommandContext,
  project: Located,
  scope: Scope,
  choices: OptionalEntryChoices = {},
): SettingsPlan {
  const isShared = scope === "project";
  if (isShared) requireShareable(choices);
  const file = settingsPath(context, project, scope);
  const settings = readSettingsFile(file);
  const parts = partsOf(context, settings.text, { ...choices, scope });
  const entries = hookEntries((gate) => callOf(context, scope, gate), parts);
  const hooked = planInstall(file, settings.text, entries, createIsOwnCommand(context));
  const lined = withStatusLine(context, file, hooked, isShared ? false : choices.statusline);
  const { text: ruled, hasOurRule } = withRule(context, file, lined, choices);
  const { links } = choices;
  const isWithLinks = scope === "user" && links !== undefined;
  const after = isWithLinks ? setTaskLinks(file, ruled, links) : ruled;
  return { settings, after, diff: diffOf(settings, after), hasOurRule };
}
