// What `sitrep source add` asks the server where the command line does not say it: the preset that its tools fit, and the
// issuer of a service account, which is pinned by being written into the settings.

import type { Challenge } from "../../sources/auth/login/challenge.ts";
import { discoverIssuer } from "../../sources/auth/login/discover.ts";
import { wantedBy } from "../../sources/auth/login/challenge.ts";
import { insecureBecause } from "../../config/source-address.ts";
import { SourceConfig } from "../../config/source-config.ts";
import { SitrepError } from "../../core/errors.ts";
import { readObject, readString } from "../../core/read.ts";
import type { SourceContext } from "../../sources/credentials.ts";
import { cleanText } from "../../core/fence.ts";
import type { ProjectScope } from "../../core/ports.ts";
import { recognise } from "../../sources/presets/presets.ts";
import { openConfigured } from "../../sources/configured-server.ts";
import { connectSource } from "../../sources/configured-server.ts";
import type { TestStep } from "./test.ts";
import { readSource } from "./add-options.ts";

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

/**
 * The value of a source with the issuer of its service account, where it has such an account and none is named. `draft`
 * has no sign-in; `ask` asks its server for something. Throws `usage`, and what `discoverIssuer` throws.
 */
async function withIssuer(
  value: Readonly<Record<string, unknown>>,
  draft: () => SourceConfig,
  ask: () => Promise<unknown>,
  context: SourceContext,
): Promise<Readonly<Record<string, unknown>>> {
  const auth = readObject(value["auth"]);
  if (auth?.["type"] !== "oidc" || auth["issuer"] !== undefined) return value;
  const { name, url = "" } = draft();
  const challenge = await challengeOf(name, ask);
  const whyInsecure = (address: string): string | null =>
    insecureBecause(address, context.allowInsecureHosts);
  const request = { name, url, challenge, issuer: null, pinned: null, whyInsecure };
  const { metadata, resource, scope, http } = await discoverIssuer(request);
  await http[Symbol.asyncDispose]();
  const asked = {
    ...(resource === null ? {} : { resource }),
    ...(scope === null ? {} : { scope }),
  };
  return { ...value, auth: { ...asked, ...auth, issuer: metadata.issuer } };
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
    hint: "Give a mapping: --mapping FILE. docs/sources.md shows one.",
  });
}

export async function toolNames(
  draft: SourceConfig,
  scope: ProjectScope,
  sources: SourceContext,
): Promise<string[]> {
  await using connection = await connectSource(draft, scope, sources);
  return (await connection.listTools()).map(({ name }) => name);
}

/** With the issuer of a service account; it is asked for without one. */
export function withNamedIssuer(
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
export const issuerStep = ({ auth }: Readonly<Record<string, unknown>>): TestStep => ({
  step: "settings",
  ms: 0,
  detail: `signs in at ${cleanText(readString(readObject(auth)?.["issuer"]) ?? "", 200)}, as the server says`,
  code: null,
});
