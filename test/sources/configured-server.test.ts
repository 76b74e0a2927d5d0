// How a configured source is reached, before anything is contacted.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Config } from "../../src/config/schema.ts";
import { SourceConfig } from "../../src/config/source-config.ts";
import {
  configuredServer,
  connectSource,
  openConfigured,
} from "../../src/sources/configured-server.ts";
import { createSourceContext } from "../../src/sources/credentials.ts";
import { speaksMcp } from "../../src/sources/server-address.ts";
import { triesAll } from "../support/cases.ts";
import { temporaryFolder } from "../support/temporary.ts";

const scope = { path: "/shop-api", name: "shop-api" };
const url = "https://tasks.example";

function addressOf(source: Record<string, unknown>) {
  const folder = temporaryFolder();
  const files = {
    secrets: folder,
    tokens: folder,
    signIns: folder,
    serverKeys: join(folder, "server-keys"),
    state: folder,
    installation: join(folder, "i.json"),
  };
  const context = createSourceContext(files, Config.parse({}), null, null);
  const config = SourceConfig.parse({ name: "team", ...source });
  return { server: configuredServer(config, scope, context), config, context, files };
}

describe("manage_task", () => {
  test.each([
    ["REST at an address", { url }, false],
    ["MCP where a transport is named", { url, transport: "sse" }, true],
    ["MCP at the address of a socket", { url: "wss://tasks.example" }, true],
    ["MCP by a program", { command: "tasks" }, true],
  ])("manage_task speaks %s", (_, place, expected) => {
    expect(speaksMcp(addressOf({ type: "manage-task", ...place }).server)).toBe(expected);
  });
});

describe("the subject of a source", () => {
  const oidc = { type: "oidc", issuer: url, clientId: "robot", secret: "${env:SECRET}" };
  test.each([
    ["nobody who is known", {}, ""],
    ["the user who is configured", { with: { userId: "ana" } }, "ana"],
    ["the service account", { auth: oidc }, "robot"],
  ])("is %s", (_, source, expected) => {
    const { server } = addressOf({ type: "tickets", url, ...source });
    expect(server.subject()).toBe(expected);
  });
});

test("a source's settings change its policy, and the general limit of requests applies", () => {
  const place = { type: "manage-task", url };
  expect(addressOf({ ...place, timeoutSeconds: 40, retries: 1 }).server.policy).toMatchObject({
    tryTimeoutMs: 40_000,
    deadlineMs: 40_000,
    retryDelaysMs: [100],
    requestsPerMinute: 100,
  });
  expect(addressOf(place).server.policy).toMatchObject({
    tryTimeoutMs: 5000,
    deadlineMs: 25_000,
    retryDelaysMs: [100, 200, 400],
  });
});

test("connecting may take ten seconds, or the time of one call if that is longer", () => {
  const within = (timeoutSeconds?: number) =>
    addressOf({ type: "mcp", url, preset: "linear", ...(timeoutSeconds && { timeoutSeconds }) })
      .server.connect.connectTimeoutMs;
  expect([within(), within(2), within(40)]).toEqual([10_000, 10_000, 40_000]);
});

test.runIf(triesAll)(
  "a server that needs eleven seconds to start is awaited if its timeout allows it",
  async () => {
    const file = join(import.meta.dirname, "../support/mcp/stdio-v1.ts");
    const args = ["-e", `setTimeout(() => import(${JSON.stringify(file)}), 11_000)`];
    const place = { command: process.execPath, args, cwd: import.meta.dirname };
    const mapping = { list: { tool: "list_tasks", tasks: "tasks" } };
    const { config, context } = addressOf({ type: "mcp", mapping, timeoutSeconds: 30, ...place });
    await using connection = await connectSource(config, scope, context);
    expect((await connection.listTools()).length).toBeGreaterThan(0);
  },
);

describe("the environment of a program", () => {
  const seen = (env: Record<string, string> | null, installed: Record<string, string> = {}) => {
    const { config, files } = addressOf({
      type: "mcp",
      preset: "linear",
      command: process.execPath,
    });
    writeFileSync(
      files.installation,
      JSON.stringify({ version: "1", folder: "/", node: "/node", env: installed }),
    );
    const context = createSourceContext(files, Config.parse({}), env, null);
    return configuredServer(config, scope, context).program?.().env;
  };
  const network = { HTTPS_PROXY: "http://proxy.acme:3128", no_proxy: "localhost" };
  const authorities = { NODE_EXTRA_CA_CERTS: "/etc/acme.pem", SSL_CERT_FILE: "/etc/acme.pem" };

  test("has the proxies and certificate authorities of the person's environment, and nothing else", () => {
    const others = { PATH: "/bin", API_KEY: "canary", NODE_OPTIONS: "--x", SSL_CERT_DIR: "certs" };
    const env = { ...network, ...authorities, ...others, HTTP_PROXY: "http://ana:canary@proxy" };
    expect(seen(env)).toEqual({
      ...network,
      ...authorities,
      PATH: expect.any(String),
    });
  });

  test("has the installation's proxies and authorities without a person's environment", () => {
    expect(seen(null, { ...network, PATH: "/bin" })).toEqual({
      ...network,
      PATH: expect.any(String),
    });
  });

  test("can be overridden by the program's own variables", () => {
    const own = { HTTPS_PROXY: "http://own:1" };
    const command = process.execPath;
    const { config, files } = addressOf({ type: "mcp", preset: "linear", command, env: own });
    const context = createSourceContext(files, Config.parse({}), network, null);
    expect(configuredServer(config, scope, context).program?.().env).toMatchObject(own);
  });
});

test("an invalid mapping is refused before the server is called", () => {
  const source = { type: "mcp", url, mapping: { list: { tool: "list", tasks: "$[" } } };
  const { config, context } = addressOf(source);
  expect(() => openConfigured(config, scope, context)).toThrow(
    expect.objectContaining({ code: "config-invalid" }),
  );
});
