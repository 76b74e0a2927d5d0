// The provider of the other tests works as they expect: each grant gives a token that the task server accepts.

import { allowInsecureRequests, discovery } from "openid-client";
import * as oidc from "openid-client";
import { importPKCS8 } from "jose";
import { describe, expect, test } from "vitest";
import { keyPair } from "../../support/identity-keys.ts";
import { startIdentityProvider } from "../../support/identity-provider.ts";
import type { IdentityProvider } from "../../support/identity-provider.ts";
import { startProtectedTaskServer } from "../../support/protected-task-server.ts";

const find = (idp: IdentityProvider, client: string, auth: oidc.ClientAuth) =>
  discovery(new URL(idp.issuer), client, {}, auth, { execute: [allowInsecureRequests] });

async function statusWith(url: string, token: string | null): Promise<number> {
  const headers = token === null ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(`${url}/tasks?project=p&status=pending`, { headers });
  await response.body?.cancel();
  return response.status;
}

describe.each(["/realms/tasks", "/auth/realms/tasks"] as const)(
  "the test provider mounted at %s",
  (mount) => {
    test("gives a token that the task server accepts, by each method of client credentials", async () => {
      const idp = await startIdentityProvider({ mount });
      const server = await startProtectedTaskServer(idp);
      const key = await importPKCS8(keyPair("client").privatePem, "RS256");
      const methods: [string, oidc.ClientAuth][] = [
        ["service-basic", oidc.ClientSecretBasic(idp.secretOf("service-basic"))],
        ["service-post", oidc.ClientSecretPost(idp.secretOf("service-post"))],
        ["service-jwt", oidc.PrivateKeyJwt(key)],
      ];
      for (const [client, auth] of methods) {
        const config = await find(idp, client, auth);
        const { access_token: token } = await oidc.clientCredentialsGrant(config, {
          resource: server.resource,
        });
        expect(await statusWith(server.origin, token)).toBe(200);
      }
      expect(server.accepted.map(({ sub }) => sub)).toEqual(methods.map(([client]) => client));
    });

    test("signs a person in with a device code, and refreshes the token until the session ends", async () => {
      const idp = await startIdentityProvider({ mount });
      const server = await startProtectedTaskServer(idp);
      const config = await find(idp, "sitrep", oidc.None());
      const device = await oidc.initiateDeviceAuthorization(config, {
        scope: "openid tasks:read",
        resource: server.resource,
      });
      await idp.browser().enterCode(device.verification_uri, device.user_code);
      const granted = await oidc.pollDeviceAuthorizationGrant(config, {
        ...device,
        interval: 0.05,
      });
      expect(await statusWith(server.origin, granted.access_token)).toBe(200);
      const renewed = await oidc.refreshTokenGrant(config, granted.refresh_token ?? "");
      expect(await statusWith(server.origin, renewed.access_token)).toBe(200);
      idp.endSessions();
      await expect(
        oidc.refreshTokenGrant(config, renewed.refresh_token ?? ""),
      ).rejects.toMatchObject({ error: "invalid_grant" });
    });

    test("signs a person in with an authorization code, unless the person refuses", async () => {
      const idp = await startIdentityProvider({ mount });
      const server = await startProtectedTaskServer(idp);
      const config = await find(idp, "sitrep", oidc.None());
      const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
      const url = oidc.buildAuthorizationUrl(config, {
        redirect_uri: "http://127.0.0.1:7/callback",
        scope: "openid tasks:read",
        resource: server.resource,
        code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
        code_challenge_method: "S256",
      });
      const end = await idp.browser().open(url.href);
      const granted = await oidc.authorizationCodeGrant(config, new URL(end ?? ""), {
        pkceCodeVerifier,
      });
      expect(await statusWith(server.origin, granted.access_token)).toBe(200);
      idp.person = null;
      expect(await idp.browser().open(url.href)).toContain("error=access_denied");
    });
  },
);

test("the task server refuses foreign, expired and revoked tokens, and names its issuer", async () => {
  const idp = await startIdentityProvider();
  const server = await startProtectedTaskServer(idp);
  const config = await find(
    idp,
    "service-basic",
    oidc.ClientSecretBasic(idp.secretOf("service-basic")),
  );
  const give = async (resource: string): Promise<string> =>
    (await oidc.clientCredentialsGrant(config, { resource })).access_token;
  expect(await statusWith(server.origin, await give("https://other.example"))).toBe(401);
  const token = await give(server.resource);
  expect(await statusWith(server.origin, token)).toBe(200);
  idp.revoked.add(token);
  expect(await statusWith(server.origin, token)).toBe(401);
  const fresh = await give(server.resource);
  idp.clockOffsetSeconds = 301;
  expect(await statusWith(server.origin, fresh)).toBe(401);
  const bare = await fetch(server.url);
  const [, where = ""] =
    /resource_metadata="(.+?)"/.exec(bare.headers.get("www-authenticate") ?? "") ?? [];
  const described = (await (await fetch(where)).json()) as { authorization_servers: string[] };
  expect(described.authorization_servers).toEqual([idp.issuer]);
});

test("the test provider counts, redirects, stays silent, stops and restarts", async () => {
  const idp = await startIdentityProvider();
  const auth = oidc.ClientSecretBasic(idp.secretOf("service-basic"));
  const config = await find(idp, "service-basic", auth);
  idp.changeTokenAnswer = (response) => delete response["expires_in"];
  expect((await oidc.clientCredentialsGrant(config)).expires_in).toBeUndefined();
  idp.rotateSecret("service-basic");
  await expect(oidc.clientCredentialsGrant(config)).rejects.toMatchObject({ status: 401 });
  expect(idp.tokenRequests.map(({ client, error }) => [client, error])).toEqual([
    ["service-basic", null],
    ["service-basic", "invalid_client"],
  ]);
  idp.redirects.set("token", "http://127.0.0.1:1/");
  await expect(oidc.clientCredentialsGrant(config)).rejects.toMatchObject({
    code: "OAUTH_RESPONSE_IS_NOT_CONFORM",
  });
  await idp.stop();
  await expect(fetch(idp.issuer)).rejects.toThrow("fetch failed");
  await idp.start();
  idp.metadata = { issuer: "https://other.example" };
  await expect(find(idp, "service-basic", auth)).rejects.toMatchObject({
    code: "OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED",
  });
});
