// Asks a server for settings that the options of `sitrep source add` omit: the preset that fits its tools, and the
// issuer of a service account, which is pinned by writing it to the settings.

import { insecureBecause } from "../../config/source-address.ts";
import type { SourceConfig } from "../../config/source-config.ts";
import { SitrepError } from "../../core/errors.ts";
import { cleanText } from "../../core/quote.ts";
import { defined, readObject, readString } from "../../core/read.ts";
import { findChallenge, type Challenge } from "../../sources/auth/login/challenge.ts";
import { discoverIssuer } from "../../sources/auth/login/discover-issuer.ts";
import { connectSource, openConfigured } from "../../sources/configured-server.ts";
import { presetForTools } from "../../sources/presets/presets.ts";
import { guessMapping, type GuessLine } from "../../sources/mapping/guess-mapping.ts";
import { readSource } from "./add-options.ts";
import { notGuessed, withGuess } from "./guessed.ts";
import type { Opening } from "./lookup.ts";
import type { CheckStep } from "./check-lines.ts";

/** A source from the command line, not yet validated. */
export type SourceValue = Readonly<Record<string, unknown>>;

/** True when the server's tools must determine the preset. */
export const isPresetOpen = (value: SourceValue): boolean =>
  value["type"] === "mcp" && (value["preset"] ?? value["mapping"]) === undefined;

/** Fills in a placeholder for an unknown preset: that is enough to connect to the server. */
export const draftValue = (value: SourceValue): SourceValue =>
  isPresetOpen(value) ? { ...value, preset: "unknown" } : value;

export async function toolNames(
  draft: SourceConfig,
  { scope, sources }: Opening,
): Promise<string[]> {
  await using connection = await connectSource(draft, scope, sources);
  return (await connection.listTools()).map(({ name }) => name);
}

interface Settled {
  config: SourceConfig;
  /** The lines of a guessed mapping; empty when it was not guessed. */
  guessed: readonly GuessLine[];
}

/** Without a preset or mapping, selects the preset that fits the server's tools, else guesses a mapping. */
export async function withPreset(value: SourceValue, opening: Opening): Promise<Settled> {
  const draft = readSource(draftValue(value));
  if (!isPresetOpen(value)) return { config: draft, guessed: [] };
  await using connection = await connectSource(draft, opening.scope, opening.sources);
  const tools = (await connection.listTools()).map(({ name }) => name);
  const preset = presetForTools(tools);
  if (preset !== null)
    return { config: readSource({ ...value, preset: preset.name }), guessed: [] };
  const { guess, tried } = await guessMapping({
    connection,
    scope: opening.scope,
    given: draft.with,
  });
  if (guess === null) throw notGuessed(draft.name, tools, tried);
  return { config: withGuess(value, guess), guessed: guess.lines };
}

/** Calls a server without a sign-in and returns its challenge. Throws `usage` when it answers. */
async function challengeOf(name: string, ask: () => Promise<unknown>): Promise<Challenge> {
  try {
    await ask();
  } catch (error) {
    const challenge = findChallenge(error);
    if (challenge !== null) return challenge;
    throw error;
  }
  throw new SitrepError("usage", `${name} answers without a sign-in: no account is needed.`, {
    hint: "Leave --client-id out, or name the provider with --issuer.",
  });
}

async function listOpen(draft: SourceConfig, { scope, sources }: Opening): Promise<unknown> {
  await using source = openConfigured(draft, scope, sources).source;
  return await source.listOpen(scope, AbortSignal.timeout(30_000));
}

/** Adds the issuer of a service account that has none. Throws `usage`, and the errors of `discoverIssuer`. */
export async function withNamedIssuer(value: SourceValue, opening: Opening): Promise<SourceValue> {
  const { auth: account, ...bare } = value;
  const auth = readObject(account);
  if (auth?.["type"] !== "oidc" || auth["issuer"] !== undefined) return value;
  const draft = readSource(draftValue(bare));
  const { name, url = "" } = draft;
  const ask = isPresetOpen(bare) ? toolNames : listOpen;
  const challenge = await challengeOf(name, () => ask(draft, opening));
  const whyInsecure = (address: string): string | null =>
    insecureBecause(address, opening.sources.allowInsecureHosts);
  const request = { name, url, challenge, issuer: null, pinned: null, whyInsecure };
  const { metadata, resource, scope: wanted, http } = await discoverIssuer(request);
  await http[Symbol.asyncDispose]();
  const asked = defined({ resource: resource ?? undefined, scope: wanted ?? undefined });
  return { ...value, auth: { ...asked, ...auth, issuer: metadata.issuer } };
}

/** A step that shows the issuer, before Sitrep sends the secret there. */
export const issuerStep = ({ auth }: SourceValue): CheckStep => ({
  step: "settings",
  ms: 0,
  detail: `signs in at ${cleanText(readString(readObject(auth)?.["issuer"]) ?? "", 200)}, as the server specifies`,
  code: null,
});
