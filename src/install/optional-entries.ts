// The entries that a person can have besides the hooks: the status line, the task tools in `.mcp.json`, and the rule that
// lets Claude Code call them. Pure: text in, text out.

import type { Node } from "jsonc-parser";
import { SitrepError } from "../core/errors.ts";
import { containerAt, cutOut, newFile, parseSettings, plainValue } from "./settings-text.ts";
import { putAt, replace, valueOf } from "./settings-text.ts";
import type { IsOurs } from "./settings-hooks.ts";

function isOurStatusLine(line: Node | undefined, isOurs: IsOurs): boolean {
  const command: unknown = line?.type === "object" ? valueOf(line, "command")?.value : undefined;
  return typeof command === "string" && isOurs(JSON.stringify([command, []]));
}

/** The whole text with the status line set to `command`. Throws `settings-unexpected` when another program has it. */
export function planStatusLine(
  file: string,
  text: string,
  command: string,
  isOurs: IsOurs,
): string {
  const root = parseSettings(file, text);
  const present = valueOf(root, "statusLine");
  const value = { type: "command", command };
  if (present === undefined) return putAt(text, root, ["statusLine"], value);
  if (present.type === "object" && valueOf(present, "command")?.value === command) return text;
  if (isOurStatusLine(present, isOurs)) return replace(text, present, value);
  throw new SitrepError("settings-unexpected", `${file} has a status line of another program.`, {
    hint: 'Remove "statusLine" there, or install without --statusline. Nothing was changed.',
  });
}

export const hasOurStatusLine = (file: string, text: string, isOurs: IsOurs): boolean =>
  isOurStatusLine(valueOf(parseSettings(file, text), "statusLine"), isOurs);

export function cutStatusLine(file: string, text: string, isOurs: IsOurs): string {
  const line = valueOf(parseSettings(file, text), "statusLine");
  return line !== undefined && isOurStatusLine(line, isOurs) ? cutOut(text, line) : text;
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
  const servers = containerAt(file, root, ["mcpServers"], "object");
  return servers && valueOf(servers, mcpServerName);
}

const isOurEntry = (entry: Node, program: string): boolean =>
  entry.type === "object" &&
  JSON.stringify(plainValue(entry)).includes(JSON.stringify(program).slice(1, -1));

/** True when our server is in the text. `program`: the path that each of our entries names. */
export function hasMcpEntry(file: string, text: string, program: string): boolean {
  const entry = namedEntry(file, parseSettings(file, text));
  return entry !== undefined && isOurEntry(entry, program);
}

/** `text` null: there is no file. Throws `settings-not-strict`, and `settings-unexpected` also when another server has our name. */
export function planMcpEntry(
  file: string,
  text: string | null,
  entry: McpEntry,
  program: string,
): string {
  const before = text ?? newFile;
  const root = parseSettings(file, before);
  const present = namedEntry(file, root);
  if (present !== undefined && !isOurEntry(present, program)) {
    throw new SitrepError("settings-unexpected", `${file} has another server named "sitrep".`, {
      hint: "Remove or rename it there. Nothing was changed.",
    });
  }
  const isSame =
    present !== undefined && JSON.stringify(plainValue(present)) === JSON.stringify(entry);
  return isSame ? before : putAt(before, root, ["mcpServers", mcpServerName], entry);
}

export function cutMcpEntry(file: string, text: string, program: string): string {
  const entry = namedEntry(file, parseSettings(file, text));
  return entry !== undefined && isOurEntry(entry, program) ? cutOut(text, entry) : text;
}

export const toolsRule: string = `mcp__${mcpServerName}__*`;

const form = "https://code.claude.com/docs/en/permissions";

const ruleIn = (file: string, root: Node): Node | undefined =>
  containerAt(file, root, ["permissions", "allow"], "array", form)?.children?.find(
    (child) => child.value === toolsRule,
  );

export const hasRule = (file: string, text: string): boolean =>
  ruleIn(file, parseSettings(file, text)) !== undefined;

/** The text with the rule. Throws `settings-not-strict`, `settings-unexpected`. */
export function planRule(file: string, text: string): string {
  const root = parseSettings(file, text);
  const isThere = ruleIn(file, root) !== undefined;
  return isThere ? text : putAt(text, root, ["permissions", "allow", null], toolsRule);
}

export function cutRule(file: string, text: string): string {
  const rule = ruleIn(file, parseSettings(file, text));
  return rule === undefined ? text : cutOut(text, rule);
}
