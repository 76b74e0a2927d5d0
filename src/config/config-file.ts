// The configuration in force: environment variables, then the file, then defaults.

import { lstatSync } from "node:fs";
import { readBriefOptions } from "../core/brief/options.ts";
import { messageOf, SitrepError } from "../core/errors.ts";
import type { HookSettings, ProjectSettings } from "../core/hook-settings.ts";
import type { ProjectScope } from "../core/ports.ts";
import { quoted } from "../core/quote.ts";
import {
  issueText,
  readItems,
  readObject,
  readStrings,
  withDefinedFields,
  type JsonObject,
} from "../core/read.ts";
import { readSmallFile } from "../state/files/read-small-file.ts";
import { replaceFile } from "../state/files/replace-file.ts";
import { listText, numberText, readVariables, wordText, wordsText } from "./environment.ts";
import type { Environment } from "./folders.ts";
import {
  Config,
  fallbackStrategies,
  limits,
  logLevels,
  toolGroups,
  type ToolGroup,
} from "./schema.ts";
import { hasContent, type SourceConfig } from "./source-config.ts";

const seconds = numberText(0, limits.seconds, "whole number").optional();
const perMinute = numberText(1, limits.requestsPerMinute, "whole number").optional();

export const toolGroupsText = wordsText(toolGroups);

export const settingVariables = {
  TOKEN_REFRESH_BEFORE_EXPIRY: { path: "tokens.renewBeforeSeconds", value: seconds },
  TASK_CACHE_TTL: { path: "tasks.freshSeconds", value: seconds },
  GIT_CACHE_TTL: { path: "git.freshSeconds", value: seconds },
  SESSION_CACHE_TTL: { path: "cache.entrySeconds", value: seconds },
  FALLBACK_STRATEGY: { path: "tasks.fallback", value: wordText(fallbackStrategies).optional() },
  RATE_LIMIT_REQUESTS_PER_MINUTE: { path: "requestsPerMinute", value: perMinute },
  SITREP_TOOLS: { path: "tools", value: toolGroupsText.optional() },
  SITREP_LOG_LEVEL: { path: "logLevel", value: wordText(logLevels).optional() },
};

/** The value of `--tools`. Throws `usage`. */
export function readToolGroups(option: string | undefined): readonly ToolGroup[] | undefined {
  if (option === undefined) return undefined;
  const read = toolGroupsText.safeParse(option);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new SitrepError("usage", `--tools ${issue?.message}, not ${quoted(option, 100)}.`);
}

function invalid(where: string, what: string, cause?: unknown): SitrepError {
  return new SitrepError("config-invalid", `${where}: ${what}`, {
    hint: "Fix it; nothing was changed. The settings are listed in docs/settings.md.",
    cause,
  });
}

/** The settings in a file; none when there is no file. Throws `config-invalid`. */
export function parseFile(file: string): Record<string, unknown> {
  const text = readSmallFile(file, 1024 * 1024);
  if (text === null) {
    if (lstatSync(file, { throwIfNoEntry: false }) === undefined) return {};
    throw invalid(file, "cannot be read.");
  }
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (cause) {
    throw invalid(file, `is not JSON (${messageOf(cause)}).`, cause);
  }
  const settings = readObject(value);
  if (settings === null) throw invalid(file, "is not a JSON object.");
  return settings;
}

/** Checks settings together with the insecure hosts of the environment, which sources may need. Throws `config-invalid`. */
function checkConfig(settings: Record<string, unknown>, file: string, env: Environment): Config {
  const { SITREP_ALLOW_INSECURE_HOSTS: named = [] } = readVariables(env, {
    SITREP_ALLOW_INSECURE_HOSTS: listText.optional(),
  });
  const { allowInsecureHosts: own = [] } = settings;
  const allowInsecureHosts = Array.isArray(own) ? [...(own as unknown[]), ...named] : own;
  // Most programs parse once: compiling the schema would take longer than it saves.
  const result = Config.safeParse({ ...settings, allowInsecureHosts }, { jitless: true });
  if (!result.success) throw invalid(file, issueText(result.error), result.error);
  return result.data;
}

/** Throws `config-invalid`, naming the file and the setting, or the variable. */
export function loadConfig(file: string, env: Environment): Config {
  const config = checkConfig(parseFile(file), file, env);
  const shape = Object.entries(settingVariables).map(([name, { value }]) => [name, value] as const);
  const given = readVariables(env, Object.fromEntries(shape));
  for (const [name, { path }] of Object.entries(settingVariables)) {
    if (given[name] === undefined) continue;
    const [section = "", key] = path.split(".");
    const settings = key === undefined ? config : config[section as keyof Config];
    Object.assign(settings as object, { [key ?? section]: given[name] });
  }
  return config;
}

export function createHookSettings(config: Config, names: readonly string[]): HookSettings {
  const hidesCached = config.tasks.fallback === "skip";
  const brief = { ...config.brief, ...(hidesCached ? { hidesCached } : {}) };
  const projects: Record<string, ProjectSettings> = {};
  for (const [path, own] of Object.entries(config.projects)) {
    projects[path] = {
      off: own.off ?? false,
      brief: readBriefOptions(own.brief, brief),
      news: withDefinedFields(config.news, own.news ?? {}),
      guards: withDefinedFields(config.guards, own.guards ?? {}),
    };
  }
  return {
    off: false,
    brief,
    news: config.news,
    guards: config.guards,
    projects,
    me: { given: config.me, likely: names },
    tasks: {
      freshMs: config.tasks.freshSeconds * 1000,
      expireMs: config.tasks.expireSeconds * 1000,
    },
  };
}

function writeSettings(file: string, env: Environment, changed: Record<string, unknown>): void {
  const settings = { ...parseFile(file), ...changed };
  checkConfig(settings, file, env);
  replaceFile(file, `${JSON.stringify(settings, null, 2)}\n`, { mode: 0o600 });
}

export const setNames = (file: string, names: readonly string[], env: Environment): void =>
  writeSettings(file, env, { me: names });

const sourcesIn = (file: string) => readItems(parseFile(file)["sources"], readObject);

/** The source without settings that equal their default. */
export function withoutDefaults({ enabled, fallback, ...rest }: SourceConfig): object {
  return {
    ...Object.fromEntries(Object.entries(rest).filter(([, value]) => hasContent(value))),
    ...(fallback ? { fallback } : {}),
    ...(enabled ? {} : { enabled }),
  };
}

type Draft = Partial<Pick<SourceConfig, "name" | "type" | "kind" | "path">>;

/** True for the same list in files: one source can show it for several projects. */
const isSameList = (one: JsonObject, { type, kind, path }: Draft): boolean =>
  type === "file" && one["type"] === type && one["kind"] === kind && one["path"] === path;

/** Throws `config-invalid` if the file has a source of that name; with `isReplacing`, only if it is for other projects. */
export function requireFreeName(
  file: string,
  { name = "", ...draft }: Draft,
  { path, name: project }: ProjectScope,
  isReplacing = false,
): void {
  const found = sourcesIn(file).find((one) => one["name"] === name);
  if (found === undefined) return;
  const projects = readStrings(found["projects"]);
  const isOthers = projects.length > 0 && ![path, project].some((one) => projects.includes(one));
  if (isOthers ? isSameList(found, draft) : isReplacing) return;
  const whose = isOthers ? ` for ${projects.join(", ")}` : "";
  throw new SitrepError("config-invalid", `${file} already has a source "${name}"${whose}.`, {
    hint: isOthers
      ? "Choose another name."
      : `Choose another name, or replace it with --replace, or remove it first: sitrep source remove ${name}`,
  });
}

interface NewPlace {
  scope: ProjectScope;
  isFirst: boolean;
  /** Replaces the source of that name. */
  isReplacing?: boolean;
  env: Environment;
}

/** Adds a source as the last or the first one. Throws `config-invalid`, also as `requireFreeName`. */
export function addSource(file: string, source: SourceConfig, place: NewPlace): void {
  const { scope, isFirst, isReplacing = false, env } = place;
  requireFreeName(file, source, scope, isReplacing);
  const before = sourcesIn(file);
  const at = before.findIndex((one) => one["name"] === source.name);
  const known = before[at];
  const own = source.projects ?? [];
  const others = known !== undefined && isSameList(known, source) ? known["projects"] : [];
  const projects = [...new Set([...readStrings(others), ...own])];
  const added = withoutDefaults({ ...source, ...(projects.length > 0 && { projects }) });
  const rest: object[] = before.filter((_, index) => index !== at);
  const index = isFirst ? 0 : at < 0 ? rest.length : at;
  writeSettings(file, env, { sources: rest.toSpliced(index, 0, added) });
}

export function removeSource(file: string, name: string, env: Environment): boolean {
  const before = sourcesIn(file);
  const sources = before.filter((one) => one["name"] !== name);
  if (sources.length < before.length) writeSettings(file, env, { sources });
  return sources.length < before.length;
}
