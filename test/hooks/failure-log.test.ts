import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { appendFailure, readFailures } from "../../src/hooks/failure-log.ts";
import { hour, saturday } from "../support/builders.ts";
import { temporaryFolder } from "../support/temporary.ts";

const failure = { at: saturday, event: "SessionStart", code: "database-missing" };

describe("the log of hook failures", () => {
  test("has each failure with its time", () => {
    const file = join(temporaryFolder(), "logs", "hooks.log");
    appendFailure(file, { ...failure, at: saturday - 2 * hour });
    appendFailure(file, failure);
    expect(readFailures(file, saturday - hour)).toEqual([failure]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test("may have lines that are not failures, which are skipped", () => {
    const file = join(temporaryFolder(), "hooks.log");
    writeFileSync(file, `rubbish\n${JSON.stringify(failure)}\n{"at":"x"}\n`);
    expect(readFailures(file, 0)).toEqual([failure]);
    expect(readFailures(join(file, "nowhere"), 0)).toEqual([]);
  });

  test("is replaced by a new one when it is large", () => {
    const file = join(temporaryFolder(), "hooks.log");
    writeFileSync(file, "x".repeat(300 * 1024));
    appendFailure(file, failure);
    expect(readFailures(file, 0)).toEqual([failure]);
    expect(readFileSync(`${file}.1`, "utf8")).toHaveLength(300 * 1024);
  });

  test("is skipped without an error when it cannot be written", () => {
    const folder = join(temporaryFolder(), "logs");
    mkdirSync(join(folder, "hooks.log"), { recursive: true });
    expect(() => appendFailure(join(folder, "hooks.log"), failure)).not.toThrow();
  });
});
