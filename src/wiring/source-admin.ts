// What the commands `source add|list|test|remove` do.

import { addSource, removeSource } from "../config/edit-sources.ts";
import { readKeptSources, writeKeptSources } from "../config/environment-sources.ts";
import { forgetSecret } from "../config/secrets.ts";
import { SourceConfig, originOf, secretOriginOf } from "../config/source-config.ts";
import { issueText } from "../config/issue-text.ts";
import { SitrepError } from "../core/errors.ts";
import { cleanText } from "../core/fence.ts";
import { readObject, readString } from "../core/read.ts";
import type { ProjectScope } from "../core/ports.ts";
import { openSharedLimit } from "../resilience/shared-limit.ts";
import { recognise } from "../sources/presets/presets.ts";
import { configOf } from "./cli-world.ts";
import type { CliWorld } from "./cli-world.ts";
import { settleEnvironment } from "./environment.ts";
import { withIssuer } from "./discover-issuer.ts";
import { openConfigured } from "./open-source.ts";
import { connectSource } from "./source-target.ts";
import { signInStatusOf } from "./person.ts";
import type { SignInStatus } from "./person.ts";
import { sourceWorldOf } from "./source-sign-in.ts";
import type { SourceWorld } from "./source-sign-in.ts";
import { listSources } from "./sources.ts";
import type { ListedSource } from "./sources.ts";
import { testSource } from "./test-source.ts";
import type { SourceTest, TestStep } from "./test-source.ts";

/** Gives `work` what opening a source needs, with the environment of the command. */
export async function withSourceWorld<T>(
  world: CliWorld,
  work: (sources: SourceWorld) => Promise<T>,
): Promise<T> {
  const config = configOf(world);
  using limit = openSharedLimit(world.files.limits);
  return await work(sourceWorldOf(world.files, config, world.env, limit.takePermit));
}

/** Throws `usage`: what was asked for on the command line is no source. */
export function readSource(value: unknown): SourceConfig {
  const result = SourceConfig.safeParse(value);
  if (result.success) return result.data;
  throw new SitrepError("usage", `This is no source: ${issueText(result.error)}`, {
    hint: "sitrep source add --help shows examples.",
  });
}

/** The source with the preset that its server's tools fit, where none is given. Contacts the server. */
export async function withPreset(
  value: Readonly<Record<string, unknown>>,
  scope: ProjectScope,
  sources: SourceWorld,
): Promise<SourceConfig> {
  if (value["type"] !== "mcp" || (value["preset"] ?? value["mapping"]) !== undefined) {
    return readSource(value);
  }
  const draft = readSource({ ...value, preset: "unknown" });
  const tools = await toolNames(draft, scope, sources);
  const preset = recognise(tools);
  if (preset !== null) return readSource({ ...value, preset: preset.name });
  throw new SitrepError("usage", `No preset fits ${draft.name}. Its tools: ${tools.join(", ")}.`, {
    hint: "Give a mapping: --mapping FILE. The README shows one.",
  });
}

async function toolNames(
  draft: SourceConfig,
  scope: ProjectScope,
  sources: SourceWorld,
): Promise<string[]> {
  await using connection = await connectSource(draft, scope, sources);
  return (await connection.listTools()).map(({ name }) => name);
}

/** With the issuer of a service account; it is asked for without one. */
function withNamedIssuer(
  value: Readonly<Record<string, unknown>>,
  scope: ProjectScope,
  sources: SourceWorld,
): Promise<Readonly<Record<string, unknown>>> {
  const { auth: _account, ...bare } = value;
  const isMapped = (value["preset"] ?? value["mapping"]) !== undefined || value["type"] !== "mcp";
  const draft = (): SourceConfig => readSource(isMapped ? bare : { ...bare, preset: "unknown" });
  const ask = async (): Promise<unknown> => {
    if (!isMapped) return toolNames(draft(), scope, sources);
    const { source } = openConfigured(draft(), scope, sources);
    try {
      return await source.listPending(scope, AbortSignal.timeout(30_000));
    } finally {
      await source[Symbol.asyncDispose]();
    }
  };
  return withIssuer(value, draft, ask, sources);
}

/** Before anything is sent there. */
const issuerStep = ({ auth }: Readonly<Record<string, unknown>>): TestStep => ({
  step: "settings",
  ms: 0,
  detail: `signs in at ${cleanText(readString(readObject(auth)?.["issuer"]) ?? "", 200)}, as the server says`,
  code: null,
});

export interface AddRequest {
  value: Readonly<Record<string, unknown>>;
  scope: ProjectScope;
  isFirst: boolean;
  /** Adds it only when it gives tasks. */
  mustTest: boolean;
  /** Has a person sign in first; `probe` shows whether the server is content. */
  signIn?: (
    draft: SourceConfig,
    probe: ((sources: SourceWorld) => Promise<unknown>) | undefined,
  ) => Promise<unknown>;
  onStep: (step: TestStep) => void;
}

/** Adds a source to config.json; with `mustTest` only when the test went well. */
export async function addNewSource(
  world: CliWorld,
  { value, scope, isFirst, mustTest, onStep, signIn }: AddRequest,
): Promise<{ config: SourceConfig; test: SourceTest | null }> {
  if (signIn !== undefined) {
    const isOpen = value["type"] === "mcp" && (value["preset"] ?? value["mapping"]) === undefined;
    // Which preset fits is seen only after the sign-in.
    const draft = readSource(isOpen ? { ...value, preset: "unknown" } : value);
    await signIn(draft, isOpen ? (sources) => toolNames(draft, scope, sources) : undefined);
  }
  return await withSourceWorld(world, async (sources) => {
    const named = await withNamedIssuer(value, scope, sources);
    if (named !== value) onStep(issuerStep(named));
    const config = mustTest ? await withPreset(named, scope, sources) : readSource(named);
    const test = mustTest ? await testSource(config, scope, sources, onStep) : null;
    if (test === null || test.isGood) addSource(world.configFile, config, isFirst);
    return { config, test };
  });
}

/** The sources of a project. Throws `config-invalid`. */
export const sourcesOf = (world: CliWorld, scope: ProjectScope): ListedSource[] =>
  listSources(configOf(world), world.files, scope);

export interface ListedWithSignIn extends ListedSource {
  /** Null where no person is signed in. */
  signIn: SignInStatus | null;
}

/** The sources of a project, with who is signed in. Throws `config-invalid`. */
export const listWithSignIns = (
  world: CliWorld,
  scope: ProjectScope | null,
): Promise<ListedWithSignIn[]> => {
  const config = configOf(world);
  const known = sourceWorldOf(world.files, config, world.env, null);
  return Promise.all(
    listSources(config, world.files, scope).map(async (one) => ({
      ...one,
      // Records that others can read are not used; asking the source says so.
      signIn: await signInStatusOf(one.config, known).catch(() => null),
    })),
  );
};

/** Throws `source-unknown`. */
export function findSource(world: CliWorld, scope: ProjectScope, name: string): SourceConfig {
  const all = sourcesOf(world, scope);
  const found = all.find(({ config }) => config.name === name);
  if (found !== undefined) return found.config;
  throw new SitrepError("source-unknown", `This project has no source "${name}".`, {
    hint: `It has: ${all.map(({ config }) => config.name).join(", ")}.`,
  });
}

/** Tests one source, or all that are switched on but the embedded store. */
export async function testSources(
  world: CliWorld,
  scope: ProjectScope,
  name: string | null,
  onStep: (source: string, step: TestStep) => void,
): Promise<SourceTest[]> {
  await settleEnvironment(world, scope);
  const chosen =
    name === null
      ? sourcesOf(world, scope)
          .map(({ config }) => config)
          .filter(({ type, enabled }) => type !== "embedded" && enabled)
      : [findSource(world, scope, name)];
  return await withSourceWorld(world, async (sources) => {
    const tests: SourceTest[] = [];
    for (const config of chosen) {
      tests.push(await testSource(config, scope, sources, (step) => onStep(config.name, step)));
    }
    return tests;
  });
}

/**
 * Takes a source out of config.json and out of what variables named, with its secrets. Gives what it was. Throws
 * `source-unknown`.
 */
export function dropSource(world: CliWorld, name: string): SourceConfig[] {
  const kept = readKeptSources(world.files.keptSources);
  const configs = [...configOf(world).sources, ...kept].filter((one) => one.name === name);
  if (configs.length === 0) {
    throw new SitrepError("source-unknown", `There is no source "${name}".`, {
      hint: '"sitrep source list" shows them. Those of a project are in its .sitrep.json.',
    });
  }
  for (const config of configs) {
    const secrets = [config.auth?.secret, ...Object.values(config.env)];
    for (const reference of secrets) {
      if (reference === undefined) continue;
      for (const origin of new Set([originOf(config), secretOriginOf(config)])) {
        forgetSecret(world.files.secrets, { source: name, origin, reference });
      }
    }
  }
  removeSource(world.configFile, name);
  writeKeptSources(
    world.files.keptSources,
    kept.filter((one) => one.name !== name),
  );
  return configs;
}
