// Where a project has tasks that no source shows yet. Looks at files; runs nothing and contacts nothing.

import type { Environment } from "../../config/folders.ts";
import { canPersonSignIn } from "../../config/source-address.ts";
import type { SourceConfig } from "../../config/source-config.ts";
import { messageOf } from "../../core/errors.ts";
import type { ProjectScope } from "../../core/ports.ts";
import { cleanText } from "../../core/quote.ts";
import { defined } from "../../core/read.ts";
import type { Task } from "../../core/task/task.ts";
import { remotesOf } from "../../git/remote.ts";
import { findTaskFiles, type FoundTaskFile } from "../files/find.ts";
import { jsonPresetOf } from "../presets/json/presets.ts";
import { tokenProgramsIn } from "../tracker-token.ts";
import { findTrackers, trackerSource, type Tracker } from "../trackers.ts";
import { readServers, toSourceConfig, type ClaudeCodeServer } from "./claude-code-servers.ts";

/** What `sitrep source add` takes: a name, options by their long names, and a program. */
export interface Addition {
  readonly name: string;
  readonly options: Readonly<Record<string, string | true | readonly string[]>>;
  readonly command: readonly string[];
}

export interface FoundSource {
  readonly kind: "file" | "tracker" | "server";
  /** As people call it: `TODO.md`, `GitHub issues of acme/shop-api`. Clean. */
  readonly what: string;
  /** Its open tasks; null where they were not read. */
  readonly open: readonly Task[] | null;
  /** How many open boxes of a file are not tasks of now. */
  readonly aside: number;
  /** Why a file cannot be read. Clean. */
  readonly failure: string | null;
  /** What adding it does, after "this"; null where nothing is run or contacted. */
  readonly consent: string | null;
  /** Null where a person has to fill something in first. */
  readonly source: Readonly<Record<string, unknown>> | null;
  readonly add: Addition | null;
}

const sameProject = (scope: ProjectScope) => ({ projects: [scope.path] });
const fileNames: Readonly<Record<string, string>> = { "todo.md": "todo", "backlog.md": "backlog" };

function fileSource(found: FoundTaskFile, scope: ProjectScope): FoundSource {
  const { kind, path, label, open, aside, failure } = found;
  const name = fileNames[kind] ?? kind;
  const [shown, title] = [cleanText(path, 100), path.split("/").at(-1)?.toLowerCase()];
  return {
    kind: "file",
    what: title === label.toLowerCase() || path === label ? shown : `${shown} (${label})`,
    open,
    aside,
    failure: failure === null ? null : cleanText(messageOf(failure), 300),
    consent: null,
    source: { name, type: "file", kind, path, ...sameProject(scope) },
    add: { name, options: { file: `${kind}:${path}` }, command: [] },
  };
}

const isFileSource = ({ kind, path }: FoundTaskFile, one: SourceConfig): boolean =>
  one.type === "file" && one.kind === kind && one.path === path;

/** An MCP server with the same tracker counts. */
function isTrackerSource({ preset, url, repository }: Tracker, one: SourceConfig): boolean {
  if (one.preset !== preset) return false;
  const named = one.with["repository"] ?? repository;
  return one.type === "mcp" || (one.url === url && named === repository);
}

function trackerSourceOf(tracker: Tracker, scope: ProjectScope, isUsual: boolean): FoundSource {
  const { preset, host, url, repository, isGuessed, tokenWays } = tracker;
  const [way] = tokenWays;
  const title = jsonPresetOf(preset)?.title ?? preset;
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
  const programs = tokenProgramsIn(env["PATH"] ?? "", scope.path);
  const found = findTrackers(remotesOf(scope.path), { env, programs });
  const firstOf = (preset: string): Tracker | undefined =>
    found.find((one) => one.preset === preset);
  return (
    found
      // Of a fork's two remotes, the one that has the issues.
      .filter((one, at) => found.findIndex(({ url }) => url === one.url) === at)
      .filter((one) => !known.some((source) => isTrackerSource(one, source)))
      .map((one) => trackerSourceOf(one, scope, firstOf(one.preset) === one))
  );
}

const addressOf = ({ url, command, args }: SourceConfig): string =>
  url ?? [command, ...args].join(" ");

/** What `source add` takes for a server; null where it is not known to have tasks, or cannot be a source. */
export function createAddition(server: ClaudeCodeServer): Addition | null {
  if (server.preset === null) return null;
  try {
    const { name, url, command, args, env, transport } = toSourceConfig(server);
    const given = Object.entries(env).map(([key, value]) => `${key}=${value}`);
    const options = {
      preset: server.preset,
      ...defined({ url, transport }),
      ...(server.hasHeaders && { tokenEnv: "NAME_OF_A_VARIABLE" }),
      ...(given.length > 0 && { env: given }),
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

export interface DiscoveryContext {
  /** Of the person, for tokens, programs and Claude Code's configuration; none in the monitor. */
  readonly env: Environment;
  /** The project's sources. */
  readonly known: readonly SourceConfig[];
  /** The names of all sources, also of other projects. */
  readonly names: readonly string[];
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
 * The places in the order in which they are offered: files, trackers of the remotes, MCP servers of Claude Code. A server
 * whose tasks one of the others has is left out, and so is all that is a source.
 */
export async function discoverSources(
  scope: Required<ProjectScope>,
  { env, known, names }: DiscoveryContext,
): Promise<FoundSource[]> {
  const files = await findTaskFiles(scope.trees[0] ?? scope.path, scope.branch);
  const trackers = discoverTrackers(scope, env, known);
  const shown = new Set([
    ...files.map(({ kind }) => kind),
    ...trackers.map(({ add }) => add?.name),
    ...known.map(({ preset }) => preset),
  ]);
  const servers = readServers(scope, env).filter(({ preset }) => !shown.has(preset ?? ""));
  const places = [
    ...files
      .filter((one) => !known.some((source) => isFileSource(one, source)))
      .map((one) => fileSource(one, scope)),
    ...trackers,
    ...servers.flatMap((one) => serverSource(one, known)),
  ];
  const taken = new Set(names);
  return places.map((place) => withFreeName(place, taken, scope.name));
}
