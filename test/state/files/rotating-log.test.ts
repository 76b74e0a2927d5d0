// Logs that stay small.

import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { appendToLog, rotateLog } from "../../../src/state/files/rotating-log.ts";
import { temporaryFolder } from "../../support/temporary.ts";

test("a log line is added in a new folder for its owner only", () => {
  const file = join(temporaryFolder(), "logs", "one.log");
  appendToLog(file, { code: "a" }, 100);
  appendToLog(file, { code: "b" }, 100);
  expect(readFileSync(file, "utf8")).toBe('{"code":"a"}\n{"code":"b"}\n');
});

test("a log that is too large is rotated, and the given number of old ones is kept", () => {
  const folder = temporaryFolder();
  const file = join(folder, "one.log");
  for (const text of ["first", "second", "third", "fourth"]) {
    writeFileSync(file, text);
    expect(rotateLog(file, 10, 2)).toBe(false);
    expect(rotateLog(file, 4, 2)).toBe(true);
  }
  expect(rotateLog(file, 4, 2)).toBe(false);
  expect(readdirSync(folder).toSorted()).toEqual(["one.log.1", "one.log.2"]);
  expect(readFileSync(`${file}.1`, "utf8")).toBe("fourth");
  expect(readFileSync(`${file}.2`, "utf8")).toBe("third");
});

test("F38: a log that cannot be written does not throw", () => {
  const file = join(temporaryFolder(), "one.log");
  mkdirSync(file);
  expect(() => appendToLog(file, { code: "a" }, 100)).not.toThrow();
});
