// The service account that variables name.

import { describe, expect, test } from "vitest";
import { readEnvironmentAccount } from "../../src/config/environment-account.ts";
import { environmentSources } from "../../src/config/environment-sources.ts";
import { failureOf } from "../support/settings-entries.ts";

const keycloak = {
  KEYCLOAK_URL: "https://id.example",
  KEYCLOAK_REALM: "tasks",
  KEYCLOAK_CLIENT_ID: "claude-hooks",
  KEYCLOAK_CLIENT_SECRET: "canary",
};
const oidc = {
  OIDC_ISSUER: "https://id.example/",
  OIDC_CLIENT_ID: "sitrep",
  OIDC_CLIENT_SECRET: "canary",
};

describe("Keycloak's variables", () => {
  test("name both possible issuers, and a reference to the secret", () => {
    expect(readEnvironmentAccount(keycloak)).toEqual({
      auth: {
        type: "oidc",
        issuer: "https://id.example/realms/tasks",
        clientId: "claude-hooks",
        method: "client_secret_basic",
        secret: "${env:KEYCLOAK_CLIENT_SECRET}",
      },
      otherIssuer: "https://id.example/auth/realms/tasks",
    });
  });

  test.each([
    ["https://id.example/auth", "https://id.example/auth/realms/tasks"],
    ["https://id.example/auth/", "https://id.example/auth/realms/tasks"],
    ["https://id.example/sso", "https://id.example/sso/realms/tasks"],
  ])("with %s name one issuer", (KEYCLOAK_URL, issuer) => {
    const found = readEnvironmentAccount({ ...keycloak, KEYCLOAK_URL });
    expect(found?.auth.issuer).toBe(issuer);
    expect(found?.otherIssuer).toBeUndefined();
  });

  test("may contain the realm in the address", () => {
    const { KEYCLOAK_REALM: _, ...rest } = keycloak;
    const KEYCLOAK_URL = "https://id.example/realms/tasks";
    expect(readEnvironmentAccount({ ...rest, KEYCLOAK_URL })?.auth.issuer).toBe(KEYCLOAK_URL);
  });

  test("may name a file with the secret", () => {
    const KEYCLOAK_CLIENT_SECRET_FILE = "/run/secrets/keycloak";
    expect(readEnvironmentAccount({ ...keycloak, KEYCLOAK_CLIENT_SECRET_FILE })?.auth.secret).toBe(
      "${file:/run/secrets/keycloak}",
    );
  });

  test.each(["KEYCLOAK_REALM", "KEYCLOAK_CLIENT_ID", "KEYCLOAK_CLIENT_SECRET"])(
    "are an error that names what is missing without %s",
    (name) => {
      const { code, message } = failureOf(() =>
        readEnvironmentAccount({ ...keycloak, [name]: "" }),
      );
      expect(code).toBe("config-invalid");
      expect(message).toMatch(new RegExp(`^${name} is not set, and KEYCLOAK_URL needs it`));
    },
  );
});

describe("the variables of any OpenID provider", () => {
  test("are used unchanged, and before Keycloak's", () => {
    const found = readEnvironmentAccount({
      ...keycloak,
      ...oidc,
      OIDC_SCOPE: "tasks:read",
      OIDC_AUDIENCE: "tasks",
      OIDC_RESOURCE: "https://tasks.example/mcp",
    });
    expect(found).toEqual({
      auth: {
        type: "oidc",
        issuer: "https://id.example/",
        clientId: "sitrep",
        method: "client_secret_basic",
        secret: "${env:OIDC_CLIENT_SECRET}",
        scope: "tasks:read",
        audience: "tasks",
        resource: "https://tasks.example/mcp",
      },
    });
  });

  test("may name a private key and an authentication method", () => {
    const { OIDC_CLIENT_SECRET: _, ...rest } = oidc;
    const key = { ...rest, OIDC_CLIENT_KEY_FILE: "/run/secrets/key.pem" };
    expect(readEnvironmentAccount(key)?.auth).toMatchObject({
      method: "private_key_jwt",
      secret: "${file:/run/secrets/key.pem}",
    });
    const post = { ...oidc, OIDC_TOKEN_ENDPOINT_AUTH_METHOD: "client_secret_post" };
    expect(readEnvironmentAccount(post)?.auth.method).toBe("client_secret_post");
    const wrong = { ...oidc, OIDC_TOKEN_ENDPOINT_AUTH_METHOD: "none" };
    expect(failureOf(() => readEnvironmentAccount(wrong)).message).toContain("client_secret_basic");
  });
});

test("a service account in variables is for the MCP server in variables only", () => {
  const env = {
    ...keycloak,
    MCP_SERVER_URL: "https://mcp.example/mcp",
    TASK_TRACKING_URL: "https://tracking.example",
  };
  const [server, tracking] = environmentSources(env);
  expect(server).toMatchObject({
    otherIssuer: "https://id.example/auth/realms/tasks",
    config: { auth: { type: "oidc", clientId: "claude-hooks" } },
  });
  expect(tracking?.config.auth).toBeUndefined();
  expect(readEnvironmentAccount({})).toBeNull();
  expect(JSON.stringify(environmentSources(env))).not.toContain("canary");
});
