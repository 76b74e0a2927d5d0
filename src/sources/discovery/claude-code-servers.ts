// The MCP servers in Claude Code's configuration. Reads files; starts and contacts nothing.

import { homedir } from "node:os";
import { join } from "node:path";
import type { Environment } from "../../config/folders.ts";
import { insecureBecause } from "../../config/source-address.ts";
import { SourceConfig } from "../../config/source-config.ts";
import { SitrepError } from "../../core/errors.ts";
import type { ProjectScope } from "../../core/ports.ts";
import { defined, parseObject, readObject, readString, readStrings } from "../../core/read.ts";
import type { JsonObject } from "../../core/read.ts";
import { isSecretName } from "../../core/secrets/secret-names.ts";
import { maskSecrets } from "../../core/secrets/secret-text.ts";
import { readSmallFile } from "../../state/files/read-small-file.ts";
import { presetForAddress } from "../presets/presets.ts";

const maxBytes = 16 * 1024 * 1024;

/** Claude Code's names of transports, with ours. */
const transports = new Map([
  ["http", "http"],
  ["streamable-http", "http"],
  ["sse", "sse"],
  ["ws", "websocket"],
]);

function readServer(name: string, value: unknown, file: string) {
  const from = readObject(value);
  const url = readString(from?.["url"]);
  const command = readString(from?.["command"]);
  if (from === null || (url ?? command) === undefined) return null;
  const args = readStrings(from["args"]);
  const place = url ?? [command, ...args].join(" ");
  const transport = transports.get(readString(from["type"]) ?? "");
  const variables = Object.entries(readObject(from["env"]) ?? {});
  return {
    name,
    file,
    /** Its address, or its command line. */
    place,
    ...defined({ url, command, transport }),
    args,
    /** These may be secrets: show them nowhere. */
    env: Object.fromEntries(
      variables.filter((one): one is [string, string] => typeof one[1] === "string"),
    ),
    /** Guessed from its address or command; after a probe, the one that fits its tools. */
    preset: presetForAddress(`${name} ${place}`)?.name ?? null,
    /** After a probe: the tool from whose response a mapping was guessed. */
    guessedTool: null as string | null,
    /** True if the server has headers, which a source would need too. */
    hasHeaders: Object.keys(readObject(from["headers"]) ?? {}).length > 0,
  };
}

export type ClaudeCodeServer = NonNullable<ReturnType<typeof readServer>>;

function serversIn(section: JsonObject | null, file: string): ClaudeCodeServer[] {
  return Object.entries(readObject(section?.["mcpServers"]) ?? {})
    .map(([name, value]) => readServer(name, value, file))
    .filter((server) => server !== null);
}

const read = (file: string): JsonObject | null => parseObject(readSmallFile(file, maxBytes));

/** The servers of a project's `.mcp.json` and of `~/.claude.json`. */
export function readServers(
  { path }: Pick<ProjectScope, "path">,
  env: Environment,
): ClaudeCodeServer[] {
  const own = join(path, ".mcp.json");
  const user = join(env["HOME"] ?? homedir(), ".claude.json");
  const settings = read(user);
  const ofProject = readObject(readObject(settings?.["projects"])?.[path]);
  const found = [
    ...serversIn(read(own), own),
    ...serversIn(ofProject, user),
    ...serversIn(settings, user),
  ];
  return found.filter((one, at) => found.findIndex(({ name }) => name === one.name) === at);
}

const plainName = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, "-")
    .replace(/^[^a-z0-9]+/, "")
    .slice(0, 40) || "server";

/** A secret, and a value that Claude Code fills in, becomes a reference to a variable. */
const referencesIn = (env: ClaudeCodeServer["env"]): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).map(([name, value]) => {
      const named = /^\$\{(\w+)\}$/.exec(value)?.[1] ?? (value.includes("${") ? name : null);
      const isSecret = isSecretName(name) || maskSecrets(`${name}=${value}`) !== `${name}=${value}`;
      const reference = named ?? (isSecret ? name : null);
      return [name, reference === null ? value : `\${env:${reference}}`];
    }),
  );

/** Throws `usage` for an address or a command that cannot be a source. */
export function toSourceConfig(server: ClaudeCodeServer): SourceConfig {
  const { url, command, args, env, transport, preset } = server;
  const result = SourceConfig.safeParse({
    name: plainName(server.name),
    type: "mcp",
    ...(url === undefined
      ? { command, args, env: referencesIn(env) }
      : { url, ...(transport && { transport }) }),
    preset: preset ?? "unknown",
  });
  if (result.success && (url === undefined || insecureBecause(url, []) === null))
    return result.data;
  throw new SitrepError("usage", `${server.name} in ${server.file} cannot be used as a source.`);
}
