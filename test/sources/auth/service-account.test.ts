// A service account at a real OpenID provider, in front of a real task server that verifies its tokens.

import { generateKeyPairSync } from "node:crypto";
import type { ClientMetadata } from "oidc-provider";
import { describe, expect, test } from "vitest";
import {
  readUserInfo,
  serviceAccountGrant,
  validateToken,
} from "../../../src/sources/auth/service-account.ts";
import { tokenHeaders } from "../../../src/sources/credentials.ts";
import { sendWithAuth } from "../../../src/http/header-source.ts";
import { createHttpClient } from "../../../src/http/http.ts";
import { defaultAudience } from "../../support/identity-configuration.ts";
import { keyPair } from "../../support/identity-keys.ts";
import { startIdentityProvider } from "../../support/identity-provider.ts";
import type { IdentityProvider } from "../../support/identity-provider.ts";
import { startMisbehavingServer } from "../../support/misbehaving-server.ts";
import { startProtectedTaskServer } from "../../support/protected-task-server.ts";
import type { ProtectedTaskServer } from "../../support/protected-task-server.ts";
import { clientOf, placeOf, prepareService } from "../../support/service-fixture.ts";
import type { ServiceMethod, ServiceFixture } from "../../support/service-fixture.ts";
import { startTaskServer } from "../../support/task-server.ts";

const methods: ServiceMethod[] = ["client_secret_basic", "client_secret_post", "private_key_jwt"];

interface SignedInClient {
  idp: IdentityProvider;
  server: ProtectedTaskServer;
  fixture: ServiceFixture;
  /** A request of the task server, signed in; its status, or the code of what was thrown. */
  ask: () => Promise<number | string>;
}

async function prepare(
  options: Parameters<typeof startIdentityProvider>[0] = {},
  asked: Parameters<typeof prepareService>[2] = {},
): Promise<SignedInClient> {
  const idp = await startIdentityProvider(options);
  const server = await startProtectedTaskServer(idp);
  const fixture = prepareService(idp, server.origin, asked);
  const headers = tokenHeaders(fixture.tokens);
  const http = createHttpClient({ name: "tasks" });
  const ask = async (): Promise<number | string> => {
    try {
      const url = `${server.origin}/tasks?project=p&status=pending`;
      const request = { method: "GET" as const, url, timeoutMs: 5000 };
      const response = await sendWithAuth(headers, (signIn) =>
        http.requestJson({ ...request, headers: signIn }),
      );
      return response.status;
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  return { idp, server, fixture, ask };
}

describe.each(["/realms/tasks", "/auth/realms/tasks"] as const)("an issuer at %s", (mount) => {
  test.each(methods)("gives tokens by %s", async (method) => {
    const { idp, server, ask } = await prepare({ mount }, { method });
    expect(await ask()).toBe(200);
    expect(await ask()).toBe(200);
    expect(server.accepted.map(({ sub }) => sub)).toEqual([clientOf(method), clientOf(method)]);
    expect(idp.tokenRequests).toHaveLength(1);
  });
});

describe("the request for a token", () => {
  test("contains scope and resource", async () => {
    const resource = "https://tasks.example/mcp";
    const { idp, server, fixture } = await prepare({}, { scope: "tasks:read", resource });
    server.audiences = [resource];
    const { value } = await fixture.tokens.getToken();
    expect(idp.tokenRequests).toMatchObject([{ scope: "tasks:read", resource, error: null }]);
    const claims = await validateToken(
      placeOf(idp.issuer),
      { clientId: "service-basic", method: "client_secret_basic", secret: fixture.secret },
      { token: value, audience: resource, clockToleranceSeconds: 5 },
      AbortSignal.timeout(5000),
    );
    expect(claims).toMatchObject({ sub: "service-basic", scope: "tasks:read", aud: resource });
  });

  test("for a JWK is signed with its id and algorithm", async () => {
    const { fixture, ask, idp } = await prepare({}, { method: "private_key_jwt" });
    fixture.secret = JSON.stringify(keyPair("client").privateJwk);
    expect(await ask()).toBe(200);
    expect(idp.tokenRequests).toHaveLength(1);
  });

  test.each([
    ["P-256", "ES256", "pkcs8"],
    ["P-256", "ES256", "sec1"],
    [null, "Ed25519", "pkcs8"],
  ] as const)("for a key of type %s is signed with %s, as %s", async (curve, alg, type) => {
    const { publicKey, privateKey } =
      curve === null
        ? generateKeyPairSync("ed25519")
        : generateKeyPairSync("ec", { namedCurve: curve });
    const client = {
      client_id: "service-other-key",
      token_endpoint_auth_method: "private_key_jwt" as const,
      token_endpoint_auth_signing_alg: alg,
      grant_types: ["client_credentials"],
      redirect_uris: [],
      response_types: [],
      jwks: { keys: [publicKey.export({ format: "jwk" })] },
    } as unknown as ClientMetadata;
    const idp = await startIdentityProvider({ clients: [client] });
    const account = {
      clientId: "service-other-key",
      method: "private_key_jwt" as const,
      secret: privateKey.export({ type, format: "pem" }).toString(),
    };
    const grant = serviceAccountGrant(placeOf(idp.issuer), account);
    const { accessToken } = await grant({ refreshToken: null }, AbortSignal.timeout(5000));
    expect(accessToken).toMatch(/^ey/);
  });

  test("contains the audience if the issuer does not support resources", async () => {
    const issuer = await startMisbehavingServer((_, response) => {
      const { origin } = issuer;
      const body = { issuer: origin, token_endpoint: `${origin}/token` };
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ ...body, access_token: "t", token_type: "bearer" }));
    });
    const settings = { clientId: "a", method: "client_secret_post" as const, secret: "s" };
    const account = { ...settings, audience: "tasks", scope: "read" };
    const grant = serviceAccountGrant(placeOf(issuer.origin), account);
    await grant({ refreshToken: null }, AbortSignal.timeout(5000));
    const sent = Object.fromEntries(new URLSearchParams(issuer.requests.at(-1)?.body));
    expect(sent).toEqual({
      audience: "tasks",
      client_id: "a",
      client_secret: "s",
      grant_type: "client_credentials",
      scope: "read",
    });
  });

  test("is not sent if its key cannot be read", async () => {
    const { fixture, ask, idp } = await prepare({}, { method: "private_key_jwt" });
    fixture.secret = "-----BEGIN NONSENSE-----";
    expect(await ask()).toBe("secret-missing");
    expect(idp.tokenRequests).toEqual([]);
  });
});

test("an issuer with OAuth but not OpenID Connect is found by RFC 8414", async () => {
  const { idp, ask } = await prepare();
  idp.isOauthOnly = true;
  expect(await ask()).toBe(200);
});

test("an issuer's endless metadata are cut off at 256 KiB", async () => {
  const { idp, ask } = await prepare();
  idp.metadata = { more: "x".repeat(300_000) };
  expect(await ask()).toBe("source-invalid-response");
  expect(idp.tokenRequests).toEqual([]);
});

describe("the token of a service account", () => {
  test("F64: a token that lives 5 s is renewed after 4 s, by our own clock", async () => {
    const { idp, fixture, ask } = await prepare({ accessTokenSeconds: 5 });
    expect(await ask()).toBe(200);
    fixture.aheadMs = 2000;
    expect(await ask()).toBe(200);
    expect(idp.tokenRequests).toHaveLength(1);
    fixture.aheadMs = 4100;
    expect(await ask()).toBe(200);
    expect(idp.tokenRequests).toHaveLength(2);
  });

  test.each<[unknown, number]>([
    ["300", 240],
    ["soon", 240],
    [null, 240],
    [undefined, 240],
    [3.2e9, 315_359_940],
  ])("with a life of %j is renewed after %s s", async (life, seconds) => {
    const { idp, fixture, ask } = await prepare();
    idp.changeTokenAnswer = (response) => void (response["expires_in"] = life);
    expect(await ask()).toBe(200);
    fixture.aheadMs = seconds * 1000 - 500;
    expect(await ask()).toBe(200);
    expect(idp.tokenRequests).toHaveLength(1);
    fixture.aheadMs = seconds * 1000 + 100;
    expect(await ask()).toBe(200);
    expect(idp.tokenRequests).toHaveLength(2);
  });

  test.each([-5, 0])("has a short life if its expires_in is %j", async (life) => {
    const { idp, fixture, ask } = await prepare();
    idp.changeTokenAnswer = (response) => void (response["expires_in"] = life);
    expect(await ask()).toBe(200);
    fixture.aheadMs = 900;
    expect(await ask()).toBe(200);
    expect(idp.tokenRequests).toHaveLength(2);
  });

  test.each(["two\nlines", "x".repeat(70_000), "ünsendbar"])(
    "is an error and starts a cooldown if it does not fit into a header",
    async (token) => {
      const { idp, server, ask } = await prepare();
      idp.changeTokenAnswer = (response) => void (response["access_token"] = token);
      for (let call = 0; call < 3; call += 1) expect(await ask()).toBe("source-invalid-response");
      expect(idp.tokenRequests).toHaveLength(1);
      expect(server.requests).toEqual([]);
    },
  );

  test.each([600, -600])(
    "F64: an issuer's clock that is %s s off makes no difference",
    async (off) => {
      const { idp, ask, fixture } = await prepare();
      idp.clockOffsetSeconds = off;
      expect([await ask(), await ask()]).toEqual([200, 200]);
      fixture.aheadMs = 220_000;
      expect(await ask()).toBe(200);
      expect(idp.tokenRequests).toHaveLength(1);
      fixture.aheadMs = 241_000;
      expect(await ask()).toBe(200);
      expect(idp.tokenRequests).toHaveLength(2);
    },
  );

  test("is renewed once after it was revoked, and the request repeated", async () => {
    const { idp, server, fixture, ask } = await prepare();
    idp.revoked.add((await fixture.tokens.getToken()).value);
    expect(await ask()).toBe(200);
    expect(server.refused).toHaveLength(1);
    expect(idp.tokenRequests).toHaveLength(2);
  });

  test("is requested twice when a server refuses every token, then not for a minute", async () => {
    const { idp, server, fixture, ask } = await prepare();
    server.audiences = ["somebody else"];
    for (let call = 0; call < 5; call += 1) expect(await ask()).toBe("source-refused");
    expect(server.refused).toHaveLength(2);
    expect(idp.tokenRequests).toHaveLength(2);
    fixture.aheadMs = 61_000;
    expect(await ask()).toBe("source-refused");
    expect(idp.tokenRequests).toHaveLength(3);
    server.audiences = [defaultAudience];
    fixture.aheadMs = 182_000;
    expect(await ask()).toBe(200);
  });

  test("F66: after a rotated secret the valid token is used, then one attempt a minute is made, and a new secret is tried at once", async () => {
    const { idp, fixture, ask } = await prepare();
    await ask();
    const next = idp.rotateSecret("service-basic");
    fixture.aheadMs = 250_000;
    expect(await ask()).toBe(200);
    expect(idp.tokenRequests).toHaveLength(2);
    fixture.aheadMs = 301_000;
    for (let call = 0; call < 5; call += 1) expect(await ask()).toBe("source-refused");
    expect(idp.tokenRequests).toHaveLength(2);
    fixture.aheadMs = 311_000;
    expect(await ask()).toBe("source-refused");
    expect(idp.tokenRequests).toHaveLength(3);
    fixture.secret = next;
    expect(await ask()).toBe(200);
  });

  test("is used until it expires while the issuer is stopped, also by the next process", async () => {
    const { idp, fixture, ask } = await prepare();
    const { value } = await fixture.tokens.getToken();
    await idp.stop();
    fixture.aheadMs = 280_000;
    expect((await fixture.again().getToken()).value).toBe(value);
    expect(await ask()).toBe(200);
    fixture.aheadMs = 301_000;
    expect(await ask()).toBe("source-unreachable");
    await idp.start();
    fixture.aheadMs = 400_000;
    expect(await ask()).toBe(200);
  });

  test("F65: an issuer that does not answer delays a valid token by at most 3 s, once", async () => {
    const { idp, fixture, ask } = await prepare();
    await ask();
    idp.isMute = true;
    fixture.aheadMs = 250_000;
    const started = performance.now();
    expect([await ask(), await ask(), await ask()]).toEqual([200, 200, 200]);
    // Twice would be 6 s.
    expect(performance.now() - started).toBeLessThan(5900);
  });
});

describe("no secret is sent to another server", () => {
  /** Anybody's server, with what it received. */
  const witness = () => startTaskServer();

  test.each(["token", "metadata"] as const)("when the %s endpoint redirects", async (which) => {
    const { idp, ask } = await prepare();
    const other = await witness();
    idp.redirects.set(which, `${other.origin}/token`);
    expect(await ask()).toBe("source-failed");
    expect(other.bytesReceived()).toBe(0);
  });

  test.each(["token", "metadata"] as const)(
    "when the %s endpoint redirects within the issuer",
    async (which) => {
      const { idp, ask } = await prepare();
      idp.redirects.set(which, `${idp.origin}/elsewhere`);
      expect(await ask()).toBe("source-failed");
      expect(idp.requests.filter(({ path }) => path === "/elsewhere")).toEqual([]);
    },
  );

  test("when the metadata names another issuer", async () => {
    const { idp, ask } = await prepare();
    const other = await witness();
    idp.metadata = { issuer: other.origin, token_endpoint: `${other.origin}/token` };
    expect(await ask()).toBe("source-invalid-response");
    expect(other.bytesReceived()).toBe(0);
    expect(idp.tokenRequests).toEqual([]);
  });

  test("when the metadata names the issuer with other letters", async () => {
    const { idp, ask } = await prepare();
    idp.metadata = { issuer: idp.issuer.replace("http:", "HTTP:") };
    expect(await ask()).toBe("source-invalid-response");
    expect(idp.tokenRequests).toEqual([]);
  });

  test("when the token endpoint has another origin, unless that origin is configured", async () => {
    const [idp, other] = [await startIdentityProvider(), await startIdentityProvider()];
    idp.metadata = { token_endpoint: `${other.issuer}/protocol/openid-connect/token` };
    const refusing = prepareService(idp, "https://tasks.example");
    await expect(refusing.tokens.getToken()).rejects.toMatchObject({ code: "source-failed" });
    expect(other.requests).toEqual([]);
    const named = prepareService(idp, "https://tasks.example", { endpointOrigin: other.origin });
    expect((await named.tokens.getToken()).value).toMatch(/^ey/);
    expect(other.tokenRequests).toHaveLength(1);
  });

  test("when certificates are not checked", async () => {
    const { idp, ask } = await prepare();
    process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
    try {
      expect(await ask()).toBe("tls-off");
    } finally {
      delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
    }
    expect(idp.requests).toEqual([]);
  });

  test.each<ServiceMethod>(["client_secret_basic", "client_secret_post"])(
    "when an error is reported, which has none of the issuer's own words (%s)",
    async (method) => {
      const { idp, fixture } = await prepare({}, { method });
      idp.rotateSecret(clientOf(method));
      const error = await fixture.tokens.getToken().then(
        () => null,
        (thrown: unknown) => thrown,
      );
      expect(error).toMatchObject({ code: "source-refused" });
      const { inspect } = await import("node:util");
      const text = inspect(error, { depth: 20, showHidden: true });
      expect(text).not.toContain(fixture.secret);
      expect(text).not.toContain("client authentication failed");
    },
  );
});

describe("a service account's identity", () => {
  const account = { clientId: "service-basic", method: "client_secret_basic" as const };

  test("is proved by the issuer's token, and not by one from another issuer or for another audience", async () => {
    const { idp, fixture } = await prepare();
    const { value: token } = await fixture.tokens.getToken();
    const settings = { ...account, secret: fixture.secret };
    const judge = (audience?: string, given = token, clockToleranceSeconds = 5) =>
      validateToken(
        placeOf(idp.issuer),
        settings,
        { token: given, audience, clockToleranceSeconds },
        AbortSignal.timeout(5000),
      );
    expect(await judge(defaultAudience)).toMatchObject({ sub: "service-basic", iss: idp.issuer });
    await expect(judge("other")).rejects.toMatchObject({ code: "source-refused" });
    const grant = serviceAccountGrant(placeOf(idp.issuer), settings);
    const expiredFor = async (seconds: number): Promise<string> => {
      idp.clockOffsetSeconds = -idp.accessTokenSeconds - seconds;
      return (await grant({ refreshToken: null }, AbortSignal.timeout(5000))).accessToken;
    };
    const over = { code: "source-refused", cause: "ERR_JWT_EXPIRED" };
    const [old, older] = [await expiredFor(30), await expiredFor(600)];
    await expect(judge(undefined, old)).rejects.toMatchObject(over);
    expect(await judge(undefined, old, 60)).toMatchObject({ iss: idp.issuer });
    await expect(judge(undefined, older, 60)).rejects.toMatchObject(over);
    const forged = token.replace(/\.[^.]+$/, `.${"A".repeat(342)}`);
    await expect(judge(undefined, forged)).rejects.toMatchObject({ code: "source-refused" });
    await idp.stop();
    await expect(judge()).rejects.toMatchObject({ code: "source-unreachable" });
  });

  test("is refused with its code by an issuer without claims about service accounts", async () => {
    const { idp, fixture } = await prepare();
    const { value } = await fixture.tokens.getToken();
    const settings = { ...account, secret: fixture.secret };
    const asked = readUserInfo(placeOf(idp.issuer), settings, value, AbortSignal.timeout(5000));
    await expect(asked).rejects.toMatchObject({ code: "source-refused" });
    idp.metadata = { userinfo_endpoint: undefined };
    const signal = AbortSignal.timeout(5000);
    expect(await readUserInfo(placeOf(idp.issuer), settings, value, signal)).toBeNull();
  });
});

test("100 calls that are refused at the same time cause one renewal", async () => {
  const { idp, server, fixture, ask } = await prepare();
  const { value } = await fixture.tokens.getToken();
  idp.revoked.add(value);
  const all = await Promise.all(Array.from({ length: 100 }, ask));
  expect(all.every((status) => status === 200)).toBe(true);
  expect(server.refused).toHaveLength(100);
  expect(idp.tokenRequests).toHaveLength(2);
});
