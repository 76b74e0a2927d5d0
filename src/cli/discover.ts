// `sitrep source discover`: task servers among those that the client is configured with.

import { cleanText } from "../core/fence.ts";
import type { CommandContext } from "../config/context.ts";
import { askServer, findServers, homeOf, sourceOf } from "../sources/discover.ts";
import type { FoundServer } from "../sources/discover.ts";
import { scopeOf } from "./scope.ts";
import { print, printJson, step } from "./terminal.ts";

export interface DiscoverOptions {
  project?: string;
  probe?: string[];
  json?: boolean;
}

const quoted = (text: string): string =>
  /^[A-Za-z0-9@%+=:,./_-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** The command that makes it a source; null when it cannot be one, or holds what must not stand in a command. */
function addCommand(server: FoundServer): string | null {
  if (server.preset === null) return null;
  try {
    const { name, url, command, args, transport } = sourceOf(server);
    const parts = ["sitrep", "source", "add", name, "--preset", server.preset];
    if (url !== undefined) parts.push("--url", url);
    if (transport !== undefined) parts.push("--transport", transport);
    if (server.hasHeaders) parts.push("--token-env", "NAME_OF_A_VARIABLE");
    if (command !== undefined) parts.push("--", command, ...args);
    return parts.some((part) => cleanText(part, part.length) !== part)
      ? null
      : parts.map(quoted).join(" ");
  } catch {
    return null;
  }
}

export async function runDiscover(
  context: CommandContext,
  options: DiscoverOptions,
): Promise<void> {
  const scope = scopeOf(context, options);
  const found = findServers(scope, homeOf(context));
  const asked = await Promise.all(
    (options.probe ?? []).map((name) =>
      step(`asking ${name}`, () => askServer(context, scope, found, name)),
    ),
  );
  const servers = found.map((one) => asked.find(({ name }) => name === one.name) ?? one);
  if (options.json === true) {
    return printJson(servers.map((server) => ({ ...server, add: addCommand(server) })));
  }
  if (servers.length === 0) return print("The client is configured with no MCP server.");
  for (const server of servers) {
    const kind = server.preset === null ? "not known" : `looks like ${server.preset}`;
    print(
      `${cleanText(server.name, 40)}: ${kind} (${cleanText(server.place, 100)}, in ${server.file})`,
    );
    const command = addCommand(server);
    if (command !== null) print(`    ${command}`);
  }
  print("Nothing was started or contacted but what --probe named. To ask a server: --probe NAME");
}
