// The plan for a settings file: older entries of ours, files that are nearly empty, keys that repeat, groups that are
// shared with others.

import { describe, expect, test } from "vitest";
import { hookEntries } from "../../src/install/hook-entries.ts";
import type { HookGroup } from "../../src/install/hook-entries.ts";
import { planInstall, planUninstall } from "../../src/install/settings-hooks.ts";
import {
  failureOf,
  gatesFolder,
  install,
  isOurs,
  ourEntries,
  parsed,
  settingsPath,
  uninstall,
} from "../support/settings-entries.ts";

const [sessionStart, news, git] = ourEntries.map(({ group }) => group);
if (sessionStart === undefined || news === undefined || git === undefined) {
  throw new Error("three entries are expected");
}
const other = (name: string): HookGroup => ({
  matcher: name,
  hooks: [{ type: "command", command: name, timeout: 9 }],
});
const withTimeout = (group: HookGroup, timeout: number): HookGroup => ({
  ...group,
  hooks: group.hooks.map((handler) => ({ ...handler, timeout })),
});
const elsewhere = (group: HookGroup): HookGroup => ({
  ...group,
  hooks: group.hooks.map((handler) => ({
    ...handler,
    command: `sh '${gatesFolder}/of-an-older-version.sh'`,
  })),
});

const fileOf = (hooks: Record<string, readonly unknown[]>, indent = 2): string =>
  `${JSON.stringify({ model: "opus", hooks, env: { A: "1" } }, null, indent)}\n`;
const hooksIn = (text: string): unknown => parsed(text)["hooks"];

describe("an older install of Sitrep", () => {
  const current = { SessionStart: [sessionStart], PreToolUse: [news, git] };

  test.each([
    {
      what: "other timeouts",
      before: {
        SessionStart: [withTimeout(sessionStart, 60)],
        PreToolUse: [withTimeout(news, 1), withTimeout(git, 1)],
      },
      after: current,
    },
    {
      what: "no group for git",
      before: { SessionStart: [sessionStart], PreToolUse: [news] },
      after: current,
    },
    { what: "one event only", before: { PreToolUse: [news, git] }, after: current },
    {
      what: "a surplus duplicate",
      before: { SessionStart: [sessionStart, sessionStart], PreToolUse: [news, git, git, news] },
      after: current,
    },
    {
      what: "another command",
      before: { SessionStart: [elsewhere(sessionStart)], PreToolUse: [elsewhere(news)] },
      after: current,
    },
    {
      what: "its groups in another order",
      before: { SessionStart: [sessionStart], PreToolUse: [git, news] },
      after: current,
    },
    {
      what: "its place among others' groups",
      before: {
        SessionStart: [other("a"), withTimeout(sessionStart, 2), other("b")],
        PreToolUse: [other("c"), withTimeout(news, 2), other("d"), git, other("e"), git],
      },
      after: {
        SessionStart: [other("a"), sessionStart, other("b")],
        PreToolUse: [other("c"), news, other("d"), git, other("e")],
      },
    },
    {
      what: "only surplus groups in one event",
      before: { SessionStart: [sessionStart, other("a"), sessionStart], PreToolUse: [news, git] },
      after: { SessionStart: [sessionStart, other("a")], PreToolUse: [news, git] },
    },
  ])("with $what is updated in place", ({ before, after }) => {
    for (const indent of [0, 2]) {
      const text = install(fileOf(before, indent));
      expect(JSON.stringify(hooksIn(text))).toBe(
        JSON.stringify({
          ...Object.fromEntries(Object.keys(before).map((key) => [key, 0])),
          ...after,
        }),
      );
      expect(install(text)).toBe(text);
      expect(parsed(text)["env"]).toEqual({ A: "1" });
    }
  });

  test("is replaced while every byte around it stays", () => {
    const [head, tail] = ['{"hooks" :{"SessionStart":[ ', '\t,"x"  ] } ,\n\n"a":1.0}'];
    const old = JSON.stringify(withTimeout(sessionStart, 60));
    const text = install(`${head}${old}${tail}`, ourEntries.slice(0, 1));
    expect(text.startsWith(head)).toBe(true);
    expect(text.endsWith(tail)).toBe(true);
    expect(JSON.parse(text.slice(head.length, -tail.length))).toEqual(sessionStart);
  });

  test("is written in the style of its file", () => {
    const crlf = fileOf({ SessionStart: [withTimeout(sessionStart, 60)] }, 4).replaceAll(
      "\n",
      "\r\n",
    );
    const expected = fileOf(current, 4).replaceAll("\n", "\r\n");
    expect(install(crlf)).toBe(expected);
  });
});

describe("an empty settings file", () => {
  const whole = `${JSON.stringify(
    {
      hooks: Object.fromEntries([
        ["SessionStart", [sessionStart]],
        ["PreToolUse", [news, git]],
      ]),
    },
    null,
    2,
  )}\n`;

  test.each([
    { what: "missing", text: null },
    { what: "an empty object", text: "{}\n" },
    { what: "an empty object over two lines", text: "{\n}\n" },
    { what: "an object with a space", text: "{ }\n" },
  ])("gets Sitrep's hooks: $what", ({ text }) => {
    expect(install(text)).toBe(whole);
    expect(uninstall(whole)).toBe("{}\n");
  });
});

describe("white space in an empty container", () => {
  test.each([
    ['{"a": 1, "hooks": { } }', '{"a": 1 }'],
    [
      '{"a": 1, "hooks": {"SessionStart": [ \n ], "Stop": []} }',
      '{"a": 1, "hooks": {"Stop": []} }',
    ],
    ['{"hooks": {\r\n}, "a": 1}', '{"a": 1}'],
  ])("is removed together with the container, and nothing else is: %j", (before, after) => {
    expect(uninstall(install(before))).toBe(after);
  });
});

describe("a key that repeats", () => {
  test("counts with its last value, as for Claude Code", () => {
    const text = `{"hooks":{"Stop":[]},"hooks":{"SessionStart":[1],"SessionStart":[${JSON.stringify(other("a"))}]}}`;
    const after = install(text);
    expect(hooksIn(after)).toEqual({
      SessionStart: [other("a"), sessionStart],
      PreToolUse: [news, git],
    });
    expect(after.startsWith('{"hooks":{"Stop":[]},"hooks":{"SessionStart":[1],')).toBe(true);
    expect(uninstall(after)).toBe(text);
  });
});

describe("another program's group", () => {
  test.each([
    ["without hooks", { matcher: "x" }],
    ["with hooks that are not a list", { hooks: { type: "command", command: gatesFolder } }],
    ["with an empty list", { hooks: [] }],
    ["that is not an object", gatesFolder],
    ["with a handler that is not an object", { hooks: [gatesFolder] }],
    ["of another kind", { hooks: [{ type: "prompt", prompt: gatesFolder }] }],
    ["with a command that is not text", { hooks: [{ type: "command", command: null }] }],
    ["with another command", other("/state/other/gates")],
  ])("stays in its position: %s", (_what, group) => {
    const before = fileOf({ SessionStart: [group], PreToolUse: [group] });
    const after = install(before);
    expect(hooksIn(after)).toEqual({
      SessionStart: [group, sessionStart],
      PreToolUse: [group, news, git],
    });
    expect(uninstall(after)).toBe(before);
  });

  const shared: HookGroup = { hooks: [...other("a").hooks, ...sessionStart.hooks] };

  test("keeps its own command when a command of Sitrep is in the group", () => {
    const before = fileOf({ SessionStart: [shared] });
    expect(JSON.stringify(hooksIn(uninstall(install(before))))).toContain('"command":"a"');
  });

  test("loses only Sitrep's command at an uninstall", () => {
    const before = fileOf({ SessionStart: [shared] });
    expect(isOurs(uninstall(install(before)))).toBe(false);
  });
});

describe("an entry in the exec form", () => {
  test("is recognized by its arguments", () => {
    const state = "C:\\Users\\ana\\AppData\\Local\\sitrep\\state";
    const entries = hookEntries(({ bundle, mode }) => ({
      command: "C:\\node.exe",
      args: [`C:\\sitrep\\${bundle}.cjs`, state, mode],
    }));
    const isOurState = (command: string): boolean => command.includes(JSON.stringify(state));
    const before = '{"hooks": {"SessionStart": [{"hooks": []}]}}';
    const after = planInstall(settingsPath, before, entries, isOurState);
    expect(planInstall(settingsPath, after, entries, isOurState)).toBe(after);
    expect(planUninstall(settingsPath, after, isOurState)).toBe(before);
  });
});

describe("a settings file with hooks of an unexpected type", () => {
  test.each([
    ['{"hooks": []}', '"hooks"'],
    ['{"hooks": null}', '"hooks"'],
    ['{"hooks": "x"}', '"hooks"'],
    ['{"hooks": {"SessionStart": {}}}', '"hooks.SessionStart"'],
    ['{"hooks": {"SessionStart": null}}', '"hooks.SessionStart"'],
    ['{"hooks": {"PreToolUse": "x"}}', '"hooks.PreToolUse"'],
    ['{"hooks": {}, "hooks": 1}', '"hooks"'],
  ])("is refused, and the error names the location: %s", (text, place) => {
    for (const failure of [failureOf(() => install(text)), failureOf(() => uninstall(text))]) {
      expect(failure.code).toBe("settings-unexpected");
      expect(failure.message).toContain(settingsPath);
      expect(failure.message).toContain(place);
    }
  });

  test("is accepted if the event is not one of Sitrep's", () => {
    expect(hooksIn(install('{"hooks": {"Notification": {}}}'))).toMatchObject({ Notification: {} });
  });
});
