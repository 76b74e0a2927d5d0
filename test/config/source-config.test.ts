import { describe, expect, test } from "vitest";
import { issueText } from "../../src/core/read.ts";
import { insecureBecause, sourceOrigin } from "../../src/config/source-address.ts";
import { SourceConfig } from "../../src/config/source-config.ts";

const linear = { name: "linear", type: "mcp", url: "https://mcp.linear.app/mcp", preset: "linear" };

/** What is wrong, or null. */
function mistakeIn(value: unknown): string | null {
  const result = SourceConfig.safeParse(value);
  return result.success ? null : issueText(result.error);
}

describe("a source in the configuration", () => {
  test("has defaults for settings that are not set", () => {
    expect(SourceConfig.parse(linear)).toEqual({
      ...linear,
      enabled: true,
      fallback: false,
      args: [],
      env: {},
      with: {},
    });
  });

  test.each([
    [{ ...linear, color: "red" }, '"color"'],
    [{ ...linear, name: "Linear!" }, "name: must be at most 40 lowercase letters"],
    [{ ...linear, name: "../etc" }, "name:"],
    [{ ...linear, url: "ftp://a.example" }, "url: is not an http:"],
    [{ ...linear, url: undefined }, 'url: give either "url" or "command"'],
    [{ ...linear, command: "linear-mcp" }, 'url: give either "url" or "command"'],
    [{ ...linear, preset: undefined }, 'preset: give a "preset" or a "mapping"'],
    [{ ...linear, transport: "stdio" }, "command: is missing for stdio"],
    [
      { ...linear, auth: { type: "bearer", secret: "lin_api_5f2c" } },
      "auth.secret: must be a reference",
    ],
    [{ ...linear, auth: { type: "header", header: "a b", secret: "${env:X}" } }, "auth.header"],
    [
      { ...linear, auth: { type: "login", issuer: "https://id.example/\u001B[2J" } },
      "auth.issuer: is not the https: address",
    ],
    [
      { name: "t", type: "manage-task", command: "x", env: { GITHUB_TOKEN: "ghp_5f2c" } },
      'env.GITHUB_TOKEN: a secret must be a reference: "${env:GITHUB_TOKEN}"',
    ],
    [{ ...linear, timeoutSeconds: 0 }, "timeoutSeconds"],
    [{ ...linear, mapping: { list: {} } }, "mapping.list.tool"],
    [{ name: "t", type: "tickets" }, "url: is missing"],
    [{ name: "t", type: "task-tracking", url: "https://a.example", command: "x" }, "command:"],
    [{ name: "t", type: "embedded", url: "https://a.example" }, "url:"],
    [{ ...linear, type: "task-tracking" }, 'preset: "task-tracking" sources do not'],
    [
      { ...linear, preset: undefined, type: "tickets", transport: "http" },
      `transport: "tickets" sources do not use it`,
    ],
    [
      { name: "t", type: "manage-task", command: "x", mapping: { list: { tool: "l" } } },
      "mapping:",
    ],
    [{ name: "t", type: "embedded", retries: 2 }, `retries: "embedded" sources do not use it`],
    [{ ...linear, env: { REGION: "eu" } }, 'env: needs a "command"'],
    [{ ...linear, args: ["x"] }, 'args: needs a "command"'],
    [
      { name: "t", type: "manage-task", command: "x", auth: { type: "login" } },
      'auth: pass secrets to a "command" in "env"',
    ],
  ])("is an error that names the setting: %j", (value, words) => {
    expect(mistakeIn(JSON.parse(JSON.stringify(value)))).toContain(words);
  });

  test.each([
    [{ name: "t", type: "tickets", url: "https://a.example" }],
    [{ name: "t", type: "manage-task", command: "x" }],
    [{ name: "t", type: "mcp", command: "x", mapping: { list: { tool: "list", tasks: "$" } } }],
    [{ name: "t", type: "embedded", enabled: false }],
    [{ ...linear, auth: { type: "bearer", secret: "${file:/home/ana/.linear}" } }],
    [
      {
        name: "t",
        type: "manage-task",
        command: "x",
        env: { GITHUB_TOKEN: "${env:GITHUB_TOKEN}", MAX_TOKEN: "4096", PROJECT_KEY: "SHOP" },
      },
    ],
  ])("is accepted: %j", (value) => {
    expect(mistakeIn(value)).toBeNull();
  });
});

describe("the program of a list in files", () => {
  const beads = { name: "beads", type: "file", kind: "beads", path: ".beads" };
  const wrongSetting = (value: object) =>
    SourceConfig.safeParse({ ...beads, ...value }).error?.issues[0]?.path[0];

  test("is given as the absolute path of bd", () => {
    expect(wrongSetting({ command: "/usr/bin/bd" })).toBeUndefined();
    expect(wrongSetting({ command: "bd" })).toBe("command");
    expect(wrongSetting({ command: "./bd" })).toBe("command");
    expect(wrongSetting({ kind: "todo.md", command: "/usr/bin/bd" })).toBe("command");
    expect(wrongSetting({ command: "/usr/bin/bd", args: ["close"] })).toBe("args");
    expect(wrongSetting({ command: "/usr/bin/bd", env: { A: "1" } })).toBe("env");
  });

  test("is what the source's responses are bound to, in every working tree", () => {
    const source = SourceConfig.parse({ ...beads, command: "/usr/bin/bd" });
    expect(sourceOrigin(source)).toBe('stdio:["/usr/bin/bd"]');
  });
});

test("A34: a source's responses and secrets are bound to its origin or its program", () => {
  const at = (value: object) => sourceOrigin(SourceConfig.parse({ ...linear, ...value }));
  expect(at({})).toBe("https://mcp.linear.app");
  expect(at({ url: "https://mcp.linear.app:8443/sse" })).toBe("https://mcp.linear.app:8443");
  const program = { name: "t", type: "manage-task", command: "x", args: ["--board", "1"] };
  expect(sourceOrigin(SourceConfig.parse(program))).toBe('stdio:["x","--board","1"]');
});

describe("A26: an address without TLS", () => {
  test.each([
    "http://localhost:8000/mcp",
    "http://127.0.0.1/mcp",
    "ws://127.1.2.3/mcp",
    "http://[::1]:1/mcp",
    "https://tasks.example/mcp",
    "wss://tasks.example",
  ])("%s may be contacted", (url) => {
    expect(insecureBecause(url, [])).toBeNull();
  });

  test.each([
    "http://tasks.example/mcp",
    "ws://tasks.example/mcp",
    "http://localhost.evil.example/mcp",
    "http://127.0.0.1.evil.example/mcp",
    "http://169.254.169.254/latest",
    "http://[::2]/mcp",
    "https://ana:secret@tasks.example/mcp",
  ])("%s may not be contacted", (url) => {
    expect(insecureBecause(url, [])).not.toBeNull();
  });

  test("may be contacted only at a host that the user names", () => {
    expect(insecureBecause("http://tasks.lan/mcp", ["tasks.lan"])).toBeNull();
    expect(insecureBecause("http://tasks.lan.example/mcp", ["tasks.lan"])).not.toBeNull();
  });
});
