// Who signs a service account in, where nobody has named it: the issuer that the server names, found when the source is
// added and pinned by being written into the settings.

import type { Challenge } from "./auth/login/challenge.ts";
import { discoverIssuer } from "./auth/login/discover.ts";
import { wantedBy } from "./auth/login/step-up.ts";
import { insecureBecause } from "../config/source-address.ts";
import type { SourceConfig } from "../config/source-config.ts";
import { SitrepError } from "../core/errors.ts";
import { readObject } from "../core/read.ts";
import type { SourceContext } from "./credentials.ts";

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
export async function withIssuer(
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
  const { metadata, resource, scope, line } = await discoverIssuer(request);
  await line[Symbol.asyncDispose]();
  const asked = {
    ...(resource === null ? {} : { resource }),
    ...(scope === null ? {} : { scope }),
  };
  return { ...value, auth: { ...asked, ...auth, issuer: metadata.issuer } };
}
