// Finds out which issuer an environment means whose address does not say.

import { findIssuer } from "./auth/issuer/metadata.ts";
import type { EnvironmentSource } from "../config/environment-sources.ts";
import { insecureBecause } from "../config/source-address.ts";
import type { SourceConfig } from "../config/source-config.ts";

/** The source with the issuer that there is, where its address may mean two. */
export async function withIssuer(
  { config, otherIssuer }: EnvironmentSource,
  allowInsecureHosts: readonly string[],
): Promise<SourceConfig> {
  const { auth } = config;
  if (auth?.type !== "oidc" || otherIssuer === undefined) return config;
  const issuer = await findIssuer([auth.issuer, otherIssuer], (url) =>
    insecureBecause(url, allowInsecureHosts),
  );
  return { ...config, auth: { ...auth, issuer } };
}
