// People who sign in at a real OpenID provider for a real task server that verifies their tokens.

import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { decodeJwt } from "jose";
import { describe, expect, test } from "vitest";
import {
  createPersonGrant,
  revokeSignIn,
} from "../../../../src/sources/auth/login/person-grant.ts";
import { signInTokenKey } from "../../../../src/sources/auth/login/sign-in-record.ts";
import type { SignInRecord } from "../../../../src/sources/auth/login/sign-in-record.ts";
import type { TokenProvider } from "../../../../src/sources/auth/tokens.ts";
import { startIdentityProvider } from "../../../support/identity-provider.ts";
import { answering, startMisbehavingServer } from "../../../support/misbehaving-server.ts";
import { startProtectedTaskServer } from "../../../support/protected-task-server.ts";
import { agreeing, personFixture } from "../../../support/sign-in.ts";
import type { Person, PersonFixture } from "../../../support/sign-in.ts";

async function context(personOf?: (agree: Person) => Person, accessTokenSeconds = 300) {
  const idp = await startIdentityProvider({ accessTokenSeconds });
  const server = await startProtectedTaskServer(idp);
  const agree = agreeing(idp);
  const fixture = personFixture(personOf?.(agree) ?? agree);
  return { idp, server, fixture, url: server.url };
}

const keyOf = (record: SignInRecord) => {
  const key = signInTokenKey(record);
  if (key === null) throw new Error("nobody has signed in");
  return key;
};

function providerOf(fixture: PersonFixture, record: SignInRecord, url: string): TokenProvider {
  const { tokenStore, whyInsecure } = fixture;
  const deps = { name: "team", url, whyInsecure, clientSecret: () => null };
  return tokenStore.provider(keyOf(record), createPersonGrant(record, deps));
}

async function statusWith(url: string, token: string): Promise<number> {
  const { origin } = new URL(url);
  const response = await fetch(`${origin}/tasks?project=p&status=pending`, {
    headers: { authorization: `Bearer ${token}` },
  });
  await response.body?.cancel();
  return response.status;
}

describe("a sign-in in the browser", () => {
  test("connects a person with the issuer that the server names, for that server only", async () => {
    const { idp, server, fixture, url } = await context();
    const record = await fixture.signIn({ url });
    expect(record).toMatchObject({
      issuer: idp.issuer,
      isNamed: false,
      client: { from: "registered", method: "none", clientSecret: null },
      person: { subject: "ana", resource: server.resource },
    });
    const { value } = await providerOf(fixture, record, url).getToken();
    expect(decodeJwt(value)).toMatchObject({ aud: server.resource, sub: "ana" });
    expect(await statusWith(url, value)).toBe(200);
    expect(idp.tokenRequests).toMatchObject([
      { grant: "authorization_code", resource: server.resource, error: null },
    ]);
    const [{ address = "" } = {}] = fixture.events.filter(({ event }) => event === "address") as {
      address: string;
    }[];
    const asked = new URL(address).searchParams;
    expect(asked.get("code_challenge_method")).toBe("S256");
    expect(asked.get("scope")).toBe("tasks:read openid offline_access");
    expect(new URL(asked.get("redirect_uri") ?? "").hostname).toBe("127.0.0.1");
  });

  test("uses the client and port that an earlier sign-in registered", async () => {
    const { idp, fixture, url } = await context();
    const first = await fixture.signIn({ url });
    const second = await fixture.signIn({ url });
    expect(second.client).toEqual(first.client);
    const registrations = idp.requests.filter(({ path }) => path.includes("registrations"));
    expect(registrations).toHaveLength(1);
  });

  test("registers no client if the person names one", async () => {
    const { idp, fixture, url } = await context();
    const record = await fixture.signIn({ url, clientId: "sitrep", scope: "openid tasks:write" });
    expect(record.client).toMatchObject({ clientId: "sitrep", from: "configured" });
    expect(record.person?.scope).toContain("tasks:write");
    expect(idp.requests.some(({ path }) => path.includes("registrations"))).toBe(false);
  });

  test("reports that the person refused", async () => {
    const { idp, fixture, url } = await context();
    idp.person = null;
    await expect(fixture.signIn({ url })).rejects.toMatchObject({ code: "sign-in-denied" });
    expect(idp.tokenRequests).toEqual([]);
  });

  test("stops waiting at its time limit, and at once when cancelled", async () => {
    const { fixture, url } = await context(() => () => undefined);
    await expect(fixture.signIn({ url, timeoutMs: 10 })).rejects.toMatchObject({
      code: "sign-in-expired",
    });
    const { signal, cancel } = cancelWhenShown();
    const started = performance.now();
    await expect(fixture.signIn({ url, signal, onEvent: cancel })).rejects.toMatchObject({
      code: "cancelled",
    });
    expect(performance.now() - started).toBeLessThan(1000);
  });

  test("sends no request to an issuer without PKCE", async () => {
    const { idp, fixture, url } = await context();
    idp.metadata = { code_challenge_methods_supported: ["plain"] };
    await expect(fixture.signIn({ url })).rejects.toMatchObject({ code: "sign-in-failed" });
    expect(fixture.events).toEqual([]);
  });
});

/** Cancels as soon as there is something for the person to do. */
function cancelWhenShown() {
  const controller = new AbortController();
  const cancel = (event: PersonFixture["events"][number]): void => {
    if (event.event !== "issuer") controller.abort();
  };
  return { signal: controller.signal, cancel };
}

describe("a sign-in on another device", () => {
  test("waits until the person enters the code at the issuer that the server names", async () => {
    const { idp, server, fixture, url } = await context();
    const record = await fixture.signIn({ url, issuer: idp.issuer, clientId: "sitrep" });
    expect(record).toMatchObject({ isNamed: true, person: { subject: "ana" } });
    expect(fixture.events).toMatchObject([
      { event: "issuer", grant: "device" },
      { event: "code", userCode: expect.stringMatching(/^[A-Z]{4}-[A-Z]{4}$/) },
    ]);
    const { value } = await providerOf(fixture, record, url).getToken();
    expect(await statusWith(url, value)).toBe(200);
    expect(server.accepted.at(-1)).toMatchObject({ sub: "ana" });
  });

  test("reports an unknown client as the cause", async () => {
    const { idp, url, fixture } = await context();
    const unknown = fixture.signIn({ url, issuer: idp.issuer, clientId: "nobody" });
    await expect(unknown).rejects.toMatchObject({
      code: "source-refused",
      message: "team's identity provider refused this client (invalid_client).",
      hint: "Check the client: sitrep login team --client-id ID",
    });
  });

  test("ends at once when cancelled, even between two polls", async () => {
    const { idp, fixture, url } = await context(() => () => undefined);
    const { signal, cancel } = cancelWhenShown();
    const started = performance.now();
    await expect(
      fixture.signIn({ url, issuer: idp.issuer, clientId: "sitrep", signal, onEvent: cancel }),
    ).rejects.toMatchObject({ code: "cancelled" });
    expect(performance.now() - started).toBeLessThan(1000);
  });

  test.each([
    ["access_denied", "sign-in-denied"],
    ["expired_token", "sign-in-expired"],
    ["invalid_client", "source-refused"],
    ["server_error", "source-failed"],
  ])("ends after the issuer's %s with %s", async (error, code) => {
    const issuer = await deviceIssuer([{ status: 400, body: JSON.stringify({ error }) }]);
    const { fixture, url } = await context(() => () => undefined);
    await expect(
      fixture.signIn({ url, issuer: issuer.origin, clientId: "sitrep" }),
    ).rejects.toMatchObject({ code });
  });

  test("repeats a lost poll, and reports an expired code", async () => {
    const issuer = await deviceIssuer(["reset"], 1);
    const { fixture, url } = await context(() => () => undefined);
    await expect(
      fixture.signIn({ url, issuer: issuer.origin, clientId: "sitrep" }),
    ).rejects.toMatchObject({ code: "sign-in-expired" });
    expect(issuer.requests.filter(({ path }) => path === "/token")).toHaveLength(1);
  });

  test.each(["javascript:alert(1)", "http://evil.example/code", "nonsense"])(
    "does not show an unsafe address: %s",
    async (verification_uri) => {
      const issuer = await deviceIssuer([], 60, { verification_uri });
      const { fixture, url } = await context(() => () => undefined);
      await expect(
        fixture.signIn({ url, issuer: issuer.origin, clientId: "sitrep" }),
      ).rejects.toMatchObject({ code: "source-invalid-response" });
      expect(fixture.events.some(({ event }) => event === "code")).toBe(false);
    },
  );
});

type Faults = Awaited<ReturnType<typeof startMisbehavingServer>>["nextFaults"];

/** An issuer of the device grant alone, whose token endpoint answers as it is set to. */
async function deviceIssuer(responses: Faults, expires_in = 60, more: object = {}) {
  const issuer = await startMisbehavingServer((request, response) => {
    const { origin } = issuer;
    const code = { device_code: "d", user_code: "ABCD", interval: 0.1, expires_in };
    const reply: Record<string, object> = {
      "/.well-known/oauth-authorization-server": {
        issuer: origin,
        token_endpoint: `${origin}/token`,
        device_authorization_endpoint: `${origin}/device`,
      },
      "/device": { ...code, verification_uri: `${origin}/code`, ...more },
    };
    const path = request.url ?? "";
    if (path === "/device") issuer.nextFaults.push(...responses);
    answering(reply[path] ?? {})(request, response);
  });
  return issuer;
}

describe("a person's token", () => {
  test("with a life of 5 s is renewed with the refresh token, which is replaced each time", async () => {
    const { idp, fixture, url } = await context(undefined, 5);
    const record = await fixture.signIn({ url });
    const before = await fixture.tokenStore.get(keyOf(record));
    const tokens = providerOf(fixture, record, url);
    const first = await tokens.getToken();
    const second = await tokens.getToken({ isAfterRefusal: true, refused: first.value });
    expect(second.value).not.toBe(first.value);
    expect(await statusWith(url, second.value)).toBe(200);
    const after = await fixture.tokenStore.get(keyOf(record));
    expect(after?.refreshToken).not.toBe(before?.refreshToken);
    expect(idp.tokenRequests.map(({ grant }) => grant)).toEqual([
      "authorization_code",
      "refresh_token",
    ]);
  });

  test("requires a new sign-in after the issuer ended the session", async () => {
    const { idp, fixture, url } = await context();
    const record = await fixture.signIn({ url });
    const tokens = providerOf(fixture, record, url);
    idp.endSessions();
    const refused = (await tokens.getToken()).value;
    await expect(tokens.getToken({ isAfterRefusal: true, refused })).rejects.toMatchObject({
      code: "source-refused",
      hint: "sitrep login team",
    });
    await fixture.signIn({ url });
    await expect(tokens.getToken()).resolves.toBeDefined();
  });

  test("is kept in a file of mode 0600, and not in the record of the sign-in", async () => {
    const { fixture, url } = await context();
    const record = await fixture.signIn({ url });
    const kept = await fixture.tokenStore.get(keyOf(record));
    const folder = join(fixture.folder, "sign-ins");
    const [file = ""] = readdirSync(folder);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
    const text = readFileSync(join(folder, file), "utf8");
    expect(kept?.refreshToken).toBeTruthy();
    expect(text).not.toContain(kept?.refreshToken);
    expect(text).not.toContain(kept?.accessToken);
  });
});

describe("a sign-out", () => {
  const end = (fixture: PersonFixture, record: SignInRecord, url: string) => {
    const { tokenStore, whyInsecure } = fixture;
    const deps = { name: "team", url, whyInsecure, clientSecret: () => null };
    return revokeSignIn(record, tokenStore, deps);
  };

  test("revokes the tokens at the issuer and forgets them", async () => {
    const { idp, fixture, url } = await context();
    const record = await fixture.signIn({ url });
    const kept = await fixture.tokenStore.get(keyOf(record));
    const ended = await end(fixture, record, url);
    expect(ended.revoked).toContain("refresh token");
    expect(await fixture.tokenStore.get(keyOf(record))).toBeNull();
    const response = await fetch(`${idp.issuer}/protocol/openid-connect/token`, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "refresh_token",
        refresh_token: kept?.refreshToken ?? "",
        client_id: record.client?.clientId ?? "",
      }),
    });
    expect(await response.json()).toMatchObject({ error: "invalid_grant" });
  });

  test("also forgets tokens that the issuer does not revoke, and reports them", async () => {
    const { idp, fixture, url } = await context();
    const record = await fixture.signIn({ url });
    idp.metadata = { revocation_endpoint: undefined };
    const ended = await end(fixture, record, url);
    expect(ended.failed).toEqual([
      { what: "refresh token", code: "not-offered" },
      { what: "access token", code: "not-offered" },
    ]);
    expect(await fixture.tokenStore.get(keyOf(record))).toBeNull();
  });

  test("forgets the tokens while the issuer is down", async () => {
    const { idp, fixture, url } = await context();
    const record = await fixture.signIn({ url });
    await idp.stop();
    const ended = await end(fixture, record, url);
    expect(ended.failed).toContainEqual({ what: "refresh token", code: "source-unreachable" });
    expect(await fixture.tokenStore.get(keyOf(record))).toBeNull();
  });
});
