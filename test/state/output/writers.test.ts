// The three ways out for text, each over the corpus of hostile texts.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  assert,
  constant,
  constantFrom,
  integer,
  jsonValue,
  oneof,
  property,
  record,
} from "fast-check";
import {
  answerJson,
  modelBlock,
  modelContent,
  modelData,
  modelText,
} from "../../../src/state/output/model.ts";
import { programJson } from "../../../src/state/output/json-output.ts";
import { terminalLine, terminalText } from "../../../src/state/output/terminal.ts";
import { forModel, forProgram, hostile, steersNothing } from "../../support/hostile.ts";

const corpus = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../fixtures/hostile-texts.json"), "utf8"),
) as Record<string, unknown[]>;
const texts = [
  ...Object.values(corpus)
    .flat()
    .filter((one) => typeof one === "string"),
  hostile,
  "lone \ud800",
  "\udc00 lone",
  "deleted \u007f",
];

describe("output to a terminal", () => {
  test("an attacker's text cannot control the terminal or start a new line", () => {
    for (const text of texts) {
      const shown = terminalText(text);
      steersNothing(shown);
      expect(shown).not.toContain("\t");
      expect(terminalLine(text)).not.toMatch(/[\n\t]/);
    }
  });

  test("harmless text is unchanged", () => {
    const honest = "✓ Git: main, 2 commits … “ok” ↑1 <b> été 日本 · `x`";
    expect(terminalText(`${honest}\n${honest}`)).toBe(`${honest}\n${honest}`);
  });
});

describe("output to a program", () => {
  test("an attacker's text survives JSON that is safe on a terminal", () => {
    for (const text of texts) {
      const json = programJson({ [text]: [text] }, 2);
      forProgram(text, json);
      // What stands for half a pair is that half again.
      expect(JSON.parse(json)).toEqual({ [text]: [text] });
    }
  });
});

describe("output to a model", () => {
  test("a response's JSON equals that of the whole object", () => {
    const data = record({
      task: oneof(jsonValue(), constantFrom(...texts)),
      total: oneof(integer(), constant(undefined)),
    });
    const responses = data.chain((one) =>
      constantFrom(
        modelContent(one),
        modelContent(one, "task"),
        { ...modelContent(one), _meta: {} },
        { isError: true, ...modelContent(one) },
        { ...modelContent(one), content: [modelBlock("a"), modelBlock("b")] },
        { content: [modelBlock("c")], structuredContent: modelData(one) },
        { content: [] },
      ),
    );
    assert(
      property(responses, (response) => {
        expect(answerJson(response)).toBe(JSON.stringify(response));
      }),
    );
  });

  test("A17, B13: an attacker cannot open a tag in text, data or a block", () => {
    for (const text of texts) {
      for (const one of [modelText(text), modelData({ text }).text, modelBlock(text).text]) {
        expect(one).not.toMatch(/<[/!|]?\s?[a-z]/i);
        steersNothing(one);
      }
      forModel(text, JSON.stringify(modelData({ text: [text] })));
    }
  });

  test("A17, B13: an attacker cannot open a tag anywhere in a response", () => {
    for (const text of texts) {
      const plain = { id: "T-1", note: "line\n\tline", labels: ["a", "b"], count: 2 };
      for (const items of [
        [text, plain],
        [plain, { ...plain, labels: [text] }],
      ]) {
        const { content, structuredContent } = modelContent({ items });
        forModel(text, content[0]?.text ?? "");
        expect(JSON.parse(content[0]?.text ?? "")).toEqual(structuredContent);
        expect(structuredContent).toEqual({
          items: JSON.parse(JSON.stringify(items), (_, one: unknown) =>
            typeof one === "string" ? modelText(one) : one,
          ) as unknown,
        });
      }
      const { content } = modelContent({ text, items: [plain] }, "text");
      expect(content[0]?.text).toBe(modelText(text));
    }
  });

  test("comparisons, arrows and the shape of data are unchanged", () => {
    const data = { a: "x <= 5 < 7 <- y -> z", n: 1, none: null, list: [true, "\n\tb"] };
    expect(modelData(data)).toEqual(data);
  });

  test("a model gets no token of a known form", () => {
    const token = ["ghp", "_", "abcdefghijklmnopqrst0123456789abcdef"].join("");
    expect(modelData({ notes: [`use ${token} now`] })).toEqual({ notes: ["use [secret] now"] });
    expect(modelBlock(token).text).toBe("[secret]");
    const { content, structuredContent } = modelContent({ notes: [`line\n${token}`, "line"] });
    expect(structuredContent).toEqual({ notes: ["line\n[secret]", "line"] });
    expect(content[0]?.text).toBe(String.raw`{"notes":["line\n[secret]","line"]}`);
  });

  test("safe data is not copied, and separate texts do not form a token together", () => {
    const data = { url: "https://shop.example", by: "ann@shop.example", tail: "bearer" };
    expect(modelData(data)).toBe(data);
    const { content } = modelContent({ ...data, note: "<b>" });
    expect(content[0]?.text).toBe(JSON.stringify({ ...data, note: "‹b>" }));
  });
});
