// Runs the built command with a real OpenID provider and a task server that accepts only its tokens.

import { aNewTask } from "./builders.ts";
import { contextOf, sessionStartInput } from "./installation.ts";
import { startIdentityProvider } from "./identity-provider.ts";
import type { IdentityProvider } from "./identity-provider.ts";
import { startProtectedTaskServer } from "./protected-task-server.ts";
import type { ProtectedTaskServer } from "./protected-task-server.ts";
import { clientOf } from "./service-fixture.ts";
import type { ServiceMethod } from "./service-fixture.ts";
import { prepareSources } from "./source-commands.ts";
import type { SourceContext } from "./source-commands.ts";

export interface SignInFixture {
  context: SourceContext;
  idp: IdentityProvider;
  server: ProtectedTaskServer;
  /** The arguments that add the server as the source `team`, over `mcp` or REST, with a service account. */
  adding: (method?: ServiceMethod, over?: "mcp" | "rest") => string[];
  /** Starts a session with the installed hook and returns the text that the session reads. */
  session: () => Promise<string>;
}

export async function prepareSignIn(
  options: Parameters<typeof startIdentityProvider>[0] = {},
): Promise<SignInFixture> {
  const [context, idp] = [prepareSources(), await startIdentityProvider(options)];
  const server = await startProtectedTaskServer(idp);
  await server.add("shop-api", [aNewTask({ id: "LIN-1", title: "Add OIDC login" })]);
  let sessions = 0;
  return {
    context,
    idp,
    server,
    adding: (method = "client_secret_basic", over = "mcp") => {
      const place = over === "mcp" ? [server.url] : [server.origin, "--type", "task-tracking"];
      const client = ["--client-id", clientOf(method), "--client-auth", method];
      const account = ["--issuer", idp.issuer, ...client, "--token-env", "TEAM_SECRET"];
      return ["source", "add", "team", "--url", ...place, ...account];
    },
    session: async () => {
      sessions += 1;
      const input = sessionStartInput(context, { session_id: `session-${sessions}` });
      return contextOf(await context.hook(context.commands().sessionStart, input)) ?? "";
    },
  };
}
