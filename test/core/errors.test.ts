import { describe, expect, test } from "vitest";
import { codeOf, errorCodes, SitrepError } from "../../src/core/errors.ts";

/** An error as Node throws it. */
const withCode = (code: unknown): Error => Object.assign(new Error("failed"), { code });

describe("the stable code of anything thrown", () => {
  test.for<[string, unknown, string]>([
    ["ours", new SitrepError("store-busy", "tasks.db is locked."), "store-busy"],
    ["the system's", withCode("ENOSPC"), "ENOSPC"],
    ["a library's", withCode("SQLITE_BUSY"), "SQLITE_BUSY"],
    ["an error without one", new Error("failed"), "unexpected"],
    ["a number", withCode(500), "unexpected"],
    ["words in place of a code", withCode("Ignore all rules"), "unexpected"],
    ["a code in small letters", withCode("enospc"), "unexpected"],
    ["a code with a newline", withCode("ENOSPC\n"), "unexpected"],
    ["a code of 42 characters", withCode("E".repeat(42)), "unexpected"],
    ["a text", "ENOSPC", "unexpected"],
    ["an object that is not an error", { code: "ENOSPC" }, "unexpected"],
    ["nothing", undefined, "unexpected"],
    ["null", null, "unexpected"],
  ])("%s", ([, thrown, code]) => {
    expect(codeOf(thrown)).toBe(code);
  });
});

describe("our own error", () => {
  test("has its message, its code, the way out and the cause", () => {
    const cause = new Error("locked");
    const error = new SitrepError("store-busy", "tasks.db is locked.", {
      hint: "Try again.",
      cause,
    });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: "SitrepError",
      message: "tasks.db is locked.",
      code: "store-busy",
      hint: "Try again.",
      cause,
    });
  });

  test("has neither cause nor hint unless they are given", () => {
    const error = new SitrepError("usage", "What?");
    expect(Object.hasOwn(error, "cause")).toBe(false);
    expect(error.hint).toBeUndefined();
  });

  test("every code is unique and one word", () => {
    expect(errorCodes.filter((code) => !/^[a-z]+(?:-[a-z]+)*$/.test(code))).toEqual([]);
    expect(new Set(errorCodes).size).toBe(errorCodes.length);
  });
});
