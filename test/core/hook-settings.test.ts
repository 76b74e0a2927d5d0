import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { defaultBriefOptions } from "../../src/core/brief/options.ts";
import { noGuards } from "../../src/core/guards.ts";
import {
  allNews,
  defaultHookSettings,
  projectSettings,
  readHookSettings,
} from "../../src/core/hook-settings.ts";
import type { HookSettings } from "../../src/core/hook-settings.ts";
import { day, minute } from "../support/builders.ts";

test("the defaults: 2,000 characters, five tasks, fresh for 15 minutes, shown for a week", () => {
  expect(defaultHookSettings).toEqual({
    off: false,
    brief: defaultBriefOptions,
    news: allNews,
    guards: noGuards,
    me: { given: [], likely: [] },
    tasks: { freshMs: 15 * minute, expireMs: 7 * day },
    projects: {},
  });
  expect(defaultBriefOptions).toMatchObject({ maxCharacters: 2000, maxTasks: 5 });
});

test("settings within their ranges are taken", () => {
  const settings: HookSettings = {
    ...defaultHookSettings,
    brief: {
      maxCharacters: 4000,
      maxTasks: 0,
      sections: ["git", "next"],
      style: "markdown",
    },
    news: { ...allNews, source: false },
    guards: { ...noGuards, commit: true, protectedBranches: ["release"] },
    me: { given: ["ana"], likely: ["Ana Lopez"] },
    tasks: { freshMs: minute, expireMs: 30 * day },
  };
  expect(readHookSettings(JSON.parse(JSON.stringify(settings)))).toEqual(settings);
});

test.for<[string, unknown]>([
  ["nothing", undefined],
  ["null", null],
  ["a text", "settings"],
  ["an array", [defaultHookSettings]],
  ["empty", {}],
  ["groups of another shape", { brief: [], tasks: "short" }],
  ["numbers as text", { brief: { maxCharacters: "300", maxTasks: "1" }, tasks: { freshMs: "1" } }],
  [
    "numbers that are none",
    { brief: { maxCharacters: Number.NaN, maxTasks: Number.POSITIVE_INFINITY } },
  ],
])("a missing or invalid number is the default: %s", ([, value]) => {
  expect(readHookSettings(value)).toEqual(defaultHookSettings);
});

test("an invalid setting leaves the other settings unchanged", () => {
  expect(
    readHookSettings({ brief: { maxCharacters: "x", maxTasks: 9 }, tasks: { freshMs: 1000 } }),
  ).toEqual({
    ...defaultHookSettings,
    brief: { ...defaultBriefOptions, maxTasks: 9 },
    tasks: { freshMs: 1000, expireMs: 7 * day },
  });
});

describe("a number out of range becomes the nearest one in range", () => {
  test.for<[string, object, object]>([
    ["too few characters", { brief: { maxCharacters: 1 } }, { brief: { maxCharacters: 300 } }],
    [
      "more than the client shows",
      { brief: { maxCharacters: 1e9 } },
      { brief: { maxCharacters: 9500 } },
    ],
    ["fewer tasks than none", { brief: { maxTasks: -1 } }, { brief: { maxTasks: 0 } }],
    ["too many tasks", { brief: { maxTasks: 1000 } }, { brief: { maxTasks: 50 } }],
    ["fresh for less than no time", { tasks: { freshMs: -1 } }, { tasks: { freshMs: 0 } }],
    ["fresh for ever", { tasks: { freshMs: 1e15 } }, { tasks: { freshMs: 30 * day } }],
    ["shown for ever", { tasks: { expireMs: 1e15 } }, { tasks: { expireMs: 360 * day } }],
  ])("%s", ([, value, expected]) => {
    expect(readHookSettings(value)).toMatchObject(expected);
  });
});

test("any cache entry gives a hook usable settings", () => {
  const anyNumber = fc.oneof(fc.double(), fc.integer(), fc.jsonValue());
  const anything = fc.record({
    brief: fc.record({ maxCharacters: anyNumber, maxTasks: anyNumber }),
    tasks: fc.record({ freshMs: anyNumber, expireMs: anyNumber }),
  });
  fc.assert(
    fc.property(fc.oneof(anything, fc.jsonValue()), (value) => {
      const { brief, tasks } = readHookSettings(value);
      expect(brief.maxCharacters).toBeGreaterThanOrEqual(200);
      expect(brief.maxCharacters).toBeLessThanOrEqual(9500);
      expect(brief.maxTasks).toBeGreaterThanOrEqual(0);
      expect(brief.maxTasks).toBeLessThanOrEqual(50);
      expect(tasks.freshMs).toBeGreaterThanOrEqual(0);
      expect(tasks.expireMs).toBeGreaterThanOrEqual(0);
    }),
    { numRuns: 1000 },
  );
});

describe("the settings of a single project", () => {
  const settings = readHookSettings({
    brief: { maxTasks: 3 },
    news: { source: false },
    projects: {
      "/work/shop-api": { off: true, brief: { style: "compact" }, guards: { forcePush: true } },
      "/work/other": { news: { source: true, branch: "no" } },
    },
  });

  test("apply in that project, with the common settings for everything else", () => {
    const own = projectSettings(settings, "/work/shop-api");
    expect(own).toMatchObject({ off: true, news: { source: false }, guards: { forcePush: true } });
    expect(own.brief).toEqual({ ...defaultBriefOptions, maxTasks: 3, style: "compact" });
    expect(projectSettings(settings, "/work/other").news).toEqual(allNews);
  });

  test("do not apply to another project, even if its name is a property of every object", () => {
    for (const project of ["/work/elsewhere", "constructor", "__proto__"]) {
      expect(projectSettings(settings, project)).toMatchObject({
        off: false,
        brief: { maxTasks: 3, style: "plain" },
        news: { source: false, branch: true },
        guards: noGuards,
      });
    }
  });
});
