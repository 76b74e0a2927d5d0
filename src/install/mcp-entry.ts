// Our server in a project's `.mcp.json`, which the client reads as strictly as its settings.
// https://code.claude.com/docs/en/mcp

import type { Node } from "jsonc-parser";
import { SitrepError } from "../core/errors.ts";
import { append, cut, propertyOf, replace, valueOf } from "./splice.ts";
import { parseSettings, plainValue } from "./strict-json.ts";

/** A server that the client starts itself. */
export interface McpEntry {
  readonly type: "stdio";
  readonly command: string;
  readonly args: readonly string[];
}

/** The client names our tools after it: `mcp__sitrep__get_next_task`. */
export const mcpServerName = "sitrep";
export const mcpFileName = ".mcp.json";

const newFile = "{}\n";

function serversOf(file: string, root: Node): Node | undefined {
  const servers = valueOf(propertyOf(root, "mcpServers"));
  if (servers === undefined || servers.type === "object") return servers;
  throw new SitrepError("settings-unexpected", `${file}: "mcpServers" is no object.`, {
    hint: "Nothing was changed.",
  });
}

const isOurEntry = (entry: Node, program: string): boolean =>
  entry.type === "object" &&
  JSON.stringify(plainValue(entry)).includes(JSON.stringify(program).slice(1, -1));

/** True when our server is in the text. `program`: the path that every entry of ours names. */
export function hasMcpEntry(file: string, text: string, program: string): boolean {
  const servers = serversOf(file, parseSettings(file, text).root);
  const entry = servers && valueOf(propertyOf(servers, mcpServerName));
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
  const { root } = parseSettings(file, before);
  const servers = serversOf(file, root);
  if (servers === undefined) return append(before, root, "mcpServers", { [mcpServerName]: entry });
  const present = valueOf(propertyOf(servers, mcpServerName));
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
  const { root } = parseSettings(file, text);
  const all = propertyOf(root, "mcpServers");
  const servers = valueOf(all);
  const own = servers && propertyOf(servers, mcpServerName);
  if (all === undefined || servers === undefined || own === undefined) return text;
  return servers.children?.length === 1 ? cut(text, root, all) : cut(text, servers, own);
}
