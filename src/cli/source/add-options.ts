// The source that the options of `sitrep source add` stand for.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { SitrepError } from "../../core/errors.ts";
import type { ProjectScope } from "../../core/ports.ts";
import type { CommandContext } from "../../config/context.ts";
import type { ProjectOptions } from "../program/options.ts";
import { defined, issueText } from "../../core/read.ts";
import { SourceConfig } from "../../config/source-config.ts";
import { guess } from "../../sources/presets/presets.ts";
import { needsFolder } from "../../sources/program-place.ts";

export interface AddSourceOptions extends ProjectOptions {
  type: string;
  url?: string;
  transport?: string;
  preset?: string;
  mapping?: string;
  with?: string[];
  env?: string[];
  tokenEnv?: string;
  tokenFile?: string;
  tokenKeychain?: string;
  header?: string;
  login?: boolean;
  device?: boolean;
  browser?: boolean;
  issuer?: string;
  clientId?: string;
  clientAuth?: string;
  scope?: string;
  audience?: string;
  resource?: string;
  timeout?: string;
  retries?: string;
  maxAnswer?: string;
  onlyHere?: boolean;
  fallback?: boolean;
  first?: boolean;
  team?: boolean;
  test: boolean;
}

/** `NAME=VALUE`, repeated. */
function pairs(option: string, texts: readonly string[] | undefined): Record<string, string> {
  const entries = (texts ?? []).map((text): [string, string] => {
    const at = text.indexOf("=");
    if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
    throw new SitrepError("usage", `${option} takes NAME=VALUE, not: ${text}`);
  });
  return Object.fromEntries(entries);
}

function numberOf(option: string, text: string): number {
  const number = Number(text);
  if (text.trim() !== "" && Number.isFinite(number)) return number;
  throw new SitrepError("usage", `${option} is no number: ${text}`);
}

function secretOf(context: CommandContext, options: AddSourceOptions): string | undefined {
  if (options.tokenEnv !== undefined) return `\${env:${options.tokenEnv}}`;
  if (options.tokenKeychain !== undefined) return `\${keychain:${options.tokenKeychain}}`;
  if (options.tokenFile === undefined) return undefined;
  return `\${file:${resolve(context.cwd, options.tokenFile)}}`;
}

function authOf(options: AddSourceOptions, secret: string | undefined): { auth?: unknown } {
  const { header, issuer, clientId, clientAuth, scope, audience, resource } = options;
  if (options.login === true) return { auth: personAuth(options, secret) };
  if (issuer === undefined && clientId === undefined) {
    if (secret === undefined) return {};
    return {
      auth: header === undefined ? { type: "bearer", secret } : { type: "header", header, secret },
    };
  }
  if (clientId === undefined || secret === undefined) {
    throw new SitrepError(
      "usage",
      "A service account needs --client-id and its secret: --token-env, --token-file or --token-keychain.",
      { hint: "Without --issuer its provider is the one that the server names." },
    );
  }
  const named = defined({ method: clientAuth, issuer, scope, audience, resource });
  return { auth: { type: "oidc", clientId, secret, ...named } };
}

/** Options that say nothing without another one. Throws `usage`: kept out of sight, they would be ignored. */
function requireUsed(options: AddSourceOptions): void {
  const { login = false, header, issuer, clientId, device, browser, scope, audience } = options;
  const { tokenEnv, tokenFile, tokenKeychain, clientAuth, resource } = options;
  const tokens = [tokenEnv, tokenFile, tokenKeychain].filter((one) => one !== undefined);
  const isAccount = !login && (issuer ?? clientId) !== undefined;
  const hasToken = tokens.length === 1 && !login && !isAccount;
  const wrong = [
    tokens.length > 1 && "Give one of --token-env, --token-file and --token-keychain.",
    header !== undefined && !hasToken && "--header is for a token, such as that of --token-env.",
    (device ?? browser) !== undefined && !login && "--device and --browser are for --login.",
    (scope ?? audience) !== undefined &&
      !(login || isAccount) &&
      "--scope and --audience are for --login, or for a service account (--client-id).",
    (clientAuth ?? resource) !== undefined &&
      !isAccount &&
      "--client-auth and --resource are for a service account (--client-id).",
  ].find((words) => words !== false);
  if (wrong !== undefined) throw new SitrepError("usage", wrong);
}

function mappingIn(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new SitrepError("usage", `${file} holds no JSON that can be read.`, { cause });
  }
}

/** True where it was asked for, and for a program that means the folder in which it starts. */
export function isOfProject(command: readonly string[], options: AddSourceOptions): boolean {
  const [program, ...args] = command;
  if (options.onlyHere === true || program === undefined) return options.onlyHere === true;
  const preset = options.preset ?? guess(command.join(" "))?.name;
  return needsFolder({ name: "", command: program, args, ...defined({ preset }) }) !== null;
}

/** The source as the configuration has it; what is wrong with it is said when it is checked. */
export function valueOf(
  context: CommandContext,
  name: string,
  command: readonly string[],
  options: AddSourceOptions,
  scope: ProjectScope,
): Record<string, unknown> {
  requireUsed(options);
  const { type, url, transport, preset, timeout, retries, maxAnswer } = options;
  const secret = secretOf(context, options);
  const [program, ...args] = command;
  return {
    name,
    type,
    with: pairs("--with", options.with),
    env: pairs("--env", options.env),
    ...defined({ url, transport, preset }),
    ...(program !== undefined && { command: program, args }),
    ...(options.mapping !== undefined && {
      mapping: mappingIn(resolve(context.cwd, options.mapping)),
    }),
    ...authOf(options, secret),
    ...(timeout !== undefined && { timeoutSeconds: numberOf("--timeout", timeout) }),
    ...(retries !== undefined && { retries: numberOf("--retries", retries) }),
    ...(maxAnswer !== undefined && { maxAnswerMiB: numberOf("--max-answer", maxAnswer) }),
    ...(isOfProject(command, options) && { projects: [scope.path] }),
    ...(options.fallback === true && { fallback: true }),
  };
}

/** The `auth` of a source that a person signs in to. Throws `usage` where there is a token too. */
function personAuth(options: AddSourceOptions, secret: string | undefined): object {
  if (secret !== undefined) {
    throw new SitrepError("usage", "--login and a token: a source signs in with one of them.");
  }
  const { issuer, clientId, scope, audience } = options;
  return { type: "login", ...defined({ issuer, clientId, scope, audience }) };
}

/** Throws `usage` when the value is no source. */
export function readSource(value: unknown): SourceConfig {
  const result = SourceConfig.safeParse(value);
  if (result.success) return result.data;
  throw new SitrepError("usage", `This is no source: ${issueText(result.error)}`, {
    hint: "sitrep source add --help shows examples.",
  });
}
