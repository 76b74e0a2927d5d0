import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createHookSettings, loadConfig } from "../../src/config/config-file.ts";
import { gitIdentity } from "../../src/config/git-identity.ts";
import type { Environment } from "../../src/config/folders.ts";
import type { Config } from "../../src/config/schema.ts";
import { maxBriefLength, shortestBrief } from "../../src/core/brief/options.ts";
import { allNews, defaultHookSettings } from "../../src/core/hook-settings.ts";
import { noGuards } from "../../src/core/guards.ts";
import { failureOf } from "../support/settings-entries.ts";
import { temporaryFolder } from "../support/temporary.ts";

const defaults: Config = {
  brief: {
    maxCharacters: 2000,
    maxTasks: 5,
    sections: ["next", "tasks", "git", "sessions", "handoff", "since"],
    style: "plain",
  },
  news: allNews,
  guards: noGuards,
  me: [],
  projects: {},
  tasks: { freshSeconds: 900, expireSeconds: 604_800, fallback: "cache_then_skip" },
  sources: [],
  requestsPerMinute: 100,
  allowInsecureHosts: [],
  tokens: { renewBeforeSeconds: 60 },
  git: { freshSeconds: 300 },
  cache: { entrySeconds: 3600 },
  refresh: { schedule: "*/5 * * * *", idleMinutes: 30, heartbeatSeconds: 5 },
  logLevel: "info",
};

const fileWith = (text: string | Buffer): string => {
  const file = join(temporaryFolder(), "config.json");
  writeFileSync(file, text);
  return file;
};
const load = (value: unknown, env: Environment = {}): Config =>
  loadConfig(fileWith(JSON.stringify(value)), env);

/** A configuration with one setting: `tasks.freshSeconds` and a value. */
function withSetting(path: string, value: unknown): Record<string, unknown> {
  const [section = "", key] = path.split(".");
  return { [section]: key === undefined ? value : { [key]: value } };
}

function settingIn(config: object, path: string): unknown {
  let value: unknown = config;
  for (const key of path.split(".")) value = (value as Record<string, unknown>)[key];
  return value;
}

describe("the configuration", () => {
  test("accepts $schema, by which editors find its schema", () => {
    const $schema = "/opt/sitrep/docs/settings.schema.json";
    expect(load({ $schema })).toEqual({ ...defaults, $schema });
  });

  test("is the defaults without a file", () => {
    expect(loadConfig(join(temporaryFolder(), "missing", "config.json"), {})).toEqual(defaults);
  });

  test.each([
    ["an empty object", "{}"],
    ["empty sections", '{"brief": {}, "tasks": {}, "git": {}, "cache": {}, "refresh": {}}'],
    ["a byte order mark and CRLF", "\uFEFF{\r\n}\r\n"],
  ])("is the defaults for %s", (_what, text) => {
    expect(loadConfig(fileWith(text), {})).toEqual(defaults);
  });

  test("keeps the defaults of settings that are not set", () => {
    expect(load({ brief: { maxTasks: 3 }, logLevel: "debug" })).toEqual({
      ...defaults,
      brief: { ...defaults.brief, maxTasks: 3 },
      logLevel: "debug",
    });
  });

  test("reaches hooks in milliseconds", () => {
    expect(createHookSettings(defaults, [])).toEqual({
      ...defaultHookSettings,
      tasks: { freshMs: 900_000, expireMs: 604_800_000 },
    });
  });

  test("reaches hooks with the configured names and those in git's settings", () => {
    const config = load({ me: ["ana", "Ana Lopez"] });
    const names = ["Ana Lopez", "ana@shop.example"];
    expect(createHookSettings(config, names).me).toEqual({
      given: ["ana", "Ana Lopez"],
      likely: names,
    });
  });

  test("reaches hooks complete for each project with settings of its own", () => {
    const config = load({
      brief: { maxTasks: 3 },
      news: { source: false },
      guards: { commit: true },
      projects: { "/work/shop-api": { off: true, brief: { style: "compact" } } },
    });
    expect(createHookSettings(config, []).projects).toEqual({
      "/work/shop-api": {
        off: true,
        brief: { ...defaults.brief, maxTasks: 3, style: "compact" },
        news: { ...allNews, source: false },
        guards: { ...noGuards, commit: true },
      },
    });
  });

  test.for([
    ["a section that there is not", { brief: { sections: ["weather"] } }],
    ["a style that there is not", { brief: { style: "emoji" } }],
    ["a kind of news that there is not", { news: { weather: true } }],
    ["a guard that there is not", { guards: { allow: true } }],
    ["a project's own sources", { projects: { "/work/x": { sources: [] } } }],
  ] as const)("is refused with %s", ([, value]) => {
    expect(failureOf(() => load(value))).toMatchObject({ code: "config-invalid" });
  });
});

const year = 31_536_000;
const bounds: [path: string, least: number, most: number, step: number][] = [
  ["brief.maxCharacters", shortestBrief, maxBriefLength, 1],
  ["brief.maxTasks", 0, 50, 1],
  ["tasks.freshSeconds", 0, year, 1],
  ["tasks.expireSeconds", 0, year, 1],
  ["git.freshSeconds", 0, year, 1],
  ["cache.entrySeconds", 0, year, 1],
  ["refresh.idleMinutes", 0.01, 1440, 0.001],
  ["refresh.heartbeatSeconds", 0.2, 60, 0.001],
];

describe("a setting", () => {
  test.each(bounds)("%s may be from %d to %d", (path, least, most, step) => {
    for (const value of [least, most]) {
      expect(settingIn(load(withSetting(path, value)), path)).toBe(value);
    }
    for (const value of [least - step, most + step]) {
      const { code, message } = failureOf(() => load(withSetting(path, value)));
      expect(code).toBe("config-invalid");
      expect(message).toContain(path);
    }
  });

  test.each([
    ...bounds.map(([path]) => path),
    "refresh.schedule",
    "logLevel",
    "brief",
    "tasks",
    "git",
    "cache",
    "refresh",
  ])("%s may not have another type", (path) => {
    for (const value of [null, true, [], "900", path.includes(".") ? {} : 900]) {
      const { code, message } = failureOf(() => load(withSetting(path, value)));
      expect(code).toBe("config-invalid");
      expect(message).toContain(path);
    }
  });

  test.each(bounds.filter(([, , , step]) => step === 1))("%s is a whole number", (path, least) => {
    expect(failureOf(() => load(withSetting(path, least + 0.5))).code).toBe("config-invalid");
  });

  test.each(["* * * * *", "*/10 * * * *", "0 9-17 * * 1-5", "*/30 * * * * *", "0 0 1 jan *"])(
    "refresh.schedule may be %s",
    (schedule) => {
      expect(load({ refresh: { schedule } }).refresh.schedule).toBe(schedule);
    },
  );

  test.each(["", "* * * *", "60 * * * *", "* 24 * * *", "every minute", "* * * * * * *"])(
    "refresh.schedule may not be %j",
    (schedule) => {
      const { code, message } = failureOf(() => load({ refresh: { schedule } }));
      expect(code).toBe("config-invalid");
      expect(message).toContain("refresh.schedule: is not a cron expression");
    },
  );

  test.each(["trace", "debug", "info", "warn", "error", "silent"] as const)(
    "logLevel may be %s",
    (logLevel) => {
      expect(load({ logLevel }).logLevel).toBe(logLevel);
    },
  );

  test.each([
    ["at the top", { taks: {} }, ['"taks"']],
    ["in a section", { tasks: { freshSecond: 1 } }, ["tasks", '"freshSecond"']],
    ["one of many", { a: 1, brief: { b: 1 } }, ['"a"', '"b"', "brief"]],
  ])("is an error if it is unknown: %s", (_where, value, names) => {
    const { code, message } = failureOf(() => load(value));
    expect(code).toBe("config-invalid");
    for (const name of names) expect(message).toContain(name);
  });

  test("is named if it is invalid, like each invalid setting, with the file", () => {
    const file = fileWith('{"brief": {"maxTasks": 51}, "git": {"freshSeconds": -1}}');
    const { message } = failureOf(() => loadConfig(file, {}));
    for (const part of [file, "brief.maxTasks", "git.freshSeconds"]) {
      expect(message).toContain(part);
    }
  });
});

describe("an invalid configuration file", () => {
  test.each([
    ["empty", ""],
    ["white space", " \n"],
    ["broken off", '{"brief": '],
    ["with a comment", "{} // mine"],
    ["with a trailing comma", '{"brief": {},}'],
    ["an array", "[]"],
    ["null", "null"],
    ["a text", '"x"'],
    ["a number", "5"],
    ["larger than a file of settings is", `{"a": "${"x".repeat(1024 * 1024)}"}`],
    ["bytes that are not text", Buffer.from([0x7b, 0xff, 0x7d])],
  ])("is an error that names it: %s", (_what, text) => {
    const file = fileWith(text);
    const { code, message } = failureOf(() => loadConfig(file, {}));
    expect(code).toBe("config-invalid");
    expect(message).toContain(file);
  });

  // Otherwise the settings would be ignored without a word.
  test("is an error that names it: a folder", () => {
    const file = join(temporaryFolder(), "config.json");
    mkdirSync(file);
    expect(failureOf(() => loadConfig(file, {})).code).toBe("config-invalid");
  });
});

const variables: [name: string, path: string][] = [
  ["TASK_CACHE_TTL", "tasks.freshSeconds"],
  ["GIT_CACHE_TTL", "git.freshSeconds"],
  ["SESSION_CACHE_TTL", "cache.entrySeconds"],
];

describe("an environment variable", () => {
  test.each(variables)("%s overrides %s of the file", (name, path) => {
    const file = fileWith(JSON.stringify(withSetting(path, 7)));
    expect(settingIn(loadConfig(file, {}), path)).toBe(7);
    expect(settingIn(loadConfig(file, { [name]: "60" }), path)).toBe(60);
    expect(settingIn(loadConfig(file, { [name]: " 0 " }), path)).toBe(0);
  });

  test("changes only one setting of its section", () => {
    expect(load({ tasks: { expireSeconds: 5 } }, { TASK_CACHE_TTL: "60" }).tasks).toEqual({
      freshSeconds: 60,
      expireSeconds: 5,
      fallback: "cache_then_skip",
    });
  });

  test.each([...variables, ["SITREP_LOG_LEVEL", "logLevel"]])(
    "%s counts as not set when it is empty",
    (name, path) => {
      for (const text of ["", " "]) {
        expect(settingIn(load({}, { [name]: text }), path)).toBe(settingIn(defaults, path));
      }
      expect(settingIn(load({}, { [name]: undefined }), path)).toBe(settingIn(defaults, path));
    },
  );

  test.each(variables)("%s must be a whole number of seconds", (name) => {
    for (const text of ["abc", "5m", "1,5", "1.5", "-1", "NaN", "Infinity", "31536001"]) {
      const { code, message } = failureOf(() => load({}, { [name]: text }));
      expect(code).toBe("config-invalid");
      expect(message).toBe(`${name} must be a whole number from 0 to 31536000, not "${text}".`);
    }
  });

  test("SITREP_LOG_LEVEL sets the log level, and an unknown level is an error", () => {
    expect(load({ logLevel: "error" }, { SITREP_LOG_LEVEL: "trace" }).logLevel).toBe("trace");
    const { code, message } = failureOf(() => load({}, { SITREP_LOG_LEVEL: "loud" }));
    expect(code).toBe("config-invalid");
    expect(message).toContain("SITREP_LOG_LEVEL must be one of trace, debug, info");
  });

  test("with another name changes nothing", () => {
    const env = { TASK_CACHE_TTLS: "1", CACHE_TTL: "2", LOG_LEVEL: "trace", tasks: "{}" };
    expect(load({}, env)).toEqual(defaults);
  });
});

describe("a host without TLS", () => {
  const source = (url: string) => ({ name: "lan", type: "task-tracking", url });

  test("is named in the configuration, or by a variable in addition", () => {
    const sources = [source("http://one.lan/"), source("http://two.lan/")].map((one, at) => ({
      ...one,
      name: `lan-${at}`,
    }));
    const allowInsecureHosts = ["one.lan"];
    expect(() => load({ sources, allowInsecureHosts })).toThrow(
      'add to config.json: "allowInsecureHosts":["one.lan","two.lan"]',
    );
    const env = { SITREP_ALLOW_INSECURE_HOSTS: "two.lan, three.lan" };
    expect(load({ sources, allowInsecureHosts }, env).allowInsecureHosts).toEqual([
      "one.lan",
      "two.lan",
      "three.lan",
    ]);
  });

  test.each(["issuer", "endpointOrigin"])(
    "is also needed for a service account's %s",
    (setting) => {
      const auth = {
        type: "oidc",
        issuer: "https://id.example",
        clientId: "x",
        secret: "${env:X}",
        [setting]: "http://id.lan",
      };
      const sources = [{ ...source("https://tasks.example"), auth }];
      expect(() => load({ sources })).toThrow(`auth.${setting}: http:// sends everything`);
      expect(load({ sources, allowInsecureHosts: ["id.lan"] }).sources).toHaveLength(1);
    },
  );
});

test("TOKEN_REFRESH_BEFORE_EXPIRY sets how long before its expiry a token is renewed", () => {
  const env = { TOKEN_REFRESH_BEFORE_EXPIRY: "120" };
  expect(load({}, env).tokens.renewBeforeSeconds).toBe(120);
  expect(() => load({}, { TOKEN_REFRESH_BEFORE_EXPIRY: "soon" })).toThrow(
    'TOKEN_REFRESH_BEFORE_EXPIRY must be a whole number from 0 to 31536000, not "soon".',
  );
});

describe("the person's names in git's settings are", () => {
  const homeWith = (files: Record<string, string>): string => {
    const home = temporaryFolder();
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(home, path, ".."), { recursive: true });
      writeFileSync(join(home, path), text);
    }
    return home;
  };

  test.for<[string, Record<string, string>, string[]]>([
    ["none without settings", {}, []],
    [
      "the name and the address",
      {
        ".gitconfig":
          "[core]\n\tname = none\n[user]\n\tname = Ana Lopez\n\temail = ana@shop.example\n",
      },
      ["Ana Lopez", "ana@shop.example"],
    ],
    [
      "a name in quotes, in any case, with spaces around it",
      { ".gitconfig": '[User]\n  Name  =  "Ana Lopez"  \n' },
      ["Ana Lopez"],
    ],
    [
      "the login in a forge's address",
      { ".gitconfig": "[user]\nemail = 123+ana-l@users.noreply.github.com\n" },
      ["123+ana-l@users.noreply.github.com", "ana-l"],
    ],
    [
      "those in XDG's git/config too",
      { ".config/git/config": "[user]\nname = Ana\n", ".gitconfig": "[user]\nemail = a@b.c\n" },
      ["Ana", "a@b.c"],
    ],
    [
      "none from another section",
      { ".gitconfig": '[user "x"]\nname = Eve\n[author]\nname = Eve\n' },
      [],
    ],
    ["none for an empty value", { ".gitconfig": "[user]\nname =\nemail = \n" }, []],
  ])("%s", ([, files, names]) => {
    expect(gitIdentity(homeWith(files), {})).toEqual(names);
  });

  test("not read from a repository: anybody can write its settings", () => {
    const home = homeWith({ "project/.git/config": "[user]\nname = Eve\n" });
    expect(gitIdentity(home, {})).toEqual([]);
    expect(gitIdentity(home, { GIT_DIR: join(home, "project/.git") })).toEqual([]);
  });

  test("read below XDG_CONFIG_HOME", () => {
    const home = homeWith({ "xdg/git/config": "[user]\nname = Ana\n" });
    expect(gitIdentity(home, { XDG_CONFIG_HOME: join(home, "xdg") })).toEqual(["Ana"]);
  });
});
