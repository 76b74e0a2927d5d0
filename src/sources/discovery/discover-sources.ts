// Finds places with tasks that no source shows yet. Reads files; runs nothing and contacts nothing.

import type { Environment } from "../../config/folders.ts";
import { canPersonSignIn } from "../../config/source-address.ts";
import type { SourceConfig } from "../../config/source-config.ts";
import type { ProjectScope } from "../../core/ports.ts";
import { cleanText } from "../../core/quote.ts";
import { defined } from "../../core/read.ts";
import { readRemotes } from "../../git/remote.ts";
import { findTaskFiles } from "../files/find.ts";
import { findJsonPreset } from "../presets/json/json-presets.ts";
import { findTokenPrograms } from "../tracker-token.ts";
import { findTrackers, trackerSource, type Tracker } from "../trackers.ts";
import { readServers, toSourceConfig, type ClaudeCodeServer } from "./claude-code-servers.ts";
import { fileSources } from "./file-sources.ts";
import type { Addition, DiscoveryContext, FoundSource } from "./found-source.ts";

/** True for a source of the tracker, also one by its MCP server. */
function isTrackerSource({ preset, url, repository }: Tracker, one: SourceConfig): boolean {
  if (one.preset !== preset) return false;
  const named = one.with["repository"] ?? repository;
  return one.type === "mcp" || (one.url === url && named === repository);
}

function trackerSourceOf(tracker: Tracker, scope: ProjectScope, isUsual: boolean): FoundSource {
  const { preset, host, url, repository, isGuessed, tokenWays } = tracker;
  const [way] = tokenWays;
  const title = findJsonPreset(preset)?.title ?? preset;
  const where = cleanText(repository ?? "", 100);
  const token =
    way === undefined
      ? "without a token, which shows only what is public"
      : way.kind === "env"
        ? `with the token in $${way.variable}`
        : `with the token that ${way.program} keeps for ${host}`;
  const from =
    way === undefined
      ? {}
      : way.kind === "env"
        ? { tokenEnv: way.variable }
        : { tokenFrom: way.program };
  return {
    kind: "tracker",
    what: `${title}${where === "" ? "" : ` of ${where}`}${isGuessed ? ` at ${host}` : ""}`,
    open: null,
    aside: 0,
    failure: null,
    consent: `asks ${new URL(url).host}, ${token}`,
    source: trackerSource(tracker, way ?? null, scope.path),
    add: {
      name: preset,
      options: { api: preset, ...(isUsual ? {} : { url }), ...from, onlyHere: true },
      command: [],
    },
  };
}

function discoverTrackers(
  scope: ProjectScope,
  env: Environment,
  known: readonly SourceConfig[],
): FoundSource[] {
  const programs = findTokenPrograms(env["PATH"] ?? "", scope.path);
  const found = findTrackers(readRemotes(scope.path), { env, programs });
  const firstOf = (preset: string): Tracker | undefined =>
    found.find((one) => one.preset === preset);
  return (
    found
      // Keeps one of a fork's two remotes: the one with the issues.
      .filter((one, at) => found.findIndex(({ url }) => url === one.url) === at)
      .filter((one) => !known.some((source) => isTrackerSource(one, source)))
      .map((one) => trackerSourceOf(one, scope, firstOf(one.preset) === one))
  );
}

const addressOf = ({ url, command, args }: SourceConfig): string =>
  url ?? [command, ...args].join(" ");

/** The arguments of `source add` for a server; null if it may have no tasks, or cannot be a source. */
export function createAddition(server: ClaudeCodeServer): Addition | null {
  const { preset, guessedTool } = server;
  if (preset === null && guessedTool === null) return null;
  try {
    const { name, url, command, args, env, transport } = toSourceConfig(server);
    const given = Object.entries(env).map(([key, value]) => `${key}=${value}`);
    const options = {
      ...(preset !== null && { preset }),
      ...defined({ url, transport }),
      ...(server.hasHeaders && { tokenEnv: "NAME_OF_A_VARIABLE" }),
      ...(given.length > 0 && { env: given }),
      // Claude Code starts it in the project, too.
      ...(guessedTool !== null && command !== undefined && { onlyHere: true as const }),
    };
    return { name, options, command: command === undefined ? [] : [command, ...args] };
  } catch {
    return null;
  }
}

function serverSource(server: ClaudeCodeServer, known: readonly SourceConfig[]): FoundSource[] {
  const add = createAddition(server);
  if (add === null) return [];
  const source = toSourceConfig(server);
  if (known.some((one) => one.name === source.name || addressOf(one) === addressOf(source)))
    return [];
  const login = canPersonSignIn(source) ? { login: true as const } : {};
  const then =
    source.url === undefined
      ? "starts it"
      : server.hasHeaders
        ? "needs a token"
        : "contacts it, and may ask you to sign in";
  const address = cleanText(addressOf(source), 200);
  return [
    {
      kind: "server",
      what: `the MCP server ${source.name} (${address})`,
      open: null,
      aside: 0,
      failure: null,
      consent: then,
      source: server.hasHeaders ? null : { ...source },
      add: server.hasHeaders ? add : { ...add, options: { ...add.options, ...login } },
    },
  ];
}

function withFreeName(place: FoundSource, taken: Set<string>, project: string): FoundSource {
  const { add, source } = place;
  if (add === null) return place;
  const own = project
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
  const base = `${add.name}-${own}`.slice(0, 36).replace(/-$/, "");
  const more = Array.from({ length: 98 }, (_, at) => `${base}-${at + 2}`);
  const name = [add.name, base, ...more].find((one) => !taken.has(one)) ?? add.name;
  taken.add(name);
  return { ...place, add: { ...add, name }, source: source && { ...source, name } };
}

/**
 * The places in the order in which they are offered: files, trackers of the remotes, MCP servers of Claude Code. Leaves out
 * existing sources, and servers whose tasks another place has.
 */
export async function discoverSources(
  scope: Required<ProjectScope>,
  context: DiscoveryContext,
): Promise<FoundSource[]> {
  const { env, known, names } = context;
  const files = await findTaskFiles(scope.trees[0] ?? scope.path, scope.branch);
  const trackers = discoverTrackers(scope, env, known);
  const shown = new Set([
    ...files.map(({ kind }) => kind),
    ...trackers.map(({ add }) => add?.name),
    ...known.map(({ preset }) => preset),
  ]);
  const servers = readServers(scope, env).filter(({ preset }) => !shown.has(preset ?? ""));
  const places = [
    ...files.flatMap((one) => fileSources(one, scope, context)),
    ...trackers,
    ...servers.flatMap((one) => serverSource(one, known)),
  ];
  const taken = new Set(names);
  return places.map((place) => withFreeName(place, taken, scope.name));
}
