import { mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { keptEnvironment, readInstallation } from "../../src/config/installation.ts";
import type { Installation } from "../../src/config/installation.ts";
import { makeFifo } from "../support/settings-machine.ts";
import { runProgram } from "../support/settings-processes.ts";
import { temporaryFolder } from "../support/temporary.ts";

const anInstallation = (overrides: Partial<Installation> = {}): Installation => ({
  version: "0.1.0",
  folder: "/home/ana/.local/share/sitrep/versions/0.1.0-01234567",
  node: "/usr/bin/node",
  git: "/usr/bin/git",
  env: { HOME: "/home/ana", PATH: "/usr/bin:/bin" },
  ...overrides,
});
const fileWith = (text: string): string => {
  const file = join(temporaryFolder(), "installation.json");
  writeFileSync(file, text);
  return file;
};

describe("the record of an installation", () => {
  test.each([
    ["as it is", anInstallation()],
    ["without git", anInstallation({ git: null })],
    ["without an environment", anInstallation({ env: {} })],
    ["with odd paths", anInstallation({ folder: '/home/"ana"\n$x/é', node: "/opt/my node" })],
  ])("is read back %s", (_what, installation) => {
    const text = `${JSON.stringify(installation, null, 2)}\n`;
    expect(readInstallation(fileWith(text))).toEqual(installation);
  });

  test("ignores unknown fields, and variables that are not strings", () => {
    const env = { HOME: "/home/ana", A: 1, B: null, C: ["x"] };
    const text = JSON.stringify({ ...anInstallation(), env, later: true, git: 5 });
    expect(readInstallation(fileWith(text))).toEqual(
      anInstallation({ env: { HOME: "/home/ana" }, git: null }),
    );
  });

  test.each([
    ["empty", ""],
    ["cut off", JSON.stringify(anInstallation()).slice(0, -5)],
    ["an array", "[]"],
    ["null", "null"],
    ["without a version", JSON.stringify({ ...anInstallation(), version: undefined })],
    ["without a folder", JSON.stringify({ ...anInstallation(), folder: null })],
    ["with a Node that is not a string", JSON.stringify({ ...anInstallation(), node: 1 })],
    ["zero bytes", "\0".repeat(300)],
  ])("is null when it is %s", (_what, text) => {
    expect(readInstallation(fileWith(text))).toBeNull();
  });

  test("is null when it is missing, a folder or far too large", () => {
    const folder = temporaryFolder();
    expect(readInstallation(join(folder, "missing"))).toBeNull();
    mkdirSync(join(folder, "folder"));
    expect(readInstallation(join(folder, "folder"))).toBeNull();
    const large = fileWith("{");
    truncateSync(large, 1024 * 1024 * 1024);
    expect(readInstallation(large)).toBeNull();
  });

  test("A14: the record of an installation is null when it is a FIFO, without waiting", (context) => {
    const file = join(temporaryFolder(), "installation.json");
    makeFifo(context, file);
    expect(runProgram("read-installation", [file])).toEqual({ code: "ok", value: null });
  });
});

describe("A12: the monitor's environment", () => {
  test("has the PATH without the cache that npx prepends", () => {
    const PATH = "/home/ana/.npm/_npx/0a1b/node_modules/.bin:/usr/local/bin:/usr/bin";
    expect(keptEnvironment({ PATH })).toEqual({ PATH: "/usr/local/bin:/usr/bin" });
  });

  test("has folders, language, time zone and Sitrep's own settings", () => {
    const env = {
      HOME: "/home/ana",
      PATH: "/usr/bin",
      LANG: "de_DE.UTF-8",
      LC_ALL: "C",
      TZ: "Europe/Berlin",
      TMPDIR: "/tmp",
      XDG_STATE_HOME: "/s",
      SITREP_HOME: "/own",
      SITREP_LOG_LEVEL: "debug",
      TASK_CACHE_TTL: "60",
    };
    expect(keptEnvironment(env)).toEqual(env);
  });

  test("has the person's certificate authorities if their path is absolute", () => {
    const env = { NODE_EXTRA_CA_CERTS: "/etc/acme/ca.pem" };
    expect(keptEnvironment(env)).toEqual(env);
    for (const relative of ["ca.pem", "./ca.pem", "../ca.pem", "~/ca.pem"]) {
      expect(keptEnvironment({ NODE_EXTRA_CA_CERTS: relative })).toEqual({});
    }
  });

  test("has the person's proxies, unless they contain a password", () => {
    const env = { HTTPS_PROXY: "http://proxy:3128", no_proxy: "localhost,@acme" };
    expect(keptEnvironment({ ...env, http_proxy: "http://ana:secret@proxy:3128" })).toEqual(env);
  });

  test("has nothing else: no secrets, and nothing that changes how programs run", () => {
    const others = [
      "ANTHROPIC_API_KEY",
      "CLAUDE_CODE_MESSAGING_TOKEN",
      "CLAUDE_CODE_SESSION_ID",
      "TASK_TRACKING_API_KEY",
      "KEYCLOAK_CLIENT_SECRET",
      "AWS_SECRET_ACCESS_KEY",
      "GITHUB_TOKEN",
      "SSH_AUTH_SOCK",
      "NODE_OPTIONS",
      "NODE_PATH",
      "LD_PRELOAD",
      "DYLD_INSERT_LIBRARIES",
      "GIT_DIR",
      "GIT_SSH_COMMAND",
      "BASH_ENV",
      "SHELLOPTS",
      "SITREP_OFF",
      "home",
      "PATHS",
      "__proto__",
    ];
    const env = Object.fromEntries([["HOME", "/home/ana"], ...others.map((name) => [name, "x"])]);
    expect(Object.entries(keptEnvironment(env))).toEqual([["HOME", "/home/ana"]]);
  });

  test("has no empty variable", () => {
    expect(keptEnvironment({ HOME: "", PATH: undefined, TZ: "UTC" })).toEqual({ TZ: "UTC" });
  });
});
