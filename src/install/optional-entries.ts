// The status line, the task tools and the rule that allows them. Pure: text in, text out.

import type { Node } from "jsonc-parser";
import { SitrepError } from "../core/errors.ts";
import { findContainer, cutOut, newFile, parseSettings, plainValue } from "./settings-text.ts";
import { setValue, findValue } from "./settings-text.ts";
import type { IsOwnCommand } from "./settings-hooks.ts";

const commandIn = (line: Node | undefined): unknown =>
  line?.type === "object" ? findValue(line, "command")?.value : undefined;

function isOurStatusLine(line: Node | undefined, isOurs: IsOwnCommand): boolean {
  const command = commandIn(line);
  return typeof command === "string" && isOurs(JSON.stringify([command, []]));
}

export const hasOurStatusLine = (file: string, text: string, isOurs: IsOwnCommand): boolean =>
  isOurStatusLine(findValue(parseSettings(file, text), "statusLine"), isOurs);

/** `command` null: without ours. Throws `settings-unexpected` for another program's status line. */
export function setStatusLine(
  file: string,
  text: string,
  command: string | null,
  isOurs: IsOwnCommand,
): string {
  const root = parseSettings(file, text);
  const present = findValue(root, "statusLine");
  const isOwn = isOurStatusLine(present, isOurs);
  if (command === null) return present !== undefined && isOwn ? cutOut(text, present) : text;
  if (commandIn(present) === command) return text;
  if (present === undefined || isOwn)
    return setValue(text, root, ["statusLine"], { type: "command", command });
  throw new SitrepError(
    "settings-unexpected",
    `${file} already has a status line from another program.`,
    { hint: 'Remove "statusLine" there, or install without --statusline. Nothing was changed.' },
  );
}

export interface McpEntry {
  readonly type: "stdio";
  readonly command: string;
  readonly args: readonly string[];
}

/** Claude Code names our tools after it: `mcp__sitrep__get_next_task`. */
const mcpServerName = "sitrep";
export const mcpFileName = ".mcp.json";

function namedEntry(file: string, root: Node): Node | undefined {
  const servers = findContainer(file, root, ["mcpServers"], "object");
  return servers && findValue(servers, mcpServerName);
}

const isOurEntry = (entry: Node, program: string): boolean =>
  entry.type === "object" &&
  JSON.stringify(plainValue(entry)).includes(JSON.stringify(program).slice(1, -1));

/** True when our server is in the text. `program`: the path that each of our entries names. */
export function hasMcpEntry(file: string, text: string, program: string): boolean {
  const entry = namedEntry(file, parseSettings(file, text));
  return entry !== undefined && isOurEntry(entry, program);
}

/** `entry` null: without it. Throws `settings-not-strict`, `settings-unexpected`. */
export function setMcpEntry(
  file: string,
  text: string | null,
  entry: McpEntry | null,
  program: string,
): string {
  const before = text ?? newFile;
  const root = parseSettings(file, before);
  const present = namedEntry(file, root);
  const isOwn = present !== undefined && isOurEntry(present, program);
  if (entry === null) return isOwn ? cutOut(before, present) : before;
  if (present !== undefined && !isOwn) {
    throw new SitrepError("settings-unexpected", `${file} has another server named "sitrep".`, {
      hint: "Remove or rename it there. Nothing was changed.",
    });
  }
  const isSame = isOwn && JSON.stringify(plainValue(present)) === JSON.stringify(entry);
  return isSame ? before : setValue(before, root, ["mcpServers", mcpServerName], entry);
}

export const toolsRule: string = `mcp__${mcpServerName}__*`;

const form = "https://code.claude.com/docs/en/permissions";

const ruleIn = (file: string, root: Node): Node | undefined =>
  findContainer(file, root, ["permissions", "allow"], "array", form)?.children?.find(
    (child) => child.value === toolsRule,
  );

export const hasRule = (file: string, text: string): boolean =>
  ruleIn(file, parseSettings(file, text)) !== undefined;

/** The text with the rule or without it. Throws `settings-not-strict`, `settings-unexpected`. */
export function setRule(file: string, text: string, isWanted: boolean): string {
  const root = parseSettings(file, text);
  const rule = ruleIn(file, root);
  if (isWanted === (rule !== undefined)) return text;
  return rule === undefined
    ? setValue(text, root, ["permissions", "allow", null], toolsRule)
    : cutOut(text, rule);
}
