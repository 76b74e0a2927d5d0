// Signing in to the board and out of it: by a key, by the identity provider, and what an attacker tries.

import { describe, expect, test } from "vitest";
import { signToken } from "../../../src/server/access/verify-token.ts";
import { sql } from "kysely";
import type { ApiKeys } from "../../../src/store/api-keys.ts";
import { boardPath, openBoardStore, startBoard } from "../../support/board.ts";
import { formBrowser, signedInBrowser } from "../../support/board-client.ts";
import { startIdentityProvider } from "../../support/identity-provider.ts";
import { addKey, noTokens } from "../../support/serving.ts";

const sessionOf = ({ cookies }: { cookies: Map<string, string> }): string =>
  cookies.get("sitrep-session") ?? "";

describe("a sign-in with a key", () => {
  test("works, and keeps the key neither in the browser nor in the store", async () => {
    const server = await startBoard();
    const key = await server.addKey({ user: "ada" });
    const browser = await signedInBrowser(server.url, key);
    const page = await (await browser.get("/")).text();
    expect(page).toContain("ada");
    expect([...browser.cookies.keys()]).toEqual(["sitrep-session"]);
    const { rows } = await sql`select * from web_sessions`.execute(server.store.db);
    const kept = JSON.stringify(rows);
    expect(rows).toHaveLength(1);
    for (const secret of [key, sessionOf(browser)]) {
      expect(kept).not.toContain(secret);
      expect(page).not.toContain(secret);
      expect(server.logText()).not.toContain(secret);
    }
  });

  test("sets a cookie for this server's requests alone, and under TLS for this host alone", async () => {
    const server = await startBoard();
    const key = await server.addKey();
    const response = await formBrowser(server.url).post("/sign-in", { key });
    const [cookie = ""] = response.headers.getSetCookie();
    expect(cookie).toMatch(
      /^sitrep-session=[\w-]{43}; Max-Age=28800; Path=\/; HttpOnly; SameSite=Lax$/,
    );
    const settings = { publicUrl: "https://tasks.example", isBehindProxy: true };
    const prepare = async (keys: ApiKeys): Promise<void> => void (await addKey(keys));
    const behind = await startBoard({ settings, prepare });
    const other = await behind.addKey();
    const headers = { origin: behind.url, "sec-fetch-site": "same-origin" };
    const [safe = ""] = (
      await formBrowser(behind.url).post("/sign-in", { key: other }, headers)
    ).headers.getSetCookie();
    expect(safe).toMatch(/^__Host-sitrep-session=.*; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
  });

  test("answers a wrong key with 401, after twenty with 429, and always accepts a good key", async () => {
    const server = await startBoard();
    const key = await server.addKey();
    const browser = formBrowser(server.url);
    for (let turn = 0; turn < 20; turn += 1) {
      // oxlint-disable-next-line no-await-in-loop -- they are counted in order
      expect((await browser.post("/sign-in", { key: `${key}${turn}` })).status).toBe(401);
    }
    const refused = await browser.post("/sign-in", { key: `${key}x` });
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(browser.cookies.size).toBe(0);
    // They are never held against a good key.
    expect((await browser.post("/sign-in", { key })).status).toBe(303);
  });

  test("ends with the next request after the key was revoked", async () => {
    const server = await startBoard();
    const key = await server.addKey({ name: "laptop" });
    const browser = await signedInBrowser(server.url, key);
    await server.keys.revoke("laptop", new Date());
    const response = await browser.get("/");
    expect([response.status, response.headers.get("location")]).toEqual([303, "/sign-in?to=%2F"]);
  });

  test("works with a token too, until the token expires", async () => {
    const secret = new TextEncoder().encode("a secret of at least thirty-two bytes");
    const server = await startBoard({ settings: { tokens: { ...noTokens, secret } } });
    const holder = { organization: "acme", user: "ada", permissions: ["tools"] };
    const token = { ...holder, audience: "sitrep", lifeSeconds: 600 };
    const signed = await signToken(token, secret, new Date());
    const response = await formBrowser(server.url).post("/sign-in", { key: signed });
    expect(response.status).toBe(303);
    const [, seconds] = /Max-Age=(\d+)/.exec(response.headers.getSetCookie()[0] ?? "") ?? [];
    expect(Number(seconds)).toBeGreaterThan(590);
    expect(Number(seconds)).toBeLessThanOrEqual(600);
  });
});

describe("a session of the board", () => {
  test("ends by signing out, even for a copy of its cookie", async () => {
    const server = await startBoard();
    const browser = await signedInBrowser(server.url, await server.addKey());
    const kept = sessionOf(browser);
    const csrf = await browser.csrf();
    expect((await browser.post("/sign-out", { csrf })).headers.get("location")).toBe("/sign-in");
    expect(browser.cookies.size).toBe(0);
    browser.cookies.set("sitrep-session", kept);
    expect((await browser.get("/")).status).toBe(303);
  });

  test("ends after its time", async () => {
    const settings = { board: { identity: null, sessionMs: 1500 } };
    const server = await startBoard({ settings });
    const browser = await signedInBrowser(server.url, await server.addKey());
    expect((await browser.get("/")).status).toBe(200);
    await expect.poll(async () => (await browser.get("/")).status).toBe(303);
    const refused = await browser.post("/board/add?project=shop-api", { title: "Late" });
    expect(refused.status).toBe(401);
    expect(await refused.text()).toContain("Your session has ended. Nothing was changed.");
    // The next sign-in removes it from the store.
    await signedInBrowser(server.url, await server.addKey());
    const { rows } = await sql`select * from web_sessions`.execute(server.store.db);
    expect(rows).toHaveLength(1);
  });

  test("is known to each server on the same store", async () => {
    const on = await openBoardStore();
    const [one, two] = [await startBoard({ on }), await startBoard({ on })];
    const browser = await signedInBrowser(one.url, await addKey(on.keys, { user: "ada" }));
    const other = formBrowser(two.url, browser.cookies);
    expect(await (await other.get("/")).text()).toContain("ada");
    await other.post("/sign-out", { csrf: await other.csrf() });
    browser.cookies.set("sitrep-session", sessionOf(browser));
    expect((await browser.get("/")).status).toBe(303);
  });

  test("never takes an id that was planted before the sign-in", async () => {
    const server = await startBoard();
    const key = await server.addKey();
    const browser = formBrowser(server.url);
    const planted = "A".repeat(43);
    browser.cookies.set("sitrep-session", planted);
    await browser.post("/sign-in", { key });
    const own = sessionOf(browser);
    expect(own).not.toBe(planted);
    // Signing in again gives a new one, and ends the one before.
    await browser.post("/sign-in", { key });
    expect(sessionOf(browser)).not.toBe(own);
    for (const old of [planted, own]) {
      const thief = formBrowser(server.url, new Map([["sitrep-session", old]]));
      // oxlint-disable-next-line no-await-in-loop -- two
      expect((await thief.get("/")).status).toBe(303);
    }
  });

  test("opens nothing of the API, and a key in a header opens nothing of the board", async () => {
    const server = await startBoard();
    const key = await server.addKey();
    const browser = await signedInBrowser(server.url, key);
    expect((await browser.get("/tasks?project=shop-api")).status).toBe(401);
    const response = await fetch(`${server.url}/`, {
      redirect: "manual",
      headers: { authorization: `Bearer ${key}` },
    });
    expect(response.status).toBe(303);
  });
});

describe("the board of an open server", () => {
  test("needs no key, but refuses requests through a proxy", async () => {
    const server = await startBoard({ settings: { opensTo: "machine" } });
    const browser = await signedInBrowser(server.url, "");
    expect((await browser.get("/")).status).toBe(200);
    expect((await browser.get("/", { "x-forwarded-for": "198.51.100.7" })).status).toBe(303);
  });
});

test.for<[string, string]>([
  ["https://evil.example/", "/"],
  ["//evil.example/board", "/"],
  ["/\\evil.example", "/"],
  ["/\t/evil.example", "/"],
  ["javascript:alert(1)", "/"],
  ["/board/../mcp", "/"],
  ["/sign-out", "/"],
  ["http://127.0.0.1:1/board", "/"],
  ["http://user@127.0.0.1/board", "/"],
  [boardPath({ text: "a b" }), boardPath({ text: "a b" })],
])("a sign-in that came from %s leads to %s", async ([to, expected]) => {
  const server = await startBoard();
  const key = await server.addKey();
  const response = await formBrowser(server.url).post("/sign-in", { key, to });
  expect(response.headers.get("location")).toBe(expected);
});

async function startWithProvider() {
  const provider = await startIdentityProvider();
  provider.tokenClaims = { organization_id: "acme" };
  const audience = "https://tasks.example/mcp";
  const tokens = { ...noTokens, issuer: provider.issuer, audiences: [audience] };
  const identity = {
    issuer: provider.issuer,
    clientId: "board",
    clientSecret: null,
    scope: "openid mcp.tools mcp.resources",
    resource: audience,
  };
  const board = { identity, sessionMs: 60_000 };
  const server = await startBoard({ settings: { tokens, board } });
  /** Goes to the provider and back; gives the callback's address. */
  const callback = async (browser: ReturnType<typeof formBrowser>, to = "/"): Promise<string> => {
    const start = await browser.get(`/sign-in/start?${new URLSearchParams({ to }).toString()}`);
    return (await provider.browser().open(start.headers.get("location") ?? "")) ?? "";
  };
  return { provider, server, callback };
}

describe("a sign-in with the identity provider", () => {
  test("uses a code, PKCE, state and nonce", async () => {
    const { server, callback, provider } = await startWithProvider();
    const browser = formBrowser(server.url);
    const start = await browser.get("/sign-in/start");
    const asked = new URL(start.headers.get("location") ?? "").searchParams;
    expect(Object.fromEntries(asked)).toMatchObject({
      response_type: "code",
      client_id: "board",
      code_challenge_method: "S256",
      state: expect.stringMatching(/^.{20,}$/),
      nonce: expect.stringMatching(/^.{20,}$/),
      resource: "https://tasks.example/mcp",
      redirect_uri: `${server.url}/sign-in/callback`,
    });
    const response = await browser.get(await callback(browser, boardPath()));
    expect([response.status, response.headers.get("location")]).toEqual([303, boardPath()]);
    expect(await (await browser.get("/")).text()).toContain("ana");
    expect(provider.tokenRequests.at(-1)).toMatchObject({
      grant: "authorization_code",
      error: null,
    });
    expect([...browser.cookies.keys()]).toEqual(["sitrep-session"]);
  });

  test("is refused if it answers somebody else's sign-in, and no code is exchanged", async () => {
    const { server, callback, provider } = await startWithProvider();
    const attacker = formBrowser(server.url);
    const planted = await callback(attacker);
    const victim = formBrowser(server.url);
    expect((await victim.get(planted)).status).toBe(401);
    await victim.get("/sign-in/start");
    expect((await victim.get(planted)).status).toBe(401);
    expect(victim.cookies.has("sitrep-session")).toBe(false);
    expect(provider.tokenRequests).toEqual([]);
  });

  test("accepts each callback once", async () => {
    const { server, callback } = await startWithProvider();
    const browser = formBrowser(server.url);
    const address = await callback(browser);
    const cookies = new Map(browser.cookies);
    expect((await browser.get(address)).status).toBe(303);
    expect((await browser.get(address)).status).toBe(401);
    expect((await formBrowser(server.url, cookies).get(address)).status).toBe(401);
  });

  test("reports a denial, and an account without an organization", async () => {
    const { server, callback, provider } = await startWithProvider();
    const browser = formBrowser(server.url);
    provider.person = null;
    expect((await browser.get(await callback(browser))).status).toBe(401);
    provider.person = "ana";
    provider.tokenClaims = {};
    const refused = await browser.get(await callback(browser));
    expect(refused.status).toBe(403);
    expect(await refused.text()).toContain("The token has no organization.");
    expect(browser.cookies.size).toBe(0);
  });

  test("is replaced by a sign-in with a key while the provider is down", async () => {
    const { server, provider } = await startWithProvider();
    await provider.stop();
    const response = await formBrowser(server.url).get("/sign-in/start");
    expect(response.status).toBe(503);
    expect(await response.text()).toContain("sign in with a key");
    await signedInBrowser(server.url, await server.addKey());
  });

  test("refuses guessed callbacks after twenty, before the provider is called", async () => {
    const { server, provider } = await startWithProvider();
    const browser = formBrowser(server.url);
    const statuses = [];
    for (let turn = 0; turn < 21; turn += 1) {
      // oxlint-disable-next-line no-await-in-loop -- they are counted in order
      const start = await browser.get("/sign-in/start");
      const state = new URL(start.headers.get("location") ?? "").searchParams.get("state") ?? "";
      const query = new URLSearchParams({ code: `guess-${turn}`, state, iss: provider.issuer });
      // oxlint-disable-next-line no-await-in-loop
      statuses.push((await browser.get(`/sign-in/callback?${query.toString()}`)).status);
    }
    expect(statuses).toEqual([...Array.from({ length: 20 }, () => 401), 429]);
    expect(provider.tokenRequests).toHaveLength(20);
  });
});
