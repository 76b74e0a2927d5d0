import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findPreset, presets, presetForTools } from "../../../src/sources/presets/presets.ts";
import type { ListCall } from "../../../src/core/mapping/mapping.ts";
import { requiredNames } from "../../../src/core/mapping/templates.ts";
import { compile } from "../../../src/sources/mapping/expression.ts";
import {
  jsonAnswer,
  presetWith,
  recordedTools,
  shop,
  signal,
  textAnswer,
} from "../../support/recorded-responses.ts";

test.each([
  ["backlog.md", "backlog.md"],
  ["kazuph-mcp-taskmanager", "kazuph-taskmanager"],
  ["task-master-ai", "taskmaster"],
])("%s is recognized by its tools", (server, preset) => {
  expect(presetForTools(recordedTools(server))?.name).toBe(preset);
});

test("a server without tasks is not recognized as a preset's", () => {
  expect(presetForTools(recordedTools("server-memory"))).toBeNull();
  expect(presetForTools([])).toBeNull();
});

test.each(presets.map((preset) => [preset.name, preset] as const))(
  "%s: every expression compiles, and every name in a template is known",
  (_, preset) => {
    const { statusWords: _words, mine: _mine, states: _states, ...calls } = preset.mapping;
    const known = ["project.path", "project.name", "id", "text", "title", "description", "status"];
    for (const call of Object.values<ListCall>(calls as Record<never, ListCall>)) {
      const levels = "each" in call && call.each !== undefined ? [call, call.each] : [call];
      for (const level of levels) {
        for (const key of ["tasks", "task", "total", "cursor"] as const) {
          expect(() => compile(level[key] ?? "$")).not.toThrow();
        }
        const needed = requiredNames(level.arguments).filter((name) => !name.startsWith("item."));
        expect([...known, ...Object.keys(preset.settings ?? {})]).toEqual(
          expect.arrayContaining(needed),
        );
      }
    }
    expect(findPreset(preset.name)).toBe(preset);
  },
);

describe.each(presets)("the preset of $name, with a response of another shape,", (preset) => {
  test.each([
    ["an empty object", jsonAnswer({})],
    ["another object", jsonAnswer({ status: "ok", message: "hello", total: 0 })],
    ["a success", jsonAnswer({ success: true })],
    ["a page", textAnswer("<!doctype html><h1>Sign in</h1>")],
    ["an empty text", textAnswer("")],
    ["no content", textAnswer()],
    ["null", textAnswer("null")],
    ["items of another kind", jsonAnswer([{ ref: 1 }, { ref: 2 }])],
  ])("reports %s as failed", async (_, response) => {
    const { source } = presetWith(preset, () => response, { owner: "acme", repo: "shop" });
    const responses = [
      source.listOpen(shop, signal),
      source.search?.(shop, "x", signal),
      source.get?.(shop, "1", signal),
      source.next?.(shop, signal),
    ].filter((one) => one !== undefined);
    const settled = await Promise.allSettled<unknown>(responses);
    for (const one of settled) {
      expect(one).toMatchObject({ reason: { code: "source-invalid-response" } });
    }
  });
});

test("the help of source add and docs/sources.md name every preset", () => {
  const read = (path: string) => readFileSync(join(import.meta.dirname, "../../..", path), "utf8");
  const names = presets.map(({ name }) => name);
  expect(read("src/cli/source/verbs.ts")).toContain(`"${names.join(", ")}"`);
  expect(read("docs/sources.md")).toContain(
    `Presets: ${names.map((name) => `\`${name}\``).join(", ")}.`,
  );
});
