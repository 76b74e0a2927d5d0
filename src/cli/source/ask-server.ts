// What `sitrep source add` asks the server where the command line does not say it: the preset that its tools fit, and the
// issuer of a service account, which is pinned by being written into the settings.

import { wantedBy, type Challenge } from "../../sources/auth/login/challenge.ts";
import { discoverIssuer } from "../../sources/auth/login/discover.ts";
import { insecureBecause } from "../../config/source-address.ts";
import { SourceConfig } from "../../config/source-config.ts";
import { SitrepError } from "../../core/errors.ts";
import { readObject, readString } from "../../core/read.ts";
import type { SourceContext } from "../../sources/credentials.ts";
import { cleanText } from "../../core/quote.ts";
import type { ProjectScope } from "../../core/ports.ts";
import { recognise } from "../../sources/presets/presets.ts";
import { connectSource, openConfigured } from "../../sources/configured-server.ts";
import type { TestStep } from "./test.ts";
import { readSource } from "./add-options.ts";

/** A source as the command line has it, before it is checked. */
export type SourceValue = Readonly<Record<string, unknown>>;

/** True where the preset is to be recognised by the tools of the server. */
export const isPresetOpen = (value: SourceValue): boolean =>
  value["type"] === "mcp" && (value["preset"] ?? value["mapping"]) === undefined;

/** The value with a stand-in for a preset that is not known yet: enough to reach the server. */
export const draftValue = (value: SourceValue): SourceValue =>
  isPresetOpen(value) ? { ...value, preset: "unknown" } : value;

/** The names of the server's tools. Contacts it. */
export async function toolNames(
  draft: SourceConfig,
  scope: ProjectScope,
  sources: SourceContext,
): Promise<string[]> {
  await using connection = await connectSource(draft, scope, sources);
  return (await connection.listTools()).map(({ name }) => name);
}

/** The source with the preset that its server's tools fit, where none is given. Contacts the server. */
export async function withPreset(
  value: SourceValue,
  scope: ProjectScope,
  sources: SourceContext,
): Promise<SourceConfig> {
  const draft = readSource(draftValue(value));
  if (!isPresetOpen(value)) return draft;
  const tools = await toolNames(draft, scope, sources);
  const preset = recognise(tools);
  if (preset !== null) return readSource({ ...value, preset: preset.name });
  throw new SitrepError("usage", `No preset fits ${draft.name}. Its tools: ${tools.join(", ")}.`, {
    hint: "Give a mapping: --mapping FILE. docs/sources.md shows one.",
  });
}

/** What the server wants of a sign-in, by asking it without one. Throws `usage` where it wants none. */
async function challengeOf(name: string, ask: () => Promise<unknown>): Promise<Challenge> {
  try {
    await ask();
  } catch (error) {
    const challenge = wantedBy(error);
    if (challenge !== null) return challenge;
    throw error;
  }
  throw new SitrepError("usage", `${name} answers without a sign-in: no account is needed.`, {
    hint: "Leave --client-id out, or name the provider with --issuer.",
  });
}

async function listPending(
  draft: SourceConfig,
  scope: ProjectScope,
  sources: SourceContext,
): Promise<unknown> {
  await using source = openConfigured(draft, scope, sources).source;
  return await source.listPending(scope, AbortSignal.timeout(30_000));
}

/**
 * The value with the issuer of its service account, where it has such an account and names none. Its server is asked
 * without a sign-in. Throws `usage`, and what `discoverIssuer` throws.
 */
export async function withNamedIssuer(
  value: SourceValue,
  scope: ProjectScope,
  sources: SourceContext,
): Promise<SourceValue> {
  const { auth: account, ...bare } = value;
  const auth = readObject(account);
  if (auth?.["type"] !== "oidc" || auth["issuer"] !== undefined) return value;
  const draft = readSource(draftValue(bare));
  const { name, url = "" } = draft;
  const ask = isPresetOpen(bare) ? toolNames : listPending;
  const challenge = await challengeOf(name, () => ask(draft, scope, sources));
  const whyInsecure = (address: string): string | null =>
    insecureBecause(address, sources.allowInsecureHosts);
  const request = { name, url, challenge, issuer: null, pinned: null, whyInsecure };
  const { metadata, resource, scope: wanted, http } = await discoverIssuer(request);
  await http[Symbol.asyncDispose]();
  const asked = {
    ...(resource !== null && { resource }),
    ...(wanted !== null && { scope: wanted }),
  };
  return { ...value, auth: { ...asked, ...auth, issuer: metadata.issuer } };
}

/** Shows the issuer before the secret is sent there. */
export const issuerStep = ({ auth }: SourceValue): TestStep => ({
  step: "settings",
  ms: 0,
  detail: `signs in at ${cleanText(readString(readObject(auth)?.["issuer"]) ?? "", 200)}, as the server says`,
  code: null,
});
