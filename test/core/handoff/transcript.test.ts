import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readTranscriptEnd } from "../../../src/core/handoff/transcript.ts";
import { calls, edits, runs, says } from "../../support/transcript.ts";

describe("a transcript's end", () => {
  test("has the last message, the changed files latest first, and the command that last failed", () => {
    const text = [
      says("Let me look."),
      edits("/w/a.ts"),
      calls("Write", { file_path: "/w/b.ts", content: "x" }),
      calls("NotebookEdit", { notebook_path: "/w/c.ipynb", new_source: "" }),
      edits("/w/a.ts"),
      calls("Read", { file_path: "/w/read.ts" }),
      runs("npm run lint", "Exit code 1\nbad"),
      runs("npm test", "Exit code 3\nbad"),
      says("Two tests still fail."),
    ];
    expect(readTranscriptEnd(text.join(""))).toEqual({
      said: "Two tests still fail.",
      files: ["/w/a.ts", "/w/c.ipynb", "/w/b.ts"],
      failed: "npm test",
      exitCode: "3",
      at: null,
    });
  });

  test("has the time of its last entry with a valid timestamp", () => {
    const [one, two] = ["2026-11-21T09:00:00.000Z", "2026-11-21T09:30:00.000Z"];
    const text = says("One.", { timestamp: one }) + says("Two.", { timestamp: two });
    expect(readTranscriptEnd(text).at).toBe(Date.parse(two));
    expect(readTranscriptEnd(text + says("Three.", { timestamp: "soon" })).at).toBe(
      Date.parse(two),
    );
  });

  test("names no command that succeeded after it had failed, was refused, or still runs", () => {
    const refused = "The user doesn't want to proceed with this tool use.";
    expect(readTranscriptEnd(runs("a", "Exit code 1") + runs("a")).failed).toBe("");
    expect(readTranscriptEnd(runs("a", "Exit code 1") + runs("b")).failed).toBe("a");
    expect(readTranscriptEnd(runs("a", refused)).failed).toBe("");
    expect(readTranscriptEnd(runs("a").split("\n", 1)[0] ?? "").failed).toBe("");
  });

  test("names no file whose change was refused", () => {
    expect(
      readTranscriptEnd(edits("/w/a.ts", "<tool_use_error>No</tool_use_error>")).files,
    ).toEqual([]);
  });

  test("leaves out what a subagent says, and what the client says in the model's place", () => {
    const text = says("Mine.") + says("Its.", { isSidechain: true });
    expect(readTranscriptEnd(text + says("API Error", { isApiErrorMessage: true })).said).toBe(
      "Mine.",
    );
  });

  test("never causes an error if it is cut at either end or has another form", () => {
    const text = says("Before.") + edits("/w/a.ts") + says("After.");
    expect(readTranscriptEnd(text.slice(20)).said).toBe("After.");
    expect(readTranscriptEnd(text.slice(0, -20)).said).toBe("Before.");
    const nothing = { said: "", files: [], failed: "", at: null };
    fc.assert(
      fc.property(fc.array(fc.json()), (lines) => {
        expect(readTranscriptEnd(lines.join("\n"))).toEqual(nothing);
      }),
    );
    const kinds = fc.record({
      type: fc.constantFrom("user", "assistant"),
      message: fc.jsonValue(),
    });
    fc.assert(
      fc.property(
        fc.array(kinds),
        (all) => void readTranscriptEnd(all.map((one) => JSON.stringify(one)).join("\n")),
      ),
    );
  });
});
