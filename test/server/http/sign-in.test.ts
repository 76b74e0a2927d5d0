// Signing in: who is let in, and how the others are refused.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import type { CryptoKey } from "jose";
import { describe, expect, onTestFinished, test } from "vitest";
import { hashKey } from "../../../src/server/access/keys.ts";
import { ownIssuer, signToken } from "../../../src/server/access/verify-token.ts";
import { aHolder, noTokens, startOpen, startServing } from "../../support/serving.ts";
import type { ServingSources } from "../../support/serving.ts";
import { bearer, postRpc, rpcAnswer } from "../../support/rpc.ts";

const listTools = (
  serving: ServingSources,
  headers: Record<string, string> = {},
): Promise<Response> => postRpc(serving.url, "tools/list", { headers });

const callTool = (
  serving: ServingSources,
  name: string,
  args: object,
  headers = {},
): Promise<Response> =>
  postRpc(serving.url, "tools/call", { params: { name, arguments: args }, headers });

/** The principal of the last sign-in, as the log names it. */
const lastPrincipal = ({ log }: ServingSources): unknown =>
  log.findLast(({ msg }) => msg === "sign-in")?.["principal"];

/** A server with one key that nobody uses. */
async function startClosed(
  options: Parameters<typeof startServing>[0] = {},
): Promise<ServingSources> {
  const serving = await startServing(options);
  await serving.addKey({ name: "unused" });
  return serving;
}

describe("an API key", () => {
  test("signs its user in, as a bearer token and in X-API-Key", async () => {
    const serving = await startClosed();
    const key = await serving.addKey({ user: "ada", organization: "acme" });
    expect((await listTools(serving, bearer(key))).status).toBe(200);
    expect((await listTools(serving, { "x-api-key": key })).status).toBe(200);
    expect(lastPrincipal(serving)).toBe("ada@acme");
  });

  test.for([
    ["nothing", {}],
    ["an unknown key", bearer("sitrep_unknown")],
    ["an empty bearer token", { authorization: "Bearer " }],
    ["basic authentication", { authorization: "Basic YWRhOnB3" }],
    ["an unknown key with blanks", { "x-api-key": "a b" }],
  ] as const)("is required: a request with %s gets 401 and a challenge", async ([, headers]) => {
    const serving = await startClosed();
    const response = await listTools(serving, headers);
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toMatch(/^Bearer realm="sitrep"/);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(await response.json()).toMatchObject({ status: 401, title: "Unauthorized" });
  });

  test("is refused with the next request after it was revoked", async () => {
    const serving = await startServing();
    const key = await serving.addKey({ name: "laptop" });
    expect((await listTools(serving, bearer(key))).status).toBe(200);
    await serving.keys.revoke("laptop", new Date());
    expect((await listTools(serving, bearer(key))).status).toBe(401);
  });

  test("is neither in the log nor in the store", async () => {
    const serving = await startServing();
    const key = await serving.addKey();
    await listTools(serving, bearer(key));
    await listTools(serving, bearer(`${key}x`));
    expect(serving.logText()).not.toContain(key.slice(7));
    expect(JSON.stringify(await serving.keys.list())).not.toContain(key.slice(7));
  });

  test("is refused if only the start of its hash matches", async () => {
    const serving = await startClosed();
    const key = "given-key-of-somebody-0123456789";
    const hash = hashKey(key);
    const other = hash.slice(0, 16) + hash.slice(16).replaceAll(/[0-9a-f]/g, "0");
    const names = { name: "x", organization: "o", user: "u" };
    const more = { mayActAs: false, inAnyOrganization: false, rateLimit: null, metadata: {} };
    const holder = { ...names, permissions: [], ...more };
    await serving.keys.add([{ ...holder, hash: other }], new Date());
    expect((await listTools(serving, bearer(key))).status).toBe(401);
  });
});

describe("a request without a key", () => {
  test("B16: another user of the machine is refused, also after the last key is revoked", async () => {
    const serving = await startServing();
    expect((await listTools(serving)).status).toBe(401);
    await serving.addKey({ name: "first" });
    expect((await listTools(serving)).status).toBe(401);
    await serving.keys.revoke("first", new Date());
    expect((await listTools(serving)).status).toBe(401);
  });

  test("is served by an open server on this machine, and the log warns about it", async () => {
    const serving = await startOpen();
    expect((await listTools(serving)).status).toBe(200);
    expect((await listTools(serving, bearer("wrong"))).status).toBe(401);
    expect(serving.log[0]).toMatchObject({ authentication: ["none (machine)"] });
    expect(serving.log[1]).toMatchObject({
      level: "warn",
      msg: "Without a key, any user of this machine can read and change every task here.",
    });
  });

  test.for(["x-forwarded-for", "forwarded", "via", "x-real-ip"])(
    "is refused by a server that is open to the machine if it came through a proxy (%s)",
    async (name) => {
      const brought = { [name]: "203.0.113.9" };
      expect((await listTools(await startOpen(), brought)).status).toBe(401);
      const settings = { opensTo: "network" } as const;
      expect((await listTools(await startOpen({ settings }), brought)).status).toBe(200);
    },
  );
});

describe("a request for another user", () => {
  const named = { "x-user-id": "grace", "x-organization-id": "navy" };

  test("is served for the named user if the key has act_as", async () => {
    const serving = await startServing();
    const key = await serving.addKey({ mayActAs: true, inAnyOrganization: true });
    await listTools(serving, { ...bearer(key), ...named });
    expect(lastPrincipal(serving)).toBe("grace@navy");
  });

  test("B17: a key with act_as that names another organization is refused, not served its own", async () => {
    const serving = await startServing();
    const key = await serving.addKey({ mayActAs: true });
    for (const organization of ["navy", ""]) {
      const headers = { ...named, "x-organization-id": organization };
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const response = await listTools(serving, { ...bearer(key), ...headers });
      expect(response.status).toBe(403);
      expect(await response.json()).toMatchObject({ code: "organization-refused" });
    }
    await listTools(serving, { ...bearer(key), ...named, "x-organization-id": "acme" });
    expect(lastPrincipal(serving)).toBe("grace@acme");
  });

  test("is served for the key's own user if the key has no act_as", async () => {
    const serving = await startServing();
    const key = await serving.addKey();
    await listTools(serving, { ...bearer(key), ...named });
    expect(lastPrincipal(serving)).toBe("ada@acme");
  });

  test("is served for the caller if it has a token or no key", async () => {
    const secret = new TextEncoder().encode("s".repeat(32));
    const serving = await startServing({ settings: { tokens: { ...noTokens, secret } } });
    const token = await signToken(
      {
        organization: "acme",
        user: "ada",
        permissions: ["tools"],
        audience: ownIssuer,
        lifeSeconds: 60,
      },
      secret,
      new Date(),
    );
    await listTools(serving, { ...bearer(token), ...named });
    expect(lastPrincipal(serving)).toBe("ada@acme");
    const open = await startOpen();
    await listTools(open, named);
    expect(lastPrincipal(open)).toBe("local@");
  });
});

interface Issuer {
  url: string;
  /** How often its keys were fetched. */
  asked: () => number;
  privateKey: CryptoKey;
  publicKey: CryptoKey;
}

/** An issuer with metadata and one key. `host`: the host name of its keys in the metadata. */
async function startIssuer(host = "127.0.0.1"): Promise<Issuer> {
  let asked = 0;
  const { privateKey, publicKey } = await generateKeyPair("RS256", { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: "one", alg: "RS256", use: "sig" };
  const server = createServer((request, response) => {
    const isForKeys = request.url?.endsWith("/jwks") ?? false;
    if (isForKeys) asked += 1;
    const body = isForKeys
      ? { keys: [jwk] }
      : { issuer: url, jwks_uri: `${url.replace("127.0.0.1", host)}/jwks` };
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/realms/team`;
  onTestFinished(() => void server.close());
  return { url, asked: () => asked, privateKey, publicKey };
}

const audience = "https://tasks.example/mcp";
const claims = { organization_id: "acme", scope: "openid mcp.tools" };

const draft = (issuer: Issuer, more: object = claims, alg = "RS256"): SignJWT =>
  new SignJWT({ ...more })
    .setProtectedHeader({ alg, kid: "one", typ: "at+jwt" })
    .setIssuer(issuer.url)
    .setAudience(audience)
    .setSubject("ada")
    .setExpirationTime("5 minutes");

async function startWithIssuer(
  host?: string,
): Promise<{ serving: ServingSources; issuer: Issuer }> {
  const issuer = await startIssuer(host);
  const tokens = { ...noTokens, issuer: issuer.url, audiences: [audience] };
  return { issuer, serving: await startServing({ settings: { tokens } }) };
}

describe("an issuer's token", () => {
  test("gives permissions by its scopes and permission claims", async () => {
    const { serving, issuer } = await startWithIssuer();
    const token = await draft(issuer).sign(issuer.privateKey);
    expect((await listTools(serving, bearer(token))).status).toBe(200);
    expect(lastPrincipal(serving)).toBe("ada@acme");
    const args = { project_id: "shop-api" };
    const allowed = await callTool(serving, "get_next_task", args, bearer(token));
    expect((await rpcAnswer(allowed))["result"]).not.toHaveProperty("isError");
    const narrow = { organization_id: "acme", scope: "openid", permissions: ["list_tasks"] };
    const other = await draft(issuer, narrow).sign(issuer.privateKey);
    const refused = await callTool(serving, "get_next_task", args, bearer(other));
    expect((await rpcAnswer(refused))["result"]).toMatchObject({ isError: true });
    const listed = await callTool(serving, "list_tasks", args, bearer(other));
    expect((await rpcAnswer(listed))["result"]).not.toHaveProperty("isError");
  });

  test("is not trusted if the issuer's keys come from another origin without TLS", async () => {
    // This machine too, but not by a loopback name.
    const { serving, issuer } = await startWithIssuer("[::ffff:127.0.0.1]");
    const token = await draft(issuer).sign(issuer.privateKey);
    expect((await listTools(serving, bearer(token))).status).toBe(503);
    expect(issuer.asked()).toBe(0);
  });

  const wrong: Record<string, (issuer: Issuer) => Promise<string> | string> = {
    "that has expired": (issuer) =>
      draft(issuer).setExpirationTime("-1 minute").sign(issuer.privateKey),
    "that never expires": (issuer) =>
      new SignJWT({ ...claims })
        .setProtectedHeader({ alg: "RS256", kid: "one" })
        .setIssuer(issuer.url)
        .setAudience(audience)
        .setSubject("ada")
        .sign(issuer.privateKey),
    "for another audience": (issuer) =>
      draft(issuer).setAudience("https://other.example").sign(issuer.privateKey),
    "without an audience": (issuer) =>
      new SignJWT({ ...claims })
        .setProtectedHeader({ alg: "RS256", kid: "one" })
        .setIssuer(issuer.url)
        .setSubject("ada")
        .setExpirationTime("5 minutes")
        .sign(issuer.privateKey),
    "of another issuer": (issuer) =>
      draft(issuer).setIssuer("https://other.example").sign(issuer.privateKey),
    "of another key": async (issuer) =>
      draft(issuer).sign((await generateKeyPair("RS256")).privateKey),
    "without a user": (issuer) => draft(issuer).setSubject("").sign(issuer.privateKey),
    "without an organization": (issuer) =>
      draft(issuer, { scope: "mcp.tools" }).sign(issuer.privateKey),
    "with alg none": (issuer) =>
      new UnsecuredJWT({ ...claims })
        .setIssuer(issuer.url)
        .setAudience(audience)
        .setSubject("ada")
        .setExpirationTime("5 minutes")
        .encode(),
    "signed by HS256 with the public key": async (issuer) =>
      draft(issuer, claims, "HS256").sign(
        new TextEncoder().encode(await exportSPKI(issuer.publicKey)),
      ),
  };
  test.for(Object.entries(wrong))("is refused: %s", async ([, make]) => {
    const { serving, issuer } = await startWithIssuer();
    const response = await listTools(serving, bearer(await make(issuer)));
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toContain('error="invalid_token"');
    expect(serving.log.at(-1)).toMatchObject({ msg: "sign-in refused", code: "sign-in-refused" });
  });

  test("a 401 points to the resource's metadata, which names the issuer", async () => {
    const { serving, issuer } = await startWithIssuer();
    const response = await listTools(serving);
    const [, place] =
      /resource_metadata="([^"]+)"/.exec(response.headers.get("www-authenticate") ?? "") ?? [];
    expect(place).toBe(`${serving.url}/.well-known/oauth-protected-resource/mcp`);
    expect(await (await fetch(place ?? "")).json()).toMatchObject({
      resource: `${serving.url}/mcp`,
      authorization_servers: [issuer.url],
      scopes_supported: ["mcp.tools", "mcp.resources", "mcp.admin"],
    });
  });

  test("gets a 503, not a 401, if the issuer cannot be reached", async () => {
    const tokens = { ...noTokens, issuer: "http://127.0.0.1:1/realms/team", audiences: [audience] };
    const serving = await startServing({ settings: { tokens } });
    const issuer = { ...(await startIssuer()), url: tokens.issuer };
    const token = await draft(issuer).sign(issuer.privateKey);
    const response = await listTools(serving, bearer(token));
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("5");
  });
});

describe("a token that the server signs itself", () => {
  const secret = new TextEncoder().encode("s".repeat(32));
  const token = {
    organization: "acme",
    user: "ada",
    permissions: ["tools"],
    audience: ownIssuer,
    lifeSeconds: 3600,
  };
  const start = (): Promise<ServingSources> =>
    startServing({ settings: { tokens: { ...noTokens, secret } } });

  test("is valid for an hour", async () => {
    const serving = await start();
    const now = Date.now();
    const fresh = await signToken(token, secret, new Date(now - 3590 * 1000));
    const old = await signToken(token, secret, new Date(now - 3610 * 1000));
    expect((await listTools(serving, bearer(fresh))).status).toBe(200);
    expect((await listTools(serving, bearer(old))).status).toBe(401);
  });

  test("is refused with another secret", async () => {
    const serving = await start();
    const other = await signToken(token, new TextEncoder().encode("t".repeat(32)), new Date());
    expect((await listTools(serving, bearer(other))).status).toBe(401);
  });

  test("is refused without a secret", async () => {
    const serving = await startClosed();
    const good = await signToken(token, secret, new Date());
    expect((await listTools(serving, bearer(good))).status).toBe(401);
  });

  test("is refused with another algorithm for the same secret", async () => {
    const serving = await start();
    const long = new TextEncoder().encode("s".repeat(64));
    const other = await startServing({ settings: { tokens: { ...noTokens, secret: long } } });
    const signed = await new SignJWT({ organization_id: "acme" })
      .setProtectedHeader({ alg: "HS512" })
      .setIssuer(ownIssuer)
      .setAudience(ownIssuer)
      .setSubject("ada")
      .setExpirationTime("5 minutes")
      .sign(long);
    expect((await listTools(serving, bearer(signed))).status).toBe(401);
    expect((await listTools(other, bearer(signed))).status).toBe(401);
  });
});

describe("the limit of requests", () => {
  test("allows a principal its number a minute, and 20 more as a burst", async () => {
    const serving = await startServing({ settings: { requestsPerMinute: 10 } });
    const ada = await serving.addKey({ user: "ada" });
    const grace = await serving.addKey({ user: "grace" });
    const statuses: number[] = [];
    for (let time = 0; time < 31; time += 1) {
      // oxlint-disable-next-line no-await-in-loop -- in a row
      statuses.push((await listTools(serving, bearer(ada))).status);
    }
    expect(statuses).toEqual([...Array.from({ length: 30 }, () => 200), 429]);
    const refused = await listTools(serving, bearer(ada));
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(Number(refused.headers.get("retry-after"))).toBeLessThanOrEqual(60);
    expect((await listTools(serving, bearer(grace))).status).toBe(200);
  });

  test("of a key replaces the server's", async () => {
    const serving = await startServing({ settings: { requestsPerMinute: 1000 } });
    const limited = await serving.addKey({ rateLimit: { requests: 2, seconds: 3600 } });
    const other = await serving.addKey();
    const statuses: number[] = [];
    for (let time = 0; time < 3; time += 1) {
      // oxlint-disable-next-line no-await-in-loop -- in a row
      statuses.push((await listTools(serving, bearer(limited))).status);
    }
    expect(statuses).toEqual([200, 200, 429]);
    const { headers } = await listTools(serving, bearer(limited));
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(60);
    expect((await listTools(serving, bearer(other))).status).toBe(200);
  });

  test("counts each message of a batch", async () => {
    const serving = await startServing({ settings: { requestsPerMinute: 10 } });
    const key = await serving.addKey();
    const ping = (id: number): object => ({ jsonrpc: "2.0", id, method: "ping" });
    const batch = JSON.stringify(Array.from({ length: 31 }, (_, index) => ping(index)));
    const headers = {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
    };
    const response = await fetch(`${serving.url}/mcp`, {
      method: "POST",
      headers: { ...headers, ...bearer(key) },
      body: batch,
    });
    expect(response.status).toBe(429);
  });

  test("B20: wrong keys from an address get 429, and good keys still work", async () => {
    const serving = await startServing();
    const [before, after] = [await serving.addKey(), await serving.addKey()];
    expect((await listTools(serving, bearer(before))).status).toBe(200);
    const statuses: number[] = [];
    for (let time = 0; time < 21; time += 1) {
      // oxlint-disable-next-line no-await-in-loop -- in a row
      statuses.push((await listTools(serving, bearer(`guess-${"x".repeat(40)}-${time}`))).status);
    }
    expect(statuses).toEqual([...Array.from({ length: 20 }, () => 401), 429]);
    expect((await listTools(serving, bearer(after))).status).toBe(200);
    expect((await listTools(serving, bearer(before))).status).toBe(200);
    const refused = await listTools(serving, bearer(`sitrep_${"y".repeat(43)}`));
    expect(refused.headers.get("retry-after")).not.toBeNull();
  });

  test("delays a short key by a second after many failures", async () => {
    const serving = await startServing();
    const short = "old-key";
    await serving.addKey();
    await serving.keys.add([{ ...aHolder({ name: "old" }), hash: hashKey(short) }], new Date());
    for (let time = 0; time < 20; time += 1) {
      // oxlint-disable-next-line no-await-in-loop -- in a row
      await listTools(serving, bearer(`guess-${time}`));
    }
    const started = performance.now();
    expect((await listTools(serving, bearer(short))).status).toBe(200);
    expect(performance.now() - started).toBeGreaterThan(990);
  });
});
