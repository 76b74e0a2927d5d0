// A service account: it signs in at an OpenID provider, and serves a client and your own requests.

import { SourceError, createServiceAccount, createTaskClient } from "sitrep";
import type { ServiceAccountOptions } from "sitrep";
import { show } from "./demo/show.ts";

/** The account's name, and for how many seconds its token is valid; null if the provider refuses it. */
export async function whoAmI(
  options: ServiceAccountOptions,
): Promise<{ name: unknown; secondsLeft: number | null; hasHeader: boolean } | null> {
  await using account = createServiceAccount(options);
  try {
    await account.authenticate();
    const info = await account.getServiceInfo();
    const headers = await account.getAuthHeaders(new URL("/tasks", options.server).href);
    return {
      name: info?.["preferred_username"] ?? info?.["sub"],
      secondsLeft: await account.getSecondsUntilExpiry(),
      hasHeader: headers.authorization.startsWith("Bearer "),
    };
  } catch (error) {
    if (error instanceof SourceError && error.code === "source-refused") return null;
    throw error;
  }
}

/** The same account in a client: tokens are renewed before they expire, and shared with Sitrep's own processes. */
export async function countPending(options: ServiceAccountOptions): Promise<number> {
  await using account = createServiceAccount(options);
  await using client = createTaskClient({ url: options.server, tokens: account });
  const { value: tasks } = await client.queryPendingTasks();
  return tasks.length;
}

/** For your own server: the claims of a token that this issuer has signed for `audience`, or null. */
export async function claimsOf(
  options: ServiceAccountOptions,
  token: string,
  audience: string,
): Promise<Readonly<Record<string, unknown>> | null> {
  await using account = createServiceAccount(options);
  try {
    return await account.validateToken(token, audience);
  } catch (error) {
    if (error instanceof SourceError && error.code === "source-refused") return null;
    throw error;
  }
}

if (import.meta.main) {
  await show(({ url }) => {
    const server = process.env["MCP_SERVER_URL"] ?? url;
    // This needs a provider: OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET, or Keycloak's variables.
    return whoAmI({ server });
  });
}
