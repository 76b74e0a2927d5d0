// What `source add` does: a source is found out about, tested, and then kept.

import { addSource } from "../config/config-file.ts";
import { issueText, readObject, readString } from "../core/read.ts";
import { forgetSecret, variableName } from "../config/secrets.ts";
import { secretOriginOf } from "../config/source-address.ts";
import { SourceConfig } from "../config/source-config.ts";
import { SitrepError } from "../core/errors.ts";
import { cleanText } from "../core/fence.ts";
import type { ProjectScope } from "../core/ports.ts";
import { recognise } from "./presets/presets.ts";
import type { CommandContext } from "../config/context.ts";
import { withIssuer } from "./discover-issuer.ts";
import { openConfigured } from "./open-source.ts";
import { sourcesOf } from "./source-list.ts";
import type { SourceContext } from "./credentials.ts";
import { connectSource } from "./connect-source.ts";
import { withSourceContext } from "./source-context.ts";
import { testSource } from "./test-source.ts";
import type { SourceTest, TestStep } from "./test-source.ts";

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
  sources: SourceContext,
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
  sources: SourceContext,
): Promise<string[]> {
  await using connection = await connectSource(draft, scope, sources);
  return (await connection.listTools()).map(({ name }) => name);
}

/** With the issuer of a service account; it is asked for without one. */
function withNamedIssuer(
  value: Readonly<Record<string, unknown>>,
  scope: ProjectScope,
  sources: SourceContext,
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
    probe: ((sources: SourceContext) => Promise<unknown>) | undefined,
  ) => Promise<unknown>;
  onStep: (step: TestStep) => void;
}

/** What a command has kept of the secret of a source that was not added: nobody could take it away again. */
function forgetUnused(
  context: CommandContext,
  scope: ProjectScope,
  value: Readonly<Record<string, unknown>>,
): void {
  const isOpen = value["type"] === "mcp" && (value["preset"] ?? value["mapping"]) === undefined;
  const config = SourceConfig.safeParse(isOpen ? { ...value, preset: "unknown" } : value).data;
  const reference = config?.auth?.secret;
  if (config === undefined || reference === undefined || variableName(reference) === null) return;
  if (sourcesOf(context, scope).some((one) => one.config.name === config.name)) return;
  const use = { source: config.name, origin: secretOriginOf(config), reference };
  forgetSecret(context.files.secrets, use);
}

/** Adds it unless it has to give tasks and gives none. */
async function tryAndAdd(
  context: CommandContext,
  { scope, isFirst, mustTest, onStep }: AddRequest,
  value: Readonly<Record<string, unknown>>,
  sources: SourceContext,
): Promise<{ config: SourceConfig; test: SourceTest | null }> {
  const config = mustTest ? await withPreset(value, scope, sources) : readSource(value);
  const test = mustTest ? await testSource(config, scope, sources, onStep) : null;
  if (test === null || test.isGood) addSource(context.configFile, config, isFirst, context.env);
  return { config, test };
}

/** Adds a source to config.json; with `mustTest` only when the test went well. */
export async function addNewSource(
  context: CommandContext,
  request: AddRequest,
): Promise<{ config: SourceConfig; test: SourceTest | null }> {
  const { value, scope, onStep, signIn } = request;
  if (signIn !== undefined) {
    const isOpen = value["type"] === "mcp" && (value["preset"] ?? value["mapping"]) === undefined;
    // Which preset fits is seen only after the sign-in.
    const draft = readSource(isOpen ? { ...value, preset: "unknown" } : value);
    await signIn(draft, isOpen ? (sources) => toolNames(draft, scope, sources) : undefined);
  }
  return await withSourceContext(context, async (sources) => {
    const named = await withNamedIssuer(value, scope, sources);
    if (named !== value) onStep(issuerStep(named));
    try {
      return await tryAndAdd(context, request, named, sources);
    } finally {
      forgetUnused(context, scope, named);
    }
  });
}
