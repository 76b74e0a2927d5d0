import { describe, expect, test } from "vitest";
import { ticIn } from "../../scripts/lint/voice.ts";

describe("the lint rule for translated English", () => {
  test.each([
    "--port x is no port.",
    "these are no tasks",
    "start it anew",
    "No token was to be had.",
    "with the flags of then",
    "Whoever asks gets it.",
    "it is given up after 2 s",
  ])("reports %j", (text) => {
    expect(ticIn(text)).not.toBeNull();
  });

  test.each([
    "There is no task T-1.",
    "it is no longer listed",
    '--port must be 0 to 65535, not "x".',
    "T-1 is not a task",
  ])("accepts %j", (text) => {
    expect(ticIn(text)).toBeNull();
  });
});
