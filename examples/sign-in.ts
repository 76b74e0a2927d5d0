// Sign in with a fixed token, or with tokens that expire.

import { SourceError, createTaskClient, renewedTokens, staticToken } from "sitrep";
import type { TokenProvider } from "sitrep";
import { show } from "./demo/show.ts";

/** Tells a sign-in that is refused from a server that is down. */
export async function signIn(url: string, token: string): Promise<"in" | "refused" | "down"> {
  await using client = createTaskClient({ url, tokens: staticToken(token) });
  try {
    await client.queryPendingTasks();
    return "in";
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    return error.code === "source-refused" ? "refused" : "down";
  }
}

/** The same tokens in a client, and in a request that the program makes by itself. */
export async function shareTokens(url: string, tokens: TokenProvider): Promise<number[]> {
  await using client = createTaskClient({ url, tokens });
  const { value: tasks } = await client.queryPendingTasks();
  const { value: token } = await tokens.getToken();
  const own = await fetch(new URL("/mcp/manage_connection", url), {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: '{"action":"health_check"}',
  });
  return [tasks.length, own.status];
}

/**
 * A service account: `login` gives a token and the seconds that it lives. It is asked again shortly before the end of
 * that time, and when the server refuses the token.
 */
export function serviceAccount(
  login: () => Promise<{ access_token: string; expires_in: number }>,
): TokenProvider {
  return renewedTokens(async () => {
    const { access_token: value, expires_in: seconds } = await login();
    return { value, expiresAt: Date.now() + seconds * 1000 };
  });
}

if (import.meta.main) {
  await show(async ({ url }) => [
    await signIn(url, "token"),
    await signIn("http://127.0.0.1:65533", "token"),
  ]);
}
