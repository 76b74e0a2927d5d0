// Sign in with a fixed token, or with tokens that expire.

import { SourceError, createTaskClient, renewedTokens, staticToken } from "sitrep";
import type { TokenProvider } from "sitrep";
import { show } from "./demo/show.ts";

/** Distinguishes a refused sign-in from a server that is down. */
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
 * A service account: `login` returns a token and its lifetime in seconds. It is called again shortly before the token
 * expires, and when the server refuses it.
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
