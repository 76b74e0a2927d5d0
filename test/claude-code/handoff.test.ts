// Where a session stopped, as the next one reads it in its first request: with the real client and its own transcript.

import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { filesWith } from "../support/secret-scan.ts";
import { type TestInstallation } from "../support/installation.ts";
import { install } from "../support/installed.ts";
import { bash, runClaude, type Session } from "./claude.ts";
import { textsOf } from "./fake-messages-api.ts";

const secret = ["gh", "p_", "abcdefghijklmnopqrst0123456789abcdef"].join("");

/** A session that changes a file, has a command fail, and says how things stand. */
const work = (
  installation: TestInstallation,
  more: { prompts?: string[] } = {},
): Promise<Session> => {
  const file = join(installation.project.folder, "src-auth.ts");
  return runClaude(installation, {
    ...more,
    script: (_, index) => {
      if (index === 1)
        return { calls: [{ tool: "Write", input: { file_path: file, content: "x" } }] };
      if (index === 2) return bash(`TOKEN=${secret} ./no-such-check --all`);
      return { text: `Two tests still fail. The token was ${secret}.` };
    },
  });
};

const kept = (installation: TestInstallation): unknown =>
  JSON.parse(installation.ok("handoff", "--json"));

async function untilKept(installation: TestInstallation): Promise<void> {
  await expect.poll(() => kept(installation)).not.toBeNull();
}

const leftOff =
  /Left off \(\d\d:\d\d\): "Two tests still fail\. The token was \[secret\]\.?"; last failed "no-such-check \(exit 127\)"; touched "?src-auth\.ts"?/;

describe("the handoff of a session", () => {
  test("is in the next session's first request, without secrets, and not in its own resumed session's", async () => {
    const installation = await install();
    const first = await work(installation);
    expect(textsOf(first.requests.at(-1))).not.toContain("Left off");
    expect(first.debug).toMatch(/Stop .* finished with status 0/);
    await expect.poll(() => kept(installation)).toMatchObject({ sessionId: first.sessionId });
    const script = () => ({ text: "done" });
    const resumed = await runClaude(installation, { args: ["--resume", first.sessionId], script });
    expect(textsOf(resumed.requests[0])).not.toContain("Left off");
    // The resumption's own last message is what was left since.
    await expect.poll(() => kept(installation)).toMatchObject({ said: "done" });
    const next = await runClaude(installation, { script });
    expect(textsOf(next.requests[0])).toMatch(
      /Left off \(\d\d:\d\d\): "done"; last failed "no-such-check \(exit 127\)"/,
    );
    expect(filesWith(installation.sitrepHome, [secret], [])).toEqual([]);
  });

  test("is in the first request after /clear", async () => {
    const installation = await install();
    const prompts = ["hello", "/clear", "again"];
    const cleared = await work(installation, { prompts });
    expect(textsOf(cleared.requests.at(-1))).toMatch(leftOff);
    expect(textsOf(cleared.requests.at(-1))).toContain("again");
  });

  test("is in the session's own request after /compact", async () => {
    const installation = await install();
    const session = await runClaude(installation, {
      prompts: ["hello", "/compact", "again"],
      script: async (_, index) => {
        if (index === 1) return bash("./no-such-check");
        // A summary takes its time.
        if (index === 3) await untilKept(installation);
        return { text: "<summary>We tried.</summary>" };
      },
    });
    expect(session.exitCode).toBe(0);
    expect(session.debug).toMatch(/PreCompact.* (?:finished|completed) with status 0/);
    expect(textsOf(session.requests.at(-1))).toMatch(
      /Left off .*last failed "no-such-check \(exit 127\)"/,
    );
  });

  test.for([
    ["in the home folder", undefined],
    ["where CLAUDE_CONFIG_DIR says", "own config"],
  ] as const)(
    "is in the next request with the open tasks of Claude Code's own list, %s, which task keep adds",
    async ([, folder]) => {
      const installation = await install();
      const own =
        folder === undefined ? {} : { CLAUDE_CONFIG_DIR: join(installation.home, folder) };
      const task = (tool: string, input: Record<string, unknown>) => ({ calls: [{ tool, input }] });
      const replies = [
        task("TaskCreate", { subject: "Read the code", description: "All" }),
        task("TaskCreate", { subject: "Fix login", description: "With PKCE" }),
        task("TaskCreate", { subject: "Write docs", description: "Of the login" }),
        task("TaskUpdate", { taskId: "1", status: "completed" }),
        task("TaskUpdate", { taskId: "2", status: "in_progress" }),
      ];
      const first = await runClaude(installation, {
        args: ["--allowedTools=TaskCreate,TaskUpdate"],
        env: { CLAUDE_CODE_ENABLE_TODO_TOOLS: "1", ...own },
        script: (_, index) => replies[index - 1] ?? { text: "I stop here." },
      });
      await expect
        .poll(() => kept(installation))
        .toMatchObject({
          sessionId: first.sessionId,
          said: "I stop here.",
          unfinishedCount: 2,
        });
      const script = () => ({ text: "done" });
      const next = await runClaude(installation, { script, env: own });
      expect(textsOf(next.requests[0])).toMatch(
        /Left off \(\d\d:\d\d\): "I stop here\.";? unfinished \(1 in progress\) "Fix login", "Write docs"/,
      );
      expect(installation.ok("task", "keep", "--yes")).toContain("Added 2 tasks.");
      const last = await runClaude(installation, { script, env: own });
      expect(textsOf(last.requests[0])).toContain('Next: TASK-001 in progress: "Fix login"');
      expect(textsOf(last.requests[0])).not.toContain("unfinished");
    },
  );

  test("is not saved when handoff.off exists", async () => {
    const installation = await install();
    await work(installation);
    await untilKept(installation);
    const off = join(installation.state, "handoff.off");
    writeFileSync(off, "");
    await work(installation);
    const next = await runClaude(installation, { script: () => ({ text: "done" }) });
    expect(textsOf(next.requests[0])).toContain("Sitrep ");
    expect(textsOf(next.requests[0])).not.toContain("Left off");
    rmSync(off);
    expect(kept(installation)).toBeNull();
  });
});
