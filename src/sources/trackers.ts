// Finds the trackers that a repository's remotes and set variables point to. Contacts nothing and runs nothing.

import type { Environment } from "../config/folders.ts";
import { parseRemote, type Remote } from "../git/remote.ts";
import { findJsonPreset } from "./presets/json/json-presets.ts";
import type { TokenProgram } from "./tracker-token.ts";

/** A way for a source to sign in; each needs a person's consent. */
export type TokenMethod =
  | { readonly kind: "env"; readonly variable: string }
  | ({ readonly kind: "program" } & TokenProgram);

export interface Tracker {
  /** A name in `jsonPresets`. */
  readonly preset: string;
  /** For people: `github.com`. */
  readonly host: string;
  /** The address of its API. */
  readonly url: string;
  /** `owner/repo`; null if tasks do not belong to a repository. */
  readonly repository: string | null;
  /** The remote's name; null for a tracker that a variable points to. */
  readonly remote: string | null;
  /** True: only the host's name suggests which tracker it is. */
  readonly isGuessed: boolean;
  /** The best first; empty: only public data can be read. */
  readonly tokenWays: readonly TokenMethod[];
}

interface Kind {
  readonly preset: string;
  /** Hosts that are certainly of this kind, with the variables for their tokens. */
  readonly known: Readonly<Record<string, readonly string[]>>;
  readonly looksLike: RegExp;
  readonly api: (host: string) => string;
  readonly program?: "gh" | "glab";
}

const kinds: readonly Kind[] = [
  {
    preset: "github",
    known: { "github.com": ["GH_TOKEN", "GITHUB_TOKEN"] },
    looksLike: /^(?:github|ghe)\.|\.ghe\.com$/,
    api: (host) => (host === "github.com" ? "https://api.github.com" : `https://${host}/api/v3`),
    program: "gh",
  },
  {
    preset: "gitlab",
    known: { "gitlab.com": ["GITLAB_TOKEN", "GITLAB_ACCESS_TOKEN"] },
    looksLike: /^gitlab\./,
    api: (host) => `https://${host}/api/v4`,
    program: "glab",
  },
  {
    preset: "gitea",
    known: { "codeberg.org": ["CODEBERG_TOKEN"], "gitea.com": ["GITEA_TOKEN"] },
    looksLike: /^(?:gitea|forgejo|codeberg)\./,
    api: (host) => `https://${host}/api/v1`,
  },
];

/** Trackers without repositories, each with the variables that its own clients read. */
const keyed = [
  { preset: "linear", variables: ["LINEAR_API_KEY", "LINEAR_TOKEN"] },
  { preset: "todoist", variables: ["TODOIST_API_TOKEN", "TODOIST_API_KEY", "TODOIST_TOKEN"] },
] as const;

/** Presets whose tasks belong to the repository of a remote. */
export const repositoryPresets: readonly string[] = kinds.map(({ preset }) => preset);

interface Surroundings {
  readonly env: Environment;
  /** Programs that print tokens, as `findTokenPrograms` finds them. */
  readonly programs: readonly string[];
}

const variablesIn = (env: Environment, names: readonly string[]): TokenMethod[] =>
  names.flatMap((variable) => (env[variable] ? [{ kind: "env" as const, variable }] : []));

function trackerAt({ name, url }: Remote, { env, programs }: Surroundings): Tracker | null {
  const place = parseRemote(url);
  if (place === null) return null;
  const { host, path } = place;
  const kind = kinds.find(
    ({ known, looksLike }) => Object.hasOwn(known, host) || looksLike.test(host),
  );
  if (kind === undefined) return null;
  const { preset, program } = kind;
  const isThere = program !== undefined && programs.includes(program);
  return {
    preset,
    host,
    url: kind.api(host),
    repository: path,
    remote: name,
    isGuessed: !Object.hasOwn(kind.known, host),
    tokenWays: [
      ...variablesIn(env, kind.known[host] ?? []),
      ...(isThere ? [{ kind: "program" as const, program, host }] : []),
    ],
  };
}

function keyedTrackers({ env }: Surroundings): Tracker[] {
  return keyed.flatMap(({ preset, variables }) => {
    const tokenWays = variablesIn(env, variables);
    const url = findJsonPreset(preset)?.url;
    if (tokenWays.length === 0 || url === undefined) return [];
    const host = new URL(url).hostname;
    return [{ preset, host, url, repository: null, remote: null, isGuessed: false, tokenWays }];
  });
}

const rank = ({ remote }: Tracker): number => ["upstream", "origin"].indexOf(remote ?? "") + 1 || 3;

/**
 * The trackers of these remotes, each repository once, `upstream` (which has a fork's issues) before `origin`; then those that
 * only a variable points to. A variable's token is offered only for its known host.
 */
export function findTrackers(remotes: readonly Remote[], around: Surroundings): Tracker[] {
  const found = remotes.flatMap((remote) => trackerAt(remote, around) ?? []);
  const sorted = found.toSorted((one, other) => rank(one) - rank(other));
  const isFirst = (one: Tracker, at: number): boolean =>
    sorted.findIndex(({ url, repository }) => url === one.url && repository === one.repository) ===
    at;
  return [...sorted.filter(isFirst), ...keyedTrackers(around)];
}

/** The `auth` of a source of this preset, with a token by reference. */
export function createAuth(preset: string, secret: string, user?: string): object {
  const form = findJsonPreset(preset)?.auth;
  if (user !== undefined) return { type: "basic", user, secret };
  if (form === undefined || form === "basic") return { type: "bearer", secret };
  return { type: "header", ...form, secret };
}

export const tokenReference = (way: TokenMethod): string =>
  way.kind === "env" ? `\${env:${way.variable}}` : `\${${way.program}:${way.host}}`;

/** The source in the form of config.json, for this project only. `way`: null to read only public data. */
export function trackerSource(
  { preset, url, repository }: Tracker,
  way: TokenMethod | null,
  project: string,
): Record<string, unknown> {
  return {
    name: preset,
    type: "json",
    url,
    preset,
    projects: [project],
    ...(repository === null ? {} : { with: { repository } }),
    ...(way === null ? {} : { auth: createAuth(preset, tokenReference(way)) }),
  };
}
