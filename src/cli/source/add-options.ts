// Turns the options of `sitrep source add` into a source.

import { readFileSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { SitrepError } from "../../core/errors.ts";
import type { ProjectScope } from "../../core/ports.ts";
import type { CommandContext } from "../../config/context.ts";
import type { ProjectOptions } from "../program/verb-context.ts";
import { defined, issueText } from "../../core/read.ts";
import { SourceConfig } from "../../config/source-config.ts";
import { hostText } from "../../core/address.ts";
import { readRemotes } from "../../git/remote.ts";
import { findJsonPreset } from "../../sources/presets/json/json-presets.ts";
import { createAuth as trackerAuth, findTrackers } from "../../sources/trackers.ts";
import { presetForAddress } from "../../sources/presets/presets.ts";
import { namedTaskFile } from "../../sources/files/find.ts";
import { findOutside, needsFolder } from "../../sources/locate-program.ts";

type Text =
  | ("url" | "file" | "transport" | "preset" | "mapping" | "timeout" | "retries" | "maxResponse")
  | ("tokenEnv" | "tokenFile" | "tokenKeychain" | "header")
  | ("api" | "user" | "tokenFrom")
  | ("issuer" | "clientId" | "clientAuth" | "scope" | "audience" | "resource");
type Switch =
  | "login"
  | "device"
  | "browser"
  | "onlyHere"
  | "fallback"
  | "first"
  | "team"
  | "replace";

export type AddSourceOptions = ProjectOptions &
  Partial<Record<Text, string> & Record<Switch, boolean> & Record<"with" | "env", string[]>> & {
    type: string;
    test: boolean;
  };

function pairs(option: string, texts: readonly string[] = []): Record<string, string> {
  const entries = texts.map((text): [string, string] => {
    const at = text.indexOf("=");
    if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
    throw new SitrepError("usage", `${option} must be NAME=VALUE, not "${text}"`);
  });
  return Object.fromEntries(entries);
}

function numberOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (text.trim() !== "" && Number.isFinite(number)) return number;
  throw new SitrepError("usage", `${option} must be a number, not "${text}"`);
}

function secretOf(
  { cwd }: CommandContext,
  options: AddSourceOptions,
  url: string | undefined,
): string | undefined {
  const { tokenEnv, tokenKeychain, tokenFile, tokenFrom } = options;
  if (tokenFrom !== undefined) {
    if (url !== undefined && URL.canParse(url)) return `\${${tokenFrom}:${hostText(url)}}`;
    throw new SitrepError("usage", "--token-from needs --api or --url.");
  }
  if (tokenEnv !== undefined) return `\${env:${tokenEnv}}`;
  if (tokenKeychain !== undefined) return `\${keychain:${tokenKeychain}}`;
  return tokenFile && `\${file:${resolve(cwd, tokenFile)}}`;
}

function authOf(options: AddSourceOptions, secret: string | undefined): object | undefined {
  const { login, header, issuer, clientId, clientAuth, scope, audience, resource } = options;
  const { user, api } = options;
  if (login === true) {
    if (secret === undefined)
      return { type: "login", ...defined({ issuer, clientId, scope, audience }) };
    throw new SitrepError(
      "usage",
      "Use --login or a token, not both: a source signs in with one of them.",
    );
  }
  if (issuer === undefined && clientId === undefined) {
    if (secret === undefined) {
      const preset = findJsonPreset(api ?? "");
      if (preset?.needsToken !== true) return undefined;
      throw new SitrepError("usage", `--api ${preset.name} needs a token, such as --token-env.`);
    }
    if (user !== undefined || (api !== undefined && header === undefined))
      return trackerAuth(api ?? "", secret, user);
    return header === undefined ? { type: "bearer", secret } : { type: "header", header, secret };
  }
  if (clientId === undefined || secret === undefined) {
    throw new SitrepError(
      "usage",
      "A service account needs --client-id and its secret: --token-env, --token-file or --token-keychain.",
      { hint: "Leave out --issuer to use the provider that the server names." },
    );
  }
  const named = defined({ method: clientAuth, issuer, scope, audience, resource });
  return { type: "oidc", clientId, secret, ...named };
}

/** Throws `usage` for options that conflict, and for an option that has no effect without another one. */
function requireUsed(options: AddSourceOptions): void {
  const { login = false, header, issuer, clientId, device, browser, scope, audience } = options;
  const { tokenEnv, tokenFile, tokenKeychain, tokenFrom, clientAuth, resource } = options;
  const tokens = [tokenEnv, tokenFile, tokenKeychain, tokenFrom].filter((one) => one !== undefined);
  const isAccount = !login && (issuer ?? clientId) !== undefined;
  const hasToken = tokens.length === 1 && !login && !isAccount;
  const wrong = [
    tokens.length > 1 &&
      "Use only one of --token-env, --token-file, --token-keychain and --token-from.",
    options.api !== undefined &&
      (options.preset ?? options.mapping) !== undefined &&
      "--api already selects a preset: leave out --preset and --mapping.",
    options.user !== undefined && !hasToken && "--user needs a token, such as --token-env.",
    options.user !== undefined && header !== undefined && "Use only one of --user and --header.",
    header !== undefined && !hasToken && "--header needs a token, such as --token-env.",
    options.file !== undefined &&
      (options.api !== undefined || options.type !== "mcp") &&
      "--file takes only a kind: leave out --type and --api.",
    (device ?? browser) !== undefined && !login && "--device and --browser need --login.",
    (scope ?? audience) !== undefined &&
      !(login || isAccount) &&
      "--scope and --audience need --login, or a service account (--client-id).",
    (clientAuth ?? resource) !== undefined &&
      !isAccount &&
      "--client-auth and --resource need a service account (--client-id).",
  ].find((words) => words !== false);
  if (wrong !== undefined) throw new SitrepError("usage", wrong);
}

function mappingIn(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new SitrepError("usage", `${file} cannot be read as JSON.`, { cause });
  }
}

/** Returns a tracker's API address: --url, that of the project's remote, or the service's own. Throws `usage`. */
function urlOf({ api, url }: AddSourceOptions, { path }: ProjectScope): string | undefined {
  if (api === undefined || url !== undefined) return url;
  const around = { env: {}, programs: [] };
  const tracker = findTrackers(readRemotes(path), around).find((one) => one.preset === api);
  const found = tracker?.url ?? findJsonPreset(api)?.url;
  if (found !== undefined) return found;
  throw new SitrepError(
    "usage",
    `--api ${api} needs --url: none of this project's remotes uses that service.`,
  );
}

/** True with --only-here, with --file, and for a program that depends on the folder it starts in. */
function isOfProject(command: readonly string[], options: AddSourceOptions): boolean {
  const [program, ...args] = command;
  if (options.onlyHere === true || options.file !== undefined) return true;
  if (program === undefined) return false;
  const preset = options.preset ?? presetForAddress(command.join(" "))?.name;
  return needsFolder({ name: "", command: program, args, ...defined({ preset }) }) !== null;
}

/** Finds a task list's own program outside the repository, to save its absolute path. Throws `usage`. */
function programOver({ env }: CommandContext, called: string | undefined, { path }: ProjectScope) {
  if (called === undefined || isAbsolute(called)) return called;
  const found = findOutside(called, env["PATH"] ?? "", path);
  if (found !== undefined) return found;
  throw new SitrepError("usage", `${called} is not on the PATH, outside this repository.`, {
    hint: "Give its absolute path, or leave it out to read the export.",
  });
}

/** Returns the source in the format of config.json, not yet validated. Throws `usage`. */
export function optionValue(
  context: CommandContext,
  name: string,
  command: readonly string[],
  options: AddSourceOptions,
  scope: ProjectScope,
): Record<string, unknown> {
  requireUsed(options);
  const { api, file, transport, mapping } = options;
  const url = urlOf(options, scope);
  const type = file !== undefined ? "file" : api !== undefined ? "json" : options.type;
  const list = file === undefined ? null : namedTaskFile(scope.trees?.[0] ?? scope.path, file);
  const [called, ...args] = command;
  const program = list?.kind === "beads" ? programOver(context, called, scope) : called;
  return {
    name,
    type,
    ...list,
    with: pairs("--with", options.with),
    env: pairs("--env", options.env),
    ...defined({
      url,
      transport,
      preset: api ?? options.preset,
      command: program,
      args: program && args,
      mapping: mapping && mappingIn(resolve(context.cwd, mapping)),
      auth: authOf(options, secretOf(context, options, url)),
      timeoutSeconds: numberOf("--timeout", options.timeout),
      retries: numberOf("--retries", options.retries),
      maxResponseMiB: numberOf("--max-response", options.maxResponse),
      projects: isOfProject(command, options) ? [scope.path] : undefined,
      fallback: options.fallback,
    }),
  };
}

/** Throws `usage` if `value` is not a valid source. */
export function readSource(value: unknown): SourceConfig {
  const result = SourceConfig.safeParse(value);
  if (result.success) return result.data;
  throw new SitrepError("usage", `Not a valid source: ${issueText(result.error)}`, {
    hint: "See the examples: sitrep source add --help",
  });
}
