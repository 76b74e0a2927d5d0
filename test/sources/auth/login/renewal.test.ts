// A person's renewal at issuers that refuse, do not answer or ask to wait: as for service accounts.

import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { createPersonGrant } from "../../../../src/sources/auth/login/person-grant.ts";
import type { SignInRecord } from "../../../../src/sources/auth/login/sign-in-record.ts";
import { startMisbehavingServer } from "../../../support/misbehaving-server.ts";

/** How the token endpoint answers; null for never. */
type TokenAnswer = { status: number; body: object; headers?: Record<string, string> } | null;

async function renewalAt(reply: TokenAnswer, timeoutMs = 5000): Promise<unknown> {
  const issuer = await startMisbehavingServer((request, response) => {
    const { origin } = issuer;
    const isToken = request.url === "/token";
    if (isToken && reply === null) return;
    const { status, body, headers } = (isToken ? reply : null) ?? {
      status: 200,
      body: { issuer: origin, token_endpoint: `${origin}/token` },
    };
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify(body));
  });
  const record: SignInRecord = {
    source: "team",
    origin: "https://tasks.example",
    issuer: issuer.origin,
    isNamed: true,
    client: {
      clientId: "sitrep",
      clientSecret: null,
      method: "none",
      from: "configured",
      redirectPort: null,
    },
    person: { subject: "ana", label: "", resource: "", audience: "", scope: null, signedInAt: 0 },
  };
  const grant = createPersonGrant(record, {
    name: "team",
    url: "https://tasks.example/mcp",
    whyInsecure: () => null,
    clientSecret: () => null,
  });
  const asked = grant({ refreshToken: "canary-refresh" }, AbortSignal.timeout(timeoutMs));
  return asked.then(
    () => null,
    (error: unknown) => error,
  );
}

describe("the renewal of a person's token", () => {
  test("times out at an issuer that does not answer, and is not reported as cancelled", async () => {
    expect(await renewalAt(null, 200)).toMatchObject({ code: "source-timeout" });
  });

  test("reports the wait that a busy issuer asks for", async () => {
    const body = { error: "temporarily_unavailable" };
    expect(await renewalAt({ status: 429, body, headers: { "retry-after": "7" } })).toMatchObject({
      code: "source-rate-limited",
      retryAfterMs: 7000,
    });
  });

  test("requires a new sign-in after a refusal by HTTP status, whatever the error code", async () => {
    const body = { error: "session_closed" };
    expect(await renewalAt({ status: 403, body })).toMatchObject({
      code: "source-refused",
      hint: "sitrep login team",
    });
  });

  test.each(["invalid_grant", "server_error"])(
    "reports none of the issuer's own words after a failure (%s)",
    async (error) => {
      const body = { error, error_description: "no such token: canary-refresh" };
      const failure = await renewalAt({ status: 400, body });
      expect(failure).toMatchObject({ code: expect.stringMatching(/^source-/) });
      expect(inspect(failure, { depth: 20, showHidden: true })).not.toContain("canary-refresh");
    },
  );
});
