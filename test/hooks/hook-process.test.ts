import { describe, expect, test } from "vitest";
import { SitrepError } from "../../src/core/errors.ts";
import { runHook } from "../../src/hooks/hook-process.ts";
import type { HookResponse, HookHandler } from "../../src/hooks/hook-process.ts";

interface Outcome {
  said: string[];
  ended: boolean[];
  reports: string[];
  order: string[];
}

const endIn = (ms: number): (() => number) => {
  const end = Date.now() + ms;
  return () => end - Date.now();
};

/** Runs a handler to the first end of its "process". */
function run(
  handle: HookHandler,
  options: { text?: string; isPending?: boolean; remainingMs?: () => number } = {},
): Promise<Outcome> {
  const outcome: Outcome = { said: [], ended: [], reports: [], order: [] };
  return new Promise((resolve) => {
    void runHook({
      event: "SessionStart",
      handle,
      output: {
        write: (text) => {
          outcome.said.push(text);
          outcome.order.push("say");
        },
        end: (isReadPending) => {
          outcome.ended.push(isReadPending);
          resolve(outcome);
        },
      },
      readInput: async () => ({
        text: options.text ?? "{}",
        isPending: options.isPending ?? false,
      }),
      env: {},
      remainingMs: options.remainingMs ?? (() => 5000),
      report: (code) => outcome.reports.push(code),
    });
  });
}

describe("a hook", () => {
  test("writes one JSON object in Claude Code's form and ends", async () => {
    const outcome = await run(async () => ({ context: "Hello" }));
    expect(outcome.said.map((text) => JSON.parse(text) as unknown)).toEqual([
      { hookSpecificOutput: { hookEventName: "SessionStart", additionalContext: "Hello" } },
    ]);
    expect(outcome).toMatchObject({ ended: [false], reports: [] });
  });

  test("writes a message for the person beside what Claude reads", async () => {
    const { said } = await run(async () => ({ context: "Hello", message: "Add\u202e them" }));
    expect(said).toEqual([
      '{"systemMessage":"Add them","hookSpecificOutput":{"hookEventName":"SessionStart","additionalContext":"Hello"}}',
    ]);
  });

  test("writes nothing when there is nothing to say", async () => {
    expect((await run(async () => ({ context: null }))).said).toEqual([]);
  });

  test("writes its output before it records anything", async () => {
    const order: string[] = [];
    const outcome = await run(async () => ({
      context: "x",
      afterwards: () => order.push("afterwards"),
    }));
    expect([...outcome.order, ...order]).toEqual(["say", "afterwards"]);
  });

  test("ends silently and logs the failure if it throws", async () => {
    const outcome = await run(async () => {
      throw new SitrepError("database-missing", "secret words");
    });
    expect(outcome).toMatchObject({ said: [], ended: [false], reports: ["database-missing"] });
  });

  test("keeps its output if it throws afterwards", async () => {
    const outcome = await run(async () => ({
      context: "x",
      afterwards: () => {
        throw Object.assign(new Error("full"), { code: "ENOSPC" });
      },
    }));
    expect(outcome).toMatchObject({ ended: [false], reports: ["ENOSPC"] });
    expect(outcome.said).toHaveLength(1);
  });

  test("ends at its deadline and logs the failure if it hangs", async () => {
    const outcome = await run(() => new Promise(() => undefined), { remainingMs: endIn(30) });
    expect(outcome).toMatchObject({ said: [], reports: ["hook-deadline"] });
  });

  test("still responds if it got no processor time until its deadline", async () => {
    /** It answers right after its deadline, at which it has `leftMs` left. */
    const late = (leftMs: number): Promise<Outcome> => {
      let response: (given: HookResponse) => void = () => expect.unreachable();
      let looks = 0;
      const remainingMs = (): number => {
        looks += 1;
        if (looks === 1) return 1;
        setImmediate(() => response({ context: "x" }));
        return leftMs;
      };
      return run(() => new Promise((resolve) => (response = resolve)), { remainingMs });
    };
    const answered = await late(60_000);
    expect(answered).toMatchObject({ reports: [], ended: [false] });
    expect(answered.said).toHaveLength(1);
    expect((await late(0)).reports).toEqual(["hook-deadline"]);
  });

  test("is ended by force if it still waits for standard input", async () => {
    expect((await run(async () => ({ context: null }), { isPending: true })).ended).toEqual([true]);
  });

  test.for(["", "not JSON", "[1]", '{"session_id":', "null", "7"])(
    "continues with defaults when its input is %j",
    async (text) => {
      const seen: unknown[] = [];
      const outcome = await run(
        async (input) => {
          seen.push(input);
          return { context: "x" };
        },
        { text },
      );
      expect(outcome.said).toHaveLength(1);
      expect(seen).toEqual([
        {
          sessionId: null,
          cwd: null,
          source: null,
          toolName: null,
          toolInput: null,
          agentId: null,
          agentType: null,
        },
      ]);
    },
  );
});
