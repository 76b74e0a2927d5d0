// config.json: the configuration in force (environment, then the file, then defaults), and changes to its list of
// sources, which leave everything else in it as it is.

import { lstatSync } from "node:fs";
import { SitrepError } from "../core/errors.ts";
import { readSmallFile } from "../state/files/read-small-file.ts";
import type { Environment } from "./folders.ts";
import { readBriefOptions } from "../core/brief/options.ts";
import type { HookSettings, ProjectSettings } from "../core/hook-settings.ts";
import { issueText, readItems, readObject, readStrings, withGiven } from "../core/read.ts";
import type { ProjectScope } from "../core/ports.ts";
import {
  Config,
  fallbackStrategies,
  logLevels,
  longestSeconds,
  mostRequestsPerMinute,
} from "./schema.ts";
import { listText, numberText, readVariables, wordOf } from "./environment.ts";
import { replaceFile } from "../state/files/replace-file.ts";
import type { SourceConfig } from "./source-config.ts";

const seconds = numberText(0, longestSeconds, "whole number").optional();

/** Environment variables, and the setting that each replaces. */
export const settingVariables = {
  TOKEN_REFRESH_BEFORE_EXPIRY: "tokens.renewBeforeSeconds",
  TASK_CACHE_TTL: "tasks.freshSeconds",
  GIT_CACHE_TTL: "git.freshSeconds",
  SESSION_CACHE_TTL: "cache.entrySeconds",
  FALLBACK_STRATEGY: "tasks.fallback",
  RATE_LIMIT_REQUESTS_PER_MINUTE: "requestsPerMinute",
  SITREP_LOG_LEVEL: "logLevel",
} as const;

const variableShape = {
  TOKEN_REFRESH_BEFORE_EXPIRY: seconds,
  TASK_CACHE_TTL: seconds,
  GIT_CACHE_TTL: seconds,
  SESSION_CACHE_TTL: seconds,
  FALLBACK_STRATEGY: wordOf(fallbackStrategies).optional(),
  RATE_LIMIT_REQUESTS_PER_MINUTE: numberText(1, mostRequestsPerMinute, "whole number").optional(),
  SITREP_LOG_LEVEL: wordOf(logLevels).optional(),
};

function invalid(where: string, what: string, cause?: unknown): SitrepError {
  return new SitrepError("config-invalid", `${where}: ${what}`, {
    hint: "Correct it; nothing was changed. The settings are listed in docs/settings.md.",
    cause,
  });
}

/** The settings in a file as they are; none where there is no file. Throws `config-invalid`. */
export function parseFile(file: string): Record<string, unknown> {
  const text = readSmallFile(file, 1024 * 1024);
  if (text === null) {
    if (lstatSync(file, { throwIfNoEntry: false }) === undefined) return {};
    throw invalid(file, "cannot be read as a file.");
  }
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (cause) {
    throw invalid(file, `not JSON (${cause instanceof Error ? cause.message : "?"}).`, cause);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalid(file, "not a JSON object.");
  }
  return value as Record<string, unknown>;
}

/** Throws `config-invalid`, naming `where`. */
export function checkConfig(value: unknown, where: string): Config {
  // Read once in most programs: zod's code of a schema takes longer to make than it spares.
  const result = Config.safeParse(value, { jitless: true });
  if (!result.success) throw invalid(where, issueText(result.error), result.error);
  return result.data;
}

/** The settings, with the hosts that the environment names beside theirs: other settings are judged by them. */
export function withInsecureHosts(
  settings: Record<string, unknown>,
  env: Environment,
): Record<string, unknown> {
  const shape = { SITREP_ALLOW_INSECURE_HOSTS: listText.optional() };
  const { SITREP_ALLOW_INSECURE_HOSTS: named } = readVariables(env, shape);
  if (named === undefined) return settings;
  const before: unknown = settings["allowInsecureHosts"] ?? [];
  return {
    ...settings,
    allowInsecureHosts: Array.isArray(before) ? [...before, ...named] : before,
  };
}

/** Reads and checks everything. Throws `config-invalid`, which names the file or variable and the setting. */
export function loadConfig(file: string, env: Environment): Config {
  const config = checkConfig(withInsecureHosts(parseFile(file), env), file);
  const given: Record<string, unknown> = readVariables(env, variableShape);
  for (const [name, path] of Object.entries(settingVariables)) {
    if (given[name] === undefined) continue;
    const [first = "", second] = path.split(".");
    const changed = { [second ?? first]: given[name] };
    Object.assign(
      second === undefined ? config : (config[first as keyof Config] as object),
      changed,
    );
  }
  return config;
}

/** What of the configuration hooks need. `names`: what else the person is known by. */
export function hookSettingsOf(config: Config, names: readonly string[]): HookSettings {
  const hidesCached = config.tasks.fallback === "skip";
  const brief = { ...config.brief, ...(hidesCached ? { hidesCached } : {}) };
  const everywhere = { off: false, brief, news: config.news, guards: config.guards };
  const projects: Record<string, ProjectSettings> = {};
  for (const [path, own] of Object.entries(config.projects)) {
    projects[path] = {
      off: own.off ?? false,
      brief: readBriefOptions(own.brief, brief),
      news: withGiven(config.news, own.news ?? {}),
      guards: withGiven(config.guards, own.guards ?? {}),
    };
  }
  return {
    ...everywhere,
    projects,
    me: { given: config.me, likely: names },
    tasks: {
      freshMs: config.tasks.freshSeconds * 1000,
      expireMs: config.tasks.expireSeconds * 1000,
    },
  };
}

type RawSource = Readonly<Record<string, unknown>>;

function change(file: string, env: Environment, edit: (sources: RawSource[]) => RawSource[]): void {
  const settings = parseFile(file);
  const before = settings["sources"];
  const list: unknown[] = Array.isArray(before) ? before : [];
  const sources = edit(list.map(readObject).filter((one) => one !== null));
  const changed = { ...settings, sources };
  checkConfig(withInsecureHosts(changed, env), file);
  replaceFile(file, `${JSON.stringify(changed, null, 2)}\n`, { mode: 0o600 });
}

/** Sets what task sources call the person. Throws `config-invalid`. */
export function setNames(file: string, names: readonly string[], env: Environment): void {
  const changed = { ...parseFile(file), me: names };
  checkConfig(withInsecureHosts(changed, env), file);
  replaceFile(file, `${JSON.stringify(changed, null, 2)}\n`, { mode: 0o600 });
}

/** The source without what is the default. */
export function withoutDefaults(source: SourceConfig): RawSource {
  const { enabled, fallback, args, env, with: settings, ...rest } = source;
  return {
    ...rest,
    ...(args.length > 0 ? { args } : {}),
    ...(Object.keys(env).length > 0 ? { env } : {}),
    ...(Object.keys(settings).length > 0 ? { with: settings } : {}),
    ...(fallback ? { fallback } : {}),
    ...(enabled ? {} : { enabled }),
  };
}

/** Throws `config-invalid` where there is a source of that name, also one of other projects: names are of the whole file. */
export function requireFreeName(
  file: string,
  name: string,
  { path, name: project }: ProjectScope,
  given: unknown = parseFile(file)["sources"],
): void {
  const found = readItems(given, readObject).find((one) => one["name"] === name);
  if (found === undefined) return;
  const projects = readStrings(found["projects"]);
  const isOthers = projects.length > 0 && ![path, project].some((one) => projects.includes(one));
  const whose = isOthers ? `, for ${projects.join(", ")}` : "";
  throw new SitrepError("config-invalid", `${file} has a source "${name}" already${whose}.`, {
    hint: isOthers
      ? "Choose another name."
      : `Choose another name, or remove it first: sitrep source remove ${name}`,
  });
}

/** Adds a source as the last, or the first. Throws `config-invalid`, also when there is one of that name. */
export function addSource(
  file: string,
  source: SourceConfig,
  { scope, isFirst, env }: { scope: ProjectScope; isFirst: boolean; env: Environment },
): void {
  change(file, env, (sources) => {
    requireFreeName(file, source.name, scope, sources);
    return isFirst ? [withoutDefaults(source), ...sources] : [...sources, withoutDefaults(source)];
  });
}

/** True when there was one of that name. */
export function removeSource(file: string, name: string, env: Environment): boolean {
  const sources = parseFile(file)["sources"];
  const isThere =
    Array.isArray(sources) && sources.some((one: unknown) => readObject(one)?.["name"] === name);
  if (isThere) change(file, env, (list) => list.filter((one) => one["name"] !== name));
  return isThere;
}
