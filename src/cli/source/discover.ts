// `sitrep source discover`: finds task servers among those that the client is configured with. It reads files and contacts
// no server but those that are named to be asked.

import { homedir } from "node:os";
import { join } from "node:path";
import { insecureBecause } from "../../config/source-address.ts";
import { SourceConfig } from "../../config/source-config.ts";
import { SitrepError } from "../../core/errors.ts";
import { isSecretName } from "../../core/secrets/secret-names.ts";
import type { ProjectScope } from "../../core/ports.ts";
import { defined, parseObject, readObject, readString, readStrings } from "../../core/read.ts";
import type { JsonObject } from "../../core/read.ts";
import { readSmallFile } from "../../state/files/read-small-file.ts";
import { guess, recognise } from "../../sources/presets/presets.ts";
import type { CommandContext } from "../../config/context.ts";
import { withSourceContext } from "./sources.ts";
import { cleanText } from "../../core/quote.ts";
import { maskSecrets } from "../../core/secrets/secret-text.ts";
import { shellWord } from "../../install/entries.ts";
import { scopeOf, type ProjectOptions, type Run } from "../program/options.ts";
import { toolNames } from "./ask-server.ts";
import { printResult } from "../terminal/terminal.ts";
import { step } from "../terminal/spinner.ts";

const largest = 16 * 1024 * 1024;
const transports = {
  http: "http",
  "streamable-http": "http",
  sse: "sse",
  ws: "websocket",
} as const;

/** A server of the client's. What a project's own file says was written by others. */
function readServer(name: string, value: unknown, file: string) {
  const from = readObject(value);
  const url = readString(from?.["url"]);
  const command = readString(from?.["command"]);
  if (from === null || (url ?? command) === undefined) return null;
  const args = readStrings(from["args"]);
  const place = url ?? [command, ...args].join(" ");
  const type = readString(from["type"]) ?? "";
  const transport = type in transports ? transports[type as keyof typeof transports] : undefined;
  return {
    name,
    file,
    /** Its address, or its command line. */
    place,
    ...defined({ url, command, transport }),
    args,
    /** As the client has it: perhaps with secrets, which are shown nowhere. */
    env: Object.fromEntries(
      Object.entries(readObject(from["env"]) ?? {}).filter(
        (one): one is [string, string] => typeof one[1] === "string",
      ),
    ),
    /** That its address or command points to; after it was asked, that its tools fit. */
    preset: guess(`${name} ${place}`)?.name ?? null,
    /** True when its headers hold something that a source of ours would need. */
    hasHeaders: Object.keys(readObject(from["headers"]) ?? {}).length > 0,
  };
}

type FoundServer = NonNullable<ReturnType<typeof readServer>>;

function serversIn(section: JsonObject | null, file: string): FoundServer[] {
  return Object.entries(readObject(section?.["mcpServers"]) ?? {})
    .map(([name, value]) => readServer(name, value, file))
    .filter((server) => server !== null);
}

const read = (file: string): JsonObject | null => parseObject(readSmallFile(file, largest) ?? "");

/** The servers of a project's `.mcp.json` and of `~/.claude.json`, for everybody and for the project. */
export function findServers(scope: ProjectScope, home: string): FoundServer[] {
  const [own, client] = [join(scope.path, ".mcp.json"), join(home, ".claude.json")];
  const settings = read(client);
  const ofProject = readObject(readObject(settings?.["projects"])?.[scope.path]);
  const found = [
    ...serversIn(read(own), own),
    ...serversIn(ofProject, client),
    ...serversIn(settings, client),
  ];
  return found.filter((one, at) => found.findIndex(({ name }) => name === one.name) === at);
}

const plainName = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, "-")
    .replace(/^[^a-z0-9]+/, "")
    .slice(0, 40) || "server";

/** The variables of a source: a secret, and what the client fills in itself, is a reference to a variable. */
const referencesIn = (env: FoundServer["env"]): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).map(([name, value]) => {
      const named = /^\$\{(\w+)\}$/.exec(value)?.[1] ?? (value.includes("${") ? name : null);
      const isSecret = isSecretName(name) || maskSecrets(`${name}=${value}`) !== `${name}=${value}`;
      const reference = named ?? (isSecret ? name : null);
      return [name, reference === null ? value : `\${env:${reference}}`];
    }),
  );

/** The server as a source; throws `usage` for an address or a command that cannot be one. */
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

/** Asks one server for its tools, which starts or contacts it. Throws as connecting does, and `source-unknown`. */
async function askServer(
  context: CommandContext,
  scope: ProjectScope,
  servers: readonly FoundServer[],
  name: string,
): Promise<FoundServer> {
  const server = servers.find((one) => one.name === name);
  if (server === undefined) {
    throw new SitrepError("source-unknown", `The client has no server "${name}".`, {
      hint: `It has: ${servers.map((one) => one.name).join(", ")}.`,
    });
  }
  const own = Object.entries(server.env).filter(([, value]) => !value.includes("${"));
  const env = { ...context.env, ...Object.fromEntries(own) };
  const tools = await withSourceContext(context, (sources) =>
    // It starts where the client starts it.
    toolNames({ ...sourceOf(server), projects: [scope.path] }, scope, {
      ...sources,
      env,
      forgetsSecrets: true,
    }),
  );
  return { ...server, preset: recognise(tools)?.name ?? null };
}

/** The command that adds it as a source; null when it cannot be one, or when its text is not safe in a command. */
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
  const found = findServers(scope, context.env["HOME"] ?? homedir());
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
    const kind = preset === null ? "not known" : `looks like ${preset}`;
    const words = `${cleanText(name, 40)}: ${kind} (${cleanText(place, 100)}, in ${file})`;
    return add === null ? [words] : [words, `    ${add}`];
  });
  const end =
    "Nothing was started or contacted but what --probe named. To ask a server: --probe NAME";
  const none = "The client is configured with no MCP server.";
  printResult(options, listed, listed.length === 0 ? none : [...lines, end]);
};
