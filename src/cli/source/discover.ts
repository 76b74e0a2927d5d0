// `sitrep source discover`: finds task servers in Claude Code's configuration. It reads files, and contacts only the servers
// that --probe names.

import { homedir } from "node:os";
import { join } from "node:path";
import type { CommandContext } from "../../config/context.ts";
import { insecureBecause } from "../../config/source-address.ts";
import { SourceConfig } from "../../config/source-config.ts";
import { SitrepError } from "../../core/errors.ts";
import type { ProjectScope } from "../../core/ports.ts";
import { cleanText } from "../../core/quote.ts";
import { defined, parseObject, readObject, readString, readStrings } from "../../core/read.ts";
import type { JsonObject } from "../../core/read.ts";
import { isSecretName } from "../../core/secrets/secret-names.ts";
import { maskSecrets } from "../../core/secrets/secret-text.ts";
import { shellWord } from "../../install/entries.ts";
import { presetForAddress, presetForTools } from "../../sources/presets/presets.ts";
import { readSmallFile } from "../../state/files/read-small-file.ts";
import { scopeOf, type ProjectOptions, type Run } from "../program/verb-context.ts";
import { step } from "../terminal/spinner.ts";
import { printResult } from "../terminal/terminal.ts";
import { toolNames } from "./ask-server.ts";
import { withSourceContext } from "./lookup.ts";

const maxBytes = 16 * 1024 * 1024;

/** Our names for Claude Code's. */
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
    /** True when a source of ours would need what its headers hold. */
    hasHeaders: Object.keys(readObject(from["headers"]) ?? {}).length > 0,
  };
}

type FoundServer = NonNullable<ReturnType<typeof readServer>>;

function serversIn(section: JsonObject | null, file: string): FoundServer[] {
  return Object.entries(readObject(section?.["mcpServers"]) ?? {})
    .map(([name, value]) => readServer(name, value, file))
    .filter((server) => server !== null);
}

const read = (file: string): JsonObject | null => parseObject(readSmallFile(file, maxBytes));

/** The servers of a project's `.mcp.json` and of `~/.claude.json`. */
export function findServers(scope: ProjectScope, env: CommandContext["env"]): FoundServer[] {
  const own = join(scope.path, ".mcp.json");
  const user = join(env["HOME"] ?? homedir(), ".claude.json");
  const settings = read(user);
  const ofProject = readObject(readObject(settings?.["projects"])?.[scope.path]);
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
const referencesIn = (env: FoundServer["env"]): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).map(([name, value]) => {
      const named = /^\$\{(\w+)\}$/.exec(value)?.[1] ?? (value.includes("${") ? name : null);
      const isSecret = isSecretName(name) || maskSecrets(`${name}=${value}`) !== `${name}=${value}`;
      const reference = named ?? (isSecret ? name : null);
      return [name, reference === null ? value : `\${env:${reference}}`];
    }),
  );

/** Throws `usage` for an address or a command that cannot be a source. */
export function sourceOf(server: FoundServer): SourceConfig {
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

/** Starts or contacts one server and lists its tools. Throws as connecting does, and `source-unknown`. */
async function askServer(
  context: CommandContext,
  scope: ProjectScope,
  servers: readonly FoundServer[],
  name: string,
): Promise<FoundServer> {
  const server = servers.find((one) => one.name === name);
  if (server === undefined) {
    throw new SitrepError("source-unknown", `Claude Code has no server "${name}".`, {
      hint: `It has: ${servers.map((one) => one.name).join(", ")}.`,
    });
  }
  const own = Object.entries(server.env).filter(([, value]) => !value.includes("${"));
  const env = { ...context.env, ...Object.fromEntries(own) };
  const tools = await withSourceContext(context, (sources) =>
    // It starts where Claude Code starts it.
    toolNames(
      { ...sourceOf(server), projects: [scope.path] },
      { scope, sources: { ...sources, env, forgetsSecrets: true } },
    ),
  );
  return { ...server, preset: presetForTools(tools)?.name ?? null };
}

/** The command that adds it; null when it cannot be a source, or its text is not safe in a command. */
export function addCommand(server: FoundServer): string | null {
  if (server.preset === null) return null;
  try {
    const { name, url, command, args, env, transport } = sourceOf(server);
    const parts = ["sitrep", "source", "add", name, "--preset", server.preset];
    if (url !== undefined) parts.push("--url", url);
    if (transport !== undefined) parts.push("--transport", transport);
    if (server.hasHeaders) parts.push("--token-env", "NAME_OF_A_VARIABLE");
    for (const [key, value] of Object.entries(env)) parts.push("--env", `${key}=${value}`);
    if (command !== undefined) parts.push("--", command, ...args);
    return parts.some((part) => cleanText(part, part.length) !== part)
      ? null
      : parts.map(shellWord).join(" ");
  } catch {
    return null;
  }
}

export const runDiscover: Run<[], ProjectOptions & { probe?: string[] }> = async (
  context,
  options,
) => {
  const scope = scopeOf(context, options);
  const found = findServers(scope, context.env);
  const asked = await Promise.all(
    (options.probe ?? []).map((name) =>
      step(`asking ${name}`, () => askServer(context, scope, found, name)),
    ),
  );
  const servers = found.map((one) => asked.find(({ name }) => name === one.name) ?? one);
  const listed = servers.map((server) => {
    const { env: _secrets, ...shown } = server;
    return { ...shown, add: addCommand(server) };
  });
  const lines = listed.flatMap(({ name, place, file, preset, add }) => {
    const kind = preset === null ? "unknown" : `looks like ${preset}`;
    const words = `${cleanText(name, 40)}: ${kind} (${cleanText(place, 100)}, in ${file})`;
    return add === null ? [words] : [words, `    ${add}`];
  });
  const end = "Only servers named by --probe were started or contacted: --probe NAME";
  const none = "Claude Code has no MCP servers configured.";
  printResult(options, listed, listed.length === 0 ? none : [...lines, end]);
};
