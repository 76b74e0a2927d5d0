// What `install --mcp` writes beside the hooks: our server in the project's `.mcp.json`, and the rule in the settings that
// lets the client call its tools.

import { join } from "node:path";
import { createTwoFilesPatch } from "diff";
import { SitrepError } from "../core/errors.ts";
import { cutMcpEntry, hasMcpEntry, planMcpEntry } from "./mcp-entry.ts";
import type { McpEntry } from "./mcp-entry.ts";
import { cutRule, hasRule, planRule } from "./permission-rule.ts";
import { readRecord, readSettingsFile } from "./settings-file.ts";
import type { SettingsFile } from "./settings-file.ts";
import { mcpLauncher } from "./versions.ts";
import { installationOf } from "../config/context.ts";
import type { CommandContext, Located } from "../config/context.ts";
import { mcpFileOf, mcpProgram } from "./settings-target.ts";

export interface SettingsPlan {
  settings: SettingsFile;
  after: string;
  /** A unified diff; empty when nothing changes. */
  diff: string;
  /** True when the permission rule in it is ours. */
  hasOurRule: boolean;
}

/** What a person chose to have beside the usual entries. Undefined: what is there stays. */
export interface Choices {
  /** News with each prompt. */
  prompts?: boolean | undefined;
  statusline?: boolean | undefined;
  /** The task tools, as a server in the project's `.mcp.json`. */
  mcp?: boolean | undefined;
  /** With the tools: the rule that lets the client call them without asking. */
  mcpPermission?: boolean | undefined;
}

/** A unified diff; empty when nothing changes. */
export function diffOf({ file, text }: SettingsFile, after: string): string {
  if (after === text) return "";
  return createTwoFilesPatch(file, file, text ?? "", after, "before", "after");
}

/** The text with the permission rule or without it, and whether it is ours. */
export function withRule(
  context: CommandContext,
  file: string,
  text: string,
  { mcp, mcpPermission = mcp }: Choices,
): { text: string; hasOurRule: boolean } {
  const isKnownAsOurs = readRecord(context.files.settingsRecords, file)?.hasOurRule ?? false;
  if (mcp === true && mcpPermission === true) {
    const hasOurRule = isKnownAsOurs || !hasRule(file, text);
    return { text: planRule(file, text), hasOurRule };
  }
  if (mcpPermission === undefined || !isKnownAsOurs) return { text, hasOurRule: isKnownAsOurs };
  return { text: cutRule(file, text), hasOurRule: false };
}

function mcpEntry(context: CommandContext): McpEntry {
  const state = ["--state", context.files.state];
  const direct = process.platform === "win32" ? installationOf(context) : null;
  return direct === null
    ? { type: "stdio", command: mcpLauncher(context.folders.data), args: state }
    : { type: "stdio", command: direct.node, args: [join(direct.folder, "mcp.cjs"), ...state] };
}

/** True when the file names our program: any other is none of our business, whatever is in it. */
export function namesOurProgram(context: CommandContext, file: string): boolean {
  try {
    return readSettingsFile(file).text?.includes(mcpProgram(context)) === true;
  } catch (error) {
    if (error instanceof SitrepError) return false;
    throw error;
  }
}

/** What becomes of the project's `.mcp.json`; null when it is not concerned. Throws as `planSettings`. */
export function planMcp(
  context: CommandContext,
  project: Located,
  { mcp }: Choices,
): SettingsPlan | null {
  const file = mcpFileOf(project);
  if (mcp !== true && !namesOurProgram(context, file)) return null;
  const program = mcpProgram(context);
  const settings = readSettingsFile(file);
  const isThere = settings.text !== null && hasMcpEntry(file, settings.text, program);
  if (mcp !== true && !isThere) return null;
  const after =
    mcp === false
      ? cutMcpEntry(file, settings.text ?? "", program)
      : planMcpEntry(file, settings.text, mcpEntry(context), program);
  return { settings, after, diff: diffOf(settings, after), hasOurRule: false };
}
