// The entries that a person can have beside the hooks: the status line, the task tools in `.mcp.json`, and the rule that
// lets the client call them. Pure: text in, text out.

import type { Node } from "jsonc-parser";
import { SitrepError } from "../core/errors.ts";
import {
  append,
  cut,
  propertyOf,
  replace,
  valueOf,
  parseSettings,
  plainValue,
  newFile,
  unexpected,
} from "./settings-text.ts";
import type { IsOurs } from "./settings-hooks.ts";

/** The status line in a tree, and whether it is ours. */
function statusLineIn(
  root: Node,
  isOurs: IsOurs,
): { present: Node | undefined; command: unknown; isOwn: boolean } {
  const present = valueOf(root, "statusLine");
  const command: unknown =
    present?.type === "object" ? valueOf(present, "command")?.value : undefined;
  const isOwn = typeof command === "string" && isOurs(JSON.stringify([command, []]));
  return { present, command, isOwn };
}

/** The whole text with the status line set to `command`. Throws `settings-unexpected` where another program has it. */
export function planStatusLine(
  file: string,
  text: string,
  command: string,
  isOurs: IsOurs,
): string {
  const root = parseSettings(file, text);
  const { present, command: theirs, isOwn } = statusLineIn(root, isOurs);
  const value = { type: "command", command };
  if (present === undefined) return append(text, root, "statusLine", value);
  if (theirs === command) return text;
  if (isOwn) return replace(text, present, value);
  throw new SitrepError("settings-unexpected", `${file} has a status line of another program.`, {
    hint: 'Take out "statusLine" there, or install without --statusline. Nothing was changed.',
  });
}

/** True when the status line is ours. */
export const hasOurStatusLine = (file: string, text: string, isOurs: IsOurs): boolean =>
  statusLineIn(parseSettings(file, text), isOurs).isOwn;

/** The text without our status line; every other byte stays. */
export function cutStatusLine(file: string, text: string, isOurs: IsOurs): string {
  const root = parseSettings(file, text);
  const property = propertyOf(root, "statusLine");
  const isOwn = property !== undefined && statusLineIn(root, isOurs).isOwn;
  return isOwn ? cut(text, root, property) : text;
}

/** A server that the client starts itself. */
export interface McpEntry {
  readonly type: "stdio";
  readonly command: string;
  readonly args: readonly string[];
}

/** The client names our tools after it: `mcp__sitrep__get_next_task`. */
const mcpServerName = "sitrep";
export const mcpFileName = ".mcp.json";

function serversOf(file: string, root: Node): Node | undefined {
  const servers = valueOf(root, "mcpServers");
  if (servers === undefined || servers.type === "object") return servers;
  throw unexpected(file, '"mcpServers" is no object.');
}

const isOurEntry = (entry: Node, program: string): boolean =>
  entry.type === "object" &&
  JSON.stringify(plainValue(entry)).includes(JSON.stringify(program).slice(1, -1));

/** True when our server is in the text. `program`: the path that every entry of ours names. */
export function hasMcpEntry(file: string, text: string, program: string): boolean {
  const servers = serversOf(file, parseSettings(file, text));
  const entry = servers && valueOf(servers, mcpServerName);
  return entry !== undefined && isOurEntry(entry, program);
}

/**
 * The text with our server. Null stands for a missing file. Throws `settings-not-strict`, `settings-unexpected`, the
 * latter also where another server has the name.
 */
export function planMcpEntry(
  file: string,
  text: string | null,
  entry: McpEntry,
  program: string,
): string {
  const before = text ?? newFile;
  const root = parseSettings(file, before);
  const servers = serversOf(file, root);
  if (servers === undefined) return append(before, root, "mcpServers", { [mcpServerName]: entry });
  const present = valueOf(servers, mcpServerName);
  if (present === undefined) return append(before, servers, mcpServerName, entry);
  if (!isOurEntry(present, program)) {
    throw new SitrepError("settings-unexpected", `${file} has another server named "sitrep".`, {
      hint: "Take it out or rename it there. Nothing was changed.",
    });
  }
  const isSame = JSON.stringify(plainValue(present)) === JSON.stringify(entry);
  return isSame ? before : replace(before, present, entry);
}

/** The text without our server; every other byte stays. */
export function cutMcpEntry(file: string, text: string, program: string): string {
  if (!hasMcpEntry(file, text, program)) return text;
  const root = parseSettings(file, text);
  const all = propertyOf(root, "mcpServers");
  const servers = valueOf(root, "mcpServers");
  const own = servers && propertyOf(servers, mcpServerName);
  if (all === undefined || servers === undefined || own === undefined) return text;
  return servers.children?.length === 1 ? cut(text, root, all) : cut(text, servers, own);
}

/** All tools of our server. */
export const toolsRule: string = `mcp__${mcpServerName}__*`;

const form = "https://code.claude.com/docs/en/permissions";

function permissionsOf(file: string, root: Node): Node | undefined {
  const permissions = valueOf(root, "permissions");
  if (permissions === undefined || permissions.type === "object") return permissions;
  throw unexpected(file, '"permissions" is no object.', form);
}

function allowedIn(file: string, permissions: Node | undefined): Node | undefined {
  const allowed = permissions && valueOf(permissions, "allow");
  if (allowed === undefined || allowed.type === "array") return allowed;
  throw unexpected(file, '"permissions.allow" is no list.', form);
}

const ruleIn = (allowed: Node | undefined): Node | undefined =>
  allowed?.children?.find((child) => child.value === toolsRule);

export function hasRule(file: string, text: string): boolean {
  const root = parseSettings(file, text);
  return ruleIn(allowedIn(file, permissionsOf(file, root))) !== undefined;
}

/** The text with the rule. Throws `settings-not-strict`, `settings-unexpected`. */
export function planRule(file: string, text: string): string {
  const root = parseSettings(file, text);
  const permissions = permissionsOf(file, root);
  if (permissions === undefined) return append(text, root, "permissions", { allow: [toolsRule] });
  const allowed = allowedIn(file, permissions);
  if (allowed === undefined) return append(text, permissions, "allow", [toolsRule]);
  return ruleIn(allowed) === undefined ? append(text, allowed, null, toolsRule) : text;
}

/** The text without the rule, and without the lists that it leaves empty. */
export function cutRule(file: string, text: string): string {
  const root = parseSettings(file, text);
  const permissions = permissionsOf(file, root);
  const allowed = allowedIn(file, permissions);
  const rule = ruleIn(allowed);
  if (permissions === undefined || allowed === undefined || rule === undefined) return text;
  if (allowed.children?.length !== 1) return cut(text, allowed, rule);
  const list = propertyOf(permissions, "allow");
  if (list !== undefined && permissions.children?.length !== 1) return cut(text, permissions, list);
  const all = propertyOf(root, "permissions");
  return all === undefined ? text : cut(text, root, all);
}
