// `sitrep source add|list|test|remove`: where tasks come from.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { SitrepError } from "../core/errors.ts";
import { cleanText } from "../core/fence.ts";
import type { ProjectScope } from "../core/ports.ts";
import { projectOf } from "../wiring/cli-world.ts";
import type { CliWorld } from "../wiring/cli-world.ts";
import { addNewSource, dropSource, listWithSignIns, testSources } from "../wiring/source-admin.ts";
import type { ListedWithSignIn } from "../wiring/source-admin.ts";
import type { SourceTest, TestStep } from "../wiring/test-source.ts";
import { inertFile } from "../wiring/trust.ts";
import { personAuth, signInForNew } from "./add-login.ts";
import { signInWords } from "./sign-in-words.ts";
import { print, printJson, remark } from "./terminal.ts";

interface SourceOptions {
  project?: string;
  json?: boolean;
}

export interface AddSourceOptions extends SourceOptions {
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
  issuer?: string;
  clientId?: string;
  clientAuth: string;
  scope?: string;
  audience?: string;
  resource?: string;
  timeout?: string;
  retries?: string;
  onlyHere?: boolean;
  fallback?: boolean;
  first?: boolean;
  test: boolean;
}

export function scopeOf(world: CliWorld, options: SourceOptions): ProjectScope {
  const { project, projectName, branch } = projectOf(world, options.project);
  return { path: project, name: projectName, branch };
}

/** `NAME=VALUE`, repeated. */
function pairs(option: string, given: readonly string[] | undefined): Record<string, string> {
  const entries = (given ?? []).map((text): [string, string] => {
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

function secretOf(world: CliWorld, options: AddSourceOptions): string | undefined {
  if (options.tokenEnv !== undefined) return `\${env:${options.tokenEnv}}`;
  if (options.tokenKeychain !== undefined) return `\${keychain:${options.tokenKeychain}}`;
  if (options.tokenFile === undefined) return undefined;
  return `\${file:${resolve(world.cwd, options.tokenFile)}}`;
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
  const asked = {
    ...(scope !== undefined && { scope }),
    ...(audience !== undefined && { audience }),
    ...(resource !== undefined && { resource }),
  };
  const named = issuer === undefined ? {} : { issuer };
  return { auth: { type: "oidc", ...named, clientId, method: clientAuth, secret, ...asked } };
}

function mappingIn(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new SitrepError("usage", `${file} holds no JSON that can be read.`, { cause });
  }
}

/** The source as the configuration has it; what is wrong with it is said when it is checked. */
function valueOf(
  world: CliWorld,
  name: string,
  command: readonly string[],
  options: AddSourceOptions,
  scope: ProjectScope,
): Record<string, unknown> {
  const { type, url, transport, preset, timeout, retries } = options;
  const secret = secretOf(world, options);
  const [program, ...args] = command;
  return {
    name,
    type,
    with: pairs("--with", options.with),
    env: pairs("--env", options.env),
    ...(url !== undefined && { url }),
    ...(transport !== undefined && { transport }),
    ...(program !== undefined && { command: program, args }),
    ...(preset !== undefined && { preset }),
    ...(options.mapping !== undefined && {
      mapping: mappingIn(resolve(world.cwd, options.mapping)),
    }),
    ...authOf(options, secret),
    ...(timeout !== undefined && { timeoutSeconds: numberOf("--timeout", timeout) }),
    ...(retries !== undefined && { retries: numberOf("--retries", retries) }),
    ...(options.onlyHere === true && { projects: [scope.path] }),
    ...(options.fallback === true && { fallback: true }),
  };
}

function stepText({ step, ms, detail, code, hint }: TestStep): string {
  const mark = code === null ? "✓" : "✗";
  const why = code === null ? detail : `${code}: ${detail}`;
  const wayOut = hint === undefined ? "" : `\n      ${hint}`;
  return `  ${mark} ${step.padEnd(8)} ${String(ms).padStart(5)} ms  ${why}${wayOut}`;
}

function showTasks(test: SourceTest): void {
  for (const { id, status, priority, title } of test.tasks) {
    const state = status.replace("_", " ").padEnd(11);
    print(
      `      ${cleanText(id, 20).padEnd(12)} ${state} ${priority.padEnd(6)} ${cleanText(title, 80)}`,
    );
  }
  if (test.isGood) print(`  can: ${test.capabilities.join(", ")}`);
}

export async function runAddSource(
  world: CliWorld,
  name: string,
  command: readonly string[],
  options: AddSourceOptions,
): Promise<void> {
  const scope = scopeOf(world, options);
  const { config, test } = await addNewSource(world, {
    ...(options.login === true && { signIn: signInForNew(world, scope, options) }),
    value: valueOf(world, name, command, options, scope),
    scope,
    isFirst: options.first === true,
    mustTest: options.test,
    onStep: (step) => {
      if (options.json !== true) print(stepText(step));
    },
  });
  const isAdded = test?.isGood ?? true;
  if (!isAdded) process.exitCode = 1;
  if (options.json === true) {
    const done = { added: isAdded, source: config, test };
    // After the lines of the sign-in, one line more.
    return options.login === true ? print(JSON.stringify(done)) : printJson(done);
  }
  if (test !== null) showTasks(test);
  if (!isAdded)
    return remark(`sitrep: ${name} was not added. With --no-test it is added as it is.`);
  print(`Added ${name} to ${world.configFile}. The monitor notices within seconds.`);
}

/** What a source signs in with, or who has. */
function signInOf({ config, signIn }: ListedWithSignIn): string {
  if (signIn !== null) return signInWords(signIn, Date.now());
  const { auth } = config;
  if (auth?.type === "login") return "nobody signed in";
  return auth?.secret === undefined ? "" : `secret ${auth.secret}`;
}

export async function runListSources(world: CliWorld, options: SourceOptions): Promise<void> {
  const scope = scopeOf(world, options);
  const listed = await listWithSignIns(world, scope);
  const inert = inertFile(world, scope);
  if (inert !== null) remark(`sitrep: ${cleanText(inert, 300)}`);
  if (options.json === true) {
    return printJson(listed.map(({ config, from, signIn }) => ({ ...config, from, signIn })));
  }
  for (const one of listed) {
    const { name, type, url, command, preset, enabled, fallback } = one.config;
    const place = url ?? (command === undefined ? "" : [command, ...one.config.args].join(" "));
    const words = [
      preset ?? type,
      place,
      signInOf(one),
      fallback ? "fallback" : "",
      enabled ? "" : "switched off",
      `from ${one.from}`,
    ];
    print(`${name.padEnd(14)} ${words.filter((word) => word !== "").join(" · ")}`);
  }
}

/** Exit code 1 when a source cannot be read. */
export async function runTestSource(
  world: CliWorld,
  name: string | undefined,
  options: SourceOptions,
): Promise<void> {
  const scope = scopeOf(world, options);
  let shown = "";
  const tests = await testSources(world, scope, name ?? null, (source, step) => {
    if (options.json === true) return;
    if (source !== shown) print(source);
    shown = source;
    print(stepText(step));
  });
  if (tests.some(({ isGood }) => !isGood)) process.exitCode = 1;
  if (options.json === true) return printJson(tests);
  if (tests.length === 0) return print("No source to test. Add one: sitrep source add --help");
  for (const test of tests) {
    if (tests.length > 1) print(test.name);
    showTasks(test);
  }
}

export async function runRemoveSource(
  world: CliWorld,
  name: string,
  options: SourceOptions,
): Promise<void> {
  const { logOut } = await import("../wiring/login.ts");
  for (const config of await dropSource(world, name)) {
    // oxlint-disable-next-line no-await-in-loop -- one of a name, or two
    if (config.url !== undefined) await logOut(world, config);
  }
  if (options.json === true) printJson({ removed: name });
  else print(`Removed ${name}. Its last good tasks are not shown any more.`);
}
