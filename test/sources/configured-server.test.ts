// How a configured source is reached, before anything is contacted.

import { describe, expect, test } from "vitest";
import { Config } from "../../src/config/schema.ts";
import { SourceConfig } from "../../src/config/source-config.ts";
import { configuredServer, openConfigured } from "../../src/sources/configured-server.ts";
import { sourceContextOf } from "../../src/sources/credentials.ts";
import { speaksMcp } from "../../src/sources/server-address.ts";
import { temporaryFolder } from "../support/temporary.ts";

const scope = { path: "/shop-api", name: "shop-api" };
const url = "https://tasks.example";

function addressOf(source: Record<string, unknown>) {
  const folder = temporaryFolder();
  const files = { secrets: folder, tokens: folder, signIns: folder };
  const context = sourceContextOf(files, Config.parse({}), null, null);
  const config = SourceConfig.parse({ name: "team", ...source });
  return { server: configuredServer(config, scope, context), config, context };
}

describe("manage_task", () => {
  test.each([
    ["REST at an address", { url }, false],
    ["MCP where a transport is named", { url, transport: "sse" }, true],
    ["MCP at the address of a socket", { url: "wss://tasks.example" }, true],
    ["MCP by a program", { command: "tasks" }, true],
  ])("is %s", (_, place, expected) => {
    expect(speaksMcp(addressOf({ type: "manage-task", ...place }).server)).toBe(expected);
  });
});

describe("who asks", () => {
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

test("the settings of a source change its policy, and those of everybody limit it", () => {
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

test("a mapping is checked before anything is asked", () => {
  const source = { type: "mcp", url, mapping: { list: { tool: "list", tasks: "$[" } } };
  const { config, context } = addressOf(source);
  expect(() => openConfigured(config, scope, context)).toThrow(
    expect.objectContaining({ code: "config-invalid" }),
  );
});
