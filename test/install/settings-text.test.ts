// A file that Claude Code would ignore as a whole is refused, with the place of the mistake and what it is.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseSettings } from "../../src/install/settings-text.ts";
import { failureOf, settingsPath } from "../support/settings-entries.ts";

const refusal = (text: string): { code: string; message: string } =>
  failureOf(() => parseSettings(settingsPath, text));

interface Refused {
  what: string;
  text: string;
  at: [line: number, column: number];
}

describe("a settings file with a comment", () => {
  test.each<Refused>([
    { what: "at the start", text: "// mine\n{}", at: [1, 1] },
    { what: "at the end", text: "{}\n// mine", at: [2, 1] },
    { what: "after a value", text: '{\n  "a": 1 // one\n}', at: [2, 10] },
    { what: "on a line of its own", text: '{\r\n\t// mine\r\n\t"a": 1\r\n}', at: [2, 2] },
    { what: "in a block", text: '{ /* mine */ "a": 1 }', at: [1, 3] },
    { what: "in a block of several lines", text: '{"a":\n\n /*\n*/ 1}', at: [3, 2] },
    { what: "that does not end", text: '{"a": 1} /* mine', at: [1, 10] },
    { what: "and a trailing comma after it", text: '{"a": 1 /**/ ,}', at: [1, 9] },
    { what: "in an array", text: '{"a": [//\n]}', at: [1, 8] },
  ])("$what is refused", ({ text, at: [line, column] }) => {
    const { code, message } = refusal(text);
    expect(code).toBe("settings-not-strict");
    expect(message).toBe(`${settingsPath}: a comment at line ${line}, column ${column}.`);
  });

  test("is accepted if the comment is in a string", () => {
    expect(refusal('{"a": "// no /* comment */ ,}"}').code).toBe("ok");
  });
});

describe("a settings file with a trailing comma", () => {
  test.each<Refused>([
    { what: "in an object", text: '{"a": 1,}', at: [1, 9] },
    { what: "in an array", text: '{"a": [1,]}', at: [1, 10] },
    { what: "on the line before", text: '{\n  "a": 1,\n}\n', at: [3, 1] },
    { what: "with CRLF and tabs", text: '{\r\n\t"a": [\r\n\t\t1,\r\n\t]\r\n}', at: [4, 2] },
    { what: "deep inside", text: '{"a": {"b": [{"c": 1, }]}}', at: [1, 23] },
  ])("$what is refused", ({ text, at: [line, column] }) => {
    const { code, message } = refusal(text);
    expect(code).toBe("settings-not-strict");
    expect(message).toBe(`${settingsPath}: a trailing comma at line ${line}, column ${column}.`);
  });

  // The byte order mark counts as a column, which no editor shows.
  test("is reported with its column even after a byte order mark", () => {
    expect(refusal('\uFEFF{"a": 1,}').message).toContain("line 1, column 9");
  });
});

describe("a settings file that is empty", () => {
  test.each(["", " ", "\n", "\r\n\t \n", "\uFEFF", "\uFEFF \n"])("is refused: %j", (text) => {
    const { code, message } = refusal(text);
    expect(code).toBe("settings-not-strict");
    expect(message).toContain(`${settingsPath}: the file is empty`);
  });
});

describe("a settings file that is not JSON", () => {
  test.each<Refused>([
    { what: "an open object", text: "{", at: [1, 2] },
    { what: "a file truncated in a value", text: '{\n  "a": [1,\n  2', at: [3, 4] },
    { what: "a file truncated in a string", text: '{\n  "a": "b', at: [2, 8] },
    { what: "a file truncated after a key", text: '{"a"', at: [1, 5] },
    { what: "text", text: "hello", at: [1, 1] },
    { what: "a shell comment", text: "# mine\n{}", at: [1, 1] },
    { what: "single quotes", text: "{'a': 1}", at: [1, 2] },
    { what: "a key without quotes", text: "{a: 1}", at: [1, 2] },
    { what: "no comma", text: '{"a": 1\n"b": 2}', at: [2, 1] },
    { what: "two commas", text: '{"a": 1,,"b": 2}', at: [1, 9] },
    { what: "only a comma", text: "{,}", at: [1, 2] },
    { what: "no colon", text: '{"a" 1}', at: [1, 6] },
    { what: "a number with a leading zero", text: '{"a": 01}', at: [1, 8] },
    { what: "a number with a plus", text: '{"a": +1}', at: [1, 7] },
    { what: "NaN", text: '{"a": NaN}', at: [1, 7] },
    { what: "a tab in a string", text: '{"a": "\t"}', at: [1, 7] },
    { what: "an unknown escape", text: '{"a": "\\x"}', at: [1, 7] },
    { what: "a second value", text: '{"a": 1}\n{"b": 2}', at: [2, 1] },
    { what: "a zero byte at the end", text: '{"a": 1}\0', at: [1, 9] },
    { what: "a space that JSON does not allow", text: '{"a":\u00A01}', at: [1, 6] },
    { what: "a second byte order mark", text: "\n\uFEFF{}", at: [2, 1] },
    { what: "a missing bracket", text: '{"a": [1}', at: [1, 9] },
  ])("is refused: $what", ({ text, at: [line, column] }) => {
    const { code, message } = refusal(text);
    expect(code).toBe("settings-not-strict");
    expect(message).toBe(`${settingsPath}: not valid JSON at line ${line}, column ${column}.`);
  });

  // A RangeError, with no code and no word on the file.
  test("is refused: brackets nested too deeply", () => {
    expect(refusal("[".repeat(100_000)).code).toBe("settings-not-strict");
  });
});

describe("a settings file of another kind", () => {
  test.each(["[]", "[{}]", "3", "-1.5e3", "null", "true", '"text"', " \n[1]\n"])(
    "is refused: %j",
    (text) => {
      const { code, message } = refusal(text);
      expect(code).toBe("settings-unexpected");
      expect(message).toContain(settingsPath);
      expect(message).toContain("is not a JSON object");
    },
  );
});

describe("a settings file that Claude Code reads", () => {
  test.each([
    ["a byte order mark", '\uFEFF{"a": 1}'],
    ["CRLF", '{\r\n  "a": 1\r\n}\r\n'],
    ["CR", '{\r"a": 1\r}\r'],
    ["tabs", '{\n\t"a": 1\n}'],
    ["white space around", ' \t\r\n{"a": 1}\n\n '],
    ["no final newline", '{"a": 1}'],
    ["a duplicate key", '{"a": 0, "a": 1}'],
    ["escapes", '{"\\u0061": 1}'],
  ])("is read: %s", (_what, text) => {
    const root = parseSettings(settingsPath, text);
    expect(root.type).toBe("object");
    expect(text.charAt(root.offset)).toBe("{");
    expect(text.charAt(root.offset + root.length - 1)).toBe("}");
  });

  test("F71: a settings file is accepted exactly when JSON.parse accepts it", () => {
    const pieces = fc.constantFrom(
      ...'{}[],:"\\/*-+.01eEu \t\n\r\f\v\0\u00A0\u2028\uFEFF\uD800aé'.split(""),
      "true",
      "null",
      "//",
      "/*",
      "*/",
      '"a"',
      '"a":',
      "1.5",
      "\\u00e9",
      '{"a":1',
      "]}",
    );
    const text = fc.array(pieces, { maxLength: 12 }).map((parts) => `{"x":${parts.join("")}}`);
    fc.assert(
      fc.property(text, (one) => {
        const isJson = failureOf(() => JSON.parse(one)).code === "ok";
        expect(refusal(one).code).toBe(isJson ? "ok" : "settings-not-strict");
      }),
      { numRuns: 3000 },
    );
  });
});
