// The page of settings, the schema for editors, and the samples: all as src/config/schema.ts has them.

import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { schemaFile, settingsPage, undescribed } from "../../scripts/docs/settings.ts";
import { Config } from "../../src/config/schema.ts";
import { documents, read } from "./documents.ts";

test("docs/settings.md and the schema file are as `npm run docs` writes them", () => {
  expect(read("docs/settings.md")).toBe(settingsPage());
  expect(read("docs/settings.schema.json")).toBe(schemaFile());
});

test("every setting has a description", () => {
  expect(undescribed()).toEqual([]);
});

/** A sample as a whole configuration: a mapping stands alone in a file of its own. */
function wholeOf(sample: { list?: { path?: string } }): object {
  const { list } = sample;
  if (list === undefined) return sample;
  const server =
    list.path === undefined
      ? { type: "mcp", command: "server" }
      : { type: "json", url: "https://tasks.example" };
  return { sources: [{ name: "sample", ...server, mapping: sample }] };
}

test("every sample of settings is valid, for the program and for an editor", () => {
  const isValid = new Ajv2020({ strict: false }).compile(JSON.parse(schemaFile()) as object);
  const samples = documents.flatMap(({ path, text }) =>
    [...text.matchAll(/^```json\n([\s\S]*?)^```$/gm)].map(([, code = ""]) => ({
      path,
      value: wholeOf(JSON.parse(code) as object),
    })),
  );
  expect(samples.length).toBeGreaterThan(4);
  const wrong = samples.flatMap(({ path, value }) => {
    const { error } = Config.safeParse(value);
    if (error !== undefined) return [`${path}: ${error.message}`];
    return isValid(value) ? [] : [`${path}: ${JSON.stringify(isValid.errors)}`];
  });
  expect(wrong).toEqual([]);
  expect(isValid({ brief: { maxTask: 3 } })).toBe(false);
});
