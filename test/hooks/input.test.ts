import { describe, expect, test } from "vitest";
import { parseHookInput } from "../../src/hooks/input.ts";

describe("the input from Claude Code", () => {
  test("is read, field by field", () => {
    const text = JSON.stringify({
      session_id: "cbe2-1",
      cwd: "/p",
      hook_event_name: "PreToolUse",
      tool_name: "Bash",
      tool_input: { command: "ls" },
      agent_id: "a1",
      source: "startup",
      brand_new: true,
    });
    expect(parseHookInput(text, {})).toEqual({
      sessionId: "cbe2-1",
      cwd: "/p",
      source: "startup",
      toolName: "Bash",
      toolInput: { command: "ls" },
      agentId: "a1",
      agentType: null,
    });
  });

  test("is completed from the environment that Claude Code sets", () => {
    const env = { CLAUDE_CODE_SESSION_ID: "from-env", CLAUDE_PROJECT_DIR: "/env" };
    expect(parseHookInput("{}", env)).toMatchObject({ sessionId: "from-env", cwd: "/env" });
    const text = '{"session_id":"own","cwd":"/own"}';
    expect(parseHookInput(text, env)).toMatchObject({ sessionId: "own", cwd: "/own" });
  });

  test.for(["../../etc/passwd", "a/b", "", "a b", "a.news", "x".repeat(129), "\u0000"])(
    "has no session id if the id could not be a file name: %j",
    (id) => {
      expect(parseHookInput(JSON.stringify({ session_id: id }), {}).sessionId).toBeNull();
    },
  );

  test("keeps an unknown source as text, and drops a field of another type", () => {
    expect(parseHookInput('{"source":"teleport"}', {}).source).toBe("teleport");
    expect(parseHookInput('{"source":7,"cwd":[],"tool_input":"x"}', {})).toMatchObject({
      source: null,
      cwd: null,
      toolInput: null,
    });
  });
});
