import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  environmentSources,
  keepSources,
  readKeptSources,
} from "../../src/config/environment-sources.ts";
import { failureOf } from "../support/settings-entries.ts";
import { temporaryFolder } from "../support/temporary.ts";

const only = (env: Record<string, string>) => environmentSources(env)[0];

describe("the variables of a server", () => {
  test("name no source when they are missing or empty", () => {
    expect(environmentSources({ MCP_TRANSPORT: "http", TASK_TRACKING_API_KEY: "x" })).toEqual([]);
    expect(environmentSources({ MCP_SERVER_URL: " " })).toEqual([]);
  });

  test.each([
    [{ MCP_SERVER_URL: "https://a.example/mcp" }, { transport: "http" }, false],
    [{ MCP_SERVER_URL: "https://a.example/x", MCP_TRANSPORT: "sse" }, { transport: "sse" }, false],
    [
      { MCP_SERVER_URL: "wss://a.example" },
      { transport: "websocket", url: "wss://a.example/" },
      false,
    ],
    [{ MCP_SERVER_URL: "https://a.example" }, { url: "https://a.example/mcp" }, true],
    [
      { MCP_SERVER_URL: "https://a.example/mcp", MCP_TIMEOUT: "7", MCP_SERVER_TIMEOUT: "9" },
      { timeoutSeconds: 7 },
      false,
    ],
    [
      { MCP_SERVER_URL: "https://a.example/mcp", MCP_SERVER_TIMEOUT: "9", MCP_RETRY_ATTEMPTS: "1" },
      { timeoutSeconds: 9, retries: 1 },
      false,
    ],
  ])("%j", (env, config, mustProbe) => {
    expect(only(env)).toMatchObject({ config: { name: "mcp-server", ...config }, mustProbe });
  });

  test("name REST services and a reference to their secret, never the secret", () => {
    const env = {
      TASK_TRACKING_URL: "http://localhost:8080",
      TASK_TRACKING_API_KEY: "canary",
      API_BASE_URL: "https://tickets.example",
      FASTMCP_TOKEN: "canary",
    };
    const found = environmentSources(env);
    expect(found.map(({ config }) => [config.type, config.auth?.secret])).toEqual([
      ["task-tracking", "${env:TASK_TRACKING_API_KEY}"],
      ["tickets", "${env:FASTMCP_TOKEN}"],
    ]);
    expect(JSON.stringify(found)).not.toContain("canary");
  });

  test.each([
    ["MCP_SERVER_URL", "tasks"],
    ["MCP_SERVER_URL", "ftp://a.example/x"],
    ["MCP_TRANSPORT", "stdio"],
    ["MCP_TIMEOUT", "abc"],
    ["MCP_TIMEOUT", "-1"],
    ["MCP_TIMEOUT", "0"],
    ["MCP_SERVER_TIMEOUT", "601"],
    ["MCP_RETRY_ATTEMPTS", "1.5"],
    ["TASK_TRACKING_URL", "localhost:8080/x y"],
    ["API_BASE_URL", "//"],
  ])("an invalid %s is an error that names it: %s", (name, value) => {
    const env = { MCP_SERVER_URL: "https://a.example/mcp", [name]: value };
    const { code, message } = failureOf(() => environmentSources(env));
    expect(code).toBe("config-invalid");
    expect(message).toMatch(new RegExp(`^${name} must be .*, not "`));
    expect(message).toContain(value);
  });
});

test("a source from variables is kept until another of its name replaces it", () => {
  const file = join(temporaryFolder(), "kept.json");
  expect(readKeptSources(file)).toEqual([]);
  const sources = (url: string) =>
    environmentSources({ TASK_TRACKING_URL: url }).map(({ config }) => config);
  keepSources(file, sources("https://a.example"));
  keepSources(
    file,
    environmentSources({ API_BASE_URL: "https://t.example" }).map((one) => one.config),
  );
  keepSources(file, sources("https://b.example"));
  keepSources(file, []);
  expect(readKeptSources(file).map(({ url }) => url)).toEqual([
    "https://t.example/",
    "https://b.example/",
  ]);
});
