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
import { programJson } from "../../../src/state/output/program.ts";
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

describe("to a terminal", () => {
  test("an attacker's text steers nothing, and within a line begins none", () => {
    for (const text of texts) {
      const shown = terminalText(text);
      steersNothing(shown);
      expect(shown).not.toContain("\t");
      expect(terminalLine(text)).not.toMatch(/[\n\t]/);
    }
  });

  test("honest text is as it was", () => {
    const honest = "✓ Git: main, 2 commits … “ok” ↑1 <b> été 日本 · `x`";
    expect(terminalText(`${honest}\n${honest}`)).toBe(`${honest}\n${honest}`);
  });
});

describe("to a program", () => {
  test("an attacker's text comes back whole from JSON that a terminal may show", () => {
    for (const text of texts) {
      const json = programJson({ [text]: [text] }, 2);
      forProgram(text, json);
      // What stands for half a pair is that half again.
      expect(JSON.parse(json)).toEqual({ [text]: [text] });
    }
  });
});

describe("to a model", () => {
  test("an answer is JSON as if it were made in one piece", () => {
    const data = record({
      task: oneof(jsonValue(), constantFrom(...texts)),
      total: oneof(integer(), constant(undefined)),
    });
    const answers = data.chain((one) =>
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
      property(answers, (answer) => {
        expect(answerJson(answer)).toBe(JSON.stringify(answer));
      }),
    );
  });

  test("A17, B13: an attacker opens no tag, in a text, in data and in a block", () => {
    for (const text of texts) {
      for (const one of [modelText(text), modelData({ text }).text, modelBlock(text).text]) {
        expect(one).not.toMatch(/<[/!|]?\s?[a-z]/i);
        steersNothing(one);
      }
      forModel(text, JSON.stringify(modelData({ text: [text] })));
    }
  });

  test("A17, B13: nor in an answer, as data and as text, wherever it stands among others", () => {
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

  test("a comparison, an arrow and the shape of data stay as they are", () => {
    const data = { a: "x <= 5 < 7 <- y -> z", n: 1, none: null, list: [true, "\n\tb"] };
    expect(modelData(data)).toEqual(data);
  });

  test("a token of a known form is in no data that a model is given", () => {
    const token = ["ghp", "_", "abcdefghijklmnopqrst0123456789abcdef"].join("");
    expect(modelData({ notes: [`use ${token} now`] })).toEqual({ notes: ["use [secret] now"] });
    expect(modelBlock(token).text).toBe("[secret]");
    const { content, structuredContent } = modelContent({ notes: [`line\n${token}`, "line"] });
    expect(structuredContent).toEqual({ notes: ["line\n[secret]", "line"] });
    expect(content[0]?.text).toBe(String.raw`{"notes":["line\n[secret]","line"]}`);
  });

  test("what needs no change is not copied, and what stands apart makes no token together", () => {
    const data = { url: "https://shop.example", by: "ann@shop.example", tail: "bearer" };
    expect(modelData(data)).toBe(data);
    const { content } = modelContent({ ...data, note: "<b>" });
    expect(content[0]?.text).toBe(JSON.stringify({ ...data, note: "‹b>" }));
  });
});
