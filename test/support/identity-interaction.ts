// Completes a sign-in and consent at the tests' OpenID provider directly, instead of with pages.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { InteractionResults, Provider } from "oidc-provider";

interface Missing {
  missingOIDCScope?: string[];
  missingOIDCClaims?: string[];
  missingResourceScopes?: Record<string, string[]>;
}

type Interaction = Awaited<ReturnType<Provider["interactionDetails"]>>;

async function agree(provider: Provider, details: Interaction): Promise<InteractionResults> {
  const { prompt, params, session, grantId } = details;
  const known = grantId === undefined ? undefined : await provider.Grant.find(grantId);
  const grant =
    known ??
    new provider.Grant({
      ...(session === undefined ? {} : { accountId: session.accountId }),
      clientId: String(params["client_id"]),
    });
  const missing = prompt.details as Missing;
  if (missing.missingOIDCScope) grant.addOIDCScope(missing.missingOIDCScope.join(" "));
  if (missing.missingOIDCClaims) grant.addOIDCClaims(missing.missingOIDCClaims);
  for (const [resource, scopes] of Object.entries(missing.missingResourceScopes ?? {})) {
    grant.addResourceScope(resource, scopes.join(" "));
  }
  return { consent: { grantId: await grant.save() } };
}

/** Signs `person` in and consents to everything requested; null: denies the request. */
export async function signInPerson(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
  person: string | null,
): Promise<void> {
  const details = await provider.interactionDetails(request, response);
  const result: InteractionResults =
    person === null
      ? { error: "access_denied", error_description: "The person said no." }
      : details.prompt.name === "login"
        ? { login: { accountId: person } }
        : await agree(provider, details);
  await provider.interactionFinished(request, response, result, {
    mergeWithLastSubmission: person !== null && details.prompt.name !== "login",
  });
}
