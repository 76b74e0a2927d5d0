// The example of a service account, and what it shows of the library, at a real OpenID provider.

import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createServiceAccount } from "sitrep";
import type { ServiceAccountOptions } from "sitrep";
import { claimsOf, countPending, whoAmI } from "../../examples/service-account.ts";
import { aNewTask } from "../support/builders.ts";
import { defaultAudience } from "../support/identity-configuration.ts";
import { startIdentityProvider } from "../support/identity-provider.ts";
import type { IdentityProvider } from "../support/identity-provider.ts";
import { startProtectedTaskServer } from "../support/protected-task-server.ts";
import { temporaryFolder } from "../support/temporary.ts";

async function prepare(
  mount: "/realms/tasks" | "/auth/realms/tasks" = "/realms/tasks",
): Promise<{ idp: IdentityProvider; options: ServiceAccountOptions }> {
  const idp = await startIdentityProvider({ mount });
  const server = await startProtectedTaskServer(idp);
  await server.add("", [aNewTask({ title: "Add login" })]);
  const env = {
    SITREP_HOME: temporaryFolder(),
    KEYCLOAK_URL: idp.origin,
    KEYCLOAK_REALM: "tasks",
    KEYCLOAK_CLIENT_ID: "service-basic",
    KEYCLOAK_CLIENT_SECRET: idp.secretOf("service-basic"),
  };
  return { idp, options: { server: server.origin, env } };
}

test.each(["/realms/tasks", "/auth/realms/tasks"] as const)(
  "a service account says who it is and gives tasks, by Keycloak's variables at %s, with one token",
  async (mount) => {
    const { idp, options } = await prepare(mount);
    const me = await whoAmI(options);
    expect(me).toMatchObject({ name: "service-basic", hasHeader: true });
    expect(me?.secondsLeft).toBeGreaterThan(290);
    expect(await countPending(options)).toBe(1);
    expect(idp.tokenRequests).toHaveLength(1);
  },
);

test("the service account is null when the provider refuses it", async () => {
  const { idp, options } = await prepare();
  idp.rotateSecret("service-basic");
  expect(await whoAmI(options)).toBeNull();
});

describe("a service account", () => {
  test("a service account checks tokens by the issuer's keys and the tokens' audience", async () => {
    const { options } = await prepare();
    await using account = createServiceAccount(options);
    const { value } = await account.authenticate();
    expect(await claimsOf(options, value, defaultAudience)).toMatchObject({ sub: "service-basic" });
    expect(await claimsOf(options, value, "other")).toBeNull();
    expect(await claimsOf(options, "no token", defaultAudience)).toBeNull();
  });

  test("checks a token's end as the task server does, within 5 s unless set otherwise", async () => {
    const { idp, options } = await prepare();
    idp.clockOffsetSeconds = -idp.accessTokenSeconds - 30;
    await using account = createServiceAccount(options);
    const { value } = await account.authenticate();
    const refused = { code: "source-refused" };
    await expect(account.validateToken(value)).rejects.toMatchObject(refused);
    await using patient = createServiceAccount({ ...options, clockToleranceSeconds: 60 });
    expect(await patient.validateToken(value)).toMatchObject({ sub: "service-basic" });
    for (const clockToleranceSeconds of [-1, Number.NaN, 601]) {
      expect(() => createServiceAccount({ ...options, clockToleranceSeconds })).toThrow(
        "clockToleranceSeconds",
      );
    }
  });

  test("gives its header for its own server and no other", async () => {
    const { idp, options } = await prepare();
    await using account = createServiceAccount(options);
    await expect(account.getAuthHeaders("https://evil.example/x")).rejects.toMatchObject({
      code: "usage",
    });
    expect(idp.requests).toEqual([]);
  });

  test("can be given by options too, and forgets its token", async () => {
    const { idp, options } = await prepare();
    const folder = join(temporaryFolder(), "tokens");
    await using account = createServiceAccount({
      server: options.server,
      issuer: idp.issuer,
      clientId: "service-post",
      secret: () => idp.secretOf("service-post"),
      method: "client_secret_post",
      folder,
    });
    expect(await account.getSecondsUntilExpiry()).toBeNull();
    await account.authenticate();
    expect(await account.getSecondsUntilExpiry()).toBeGreaterThan(290);
    expect(await account.forget()).toBe(true);
    expect(await account.getSecondsUntilExpiry()).toBeNull();
  });

  test("asks the issuer who it is, if the issuer supports that", async () => {
    const { idp, options } = await prepare();
    idp.userInfo = { preferred_username: "service-account-basic" };
    expect(await whoAmI(options)).toMatchObject({ name: "service-account-basic" });
  });

  test("is an error without an issuer, or with an issuer without TLS", () => {
    const server = "https://tasks.example";
    expect(() => createServiceAccount({ server, env: {} })).toThrow(
      "lacks an issuer, id or secret",
    );
    const account = { issuer: "http://id.example", clientId: "x", secret: "x" };
    expect(() => createServiceAccount({ server, env: {}, ...account })).toThrow(
      '"allowInsecureHosts":["id.example"]',
    );
  });
});
