import { describe, expect, test } from "vitest";
import { parseSessionId } from "../../src/core/session.ts";

describe("an id that is safe in a file name is kept", () => {
  test.for(["3f1c2d4e-0000-4a5b-8c6d-7e8f9a0b1c2d", "session_1", "a", "x".repeat(128)])(
    "%s",
    (id) => {
      expect(parseSessionId(id)).toBe(id);
    },
  );
});

describe("any other id is null", () => {
  test.for([
    ["missing", undefined],
    ["empty", ""],
    ["longer than 128", "x".repeat(129)],
    ["a way out of the folder", "../../etc/passwd"],
    ["a separator", "a/b"],
    ["a separator of Windows", "a\\b"],
    ["a dot", "a.b"],
    ["a space", "a b"],
    ["a newline at its end", "session\n"],
    ["a null", "a\0b"],
    ["a letter beyond ASCII", "sessión"],
    ["a shell's words", "$(id)"],
  ] as const)("%s", ([, id]) => {
    expect(parseSessionId(id)).toBeNull();
  });
});
