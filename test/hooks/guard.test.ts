import { describe, expect, test } from "vitest";
import { noGuards } from "../../src/core/guards.ts";
import type { GuardSettings } from "../../src/core/guards.ts";
import { createGuard } from "../../src/hooks/guard.ts";
import type { HookInput } from "../../src/hooks/input.ts";
import { withDefinedFields } from "../../src/core/read.ts";

const worktree = "/work/shop-api";
const changed = { concern: "changed", tree: null, at: null, key: "" } as const;

async function ask(
  given: Partial<GuardSettings>,
  input: Partial<HookInput>,
  branch: string | null = "main",
  behind = 0,
): Promise<{ question: string | null; asked: string[] }> {
  const asked: string[] = [];
  const handle = createGuard({
    locate: () => ({
      project: worktree,
      projectName: "shop-api",
      worktree,
      isRepository: true,
      branch,
    }),
    guards: () => withDefinedFields(noGuards, given),
    upstream: async () => {
      asked.push("upstream");
      return { name: "origin/main", behind };
    },
    concerns: (_, root, path) =>
      root === worktree && path === "src/cart.ts" ? [{ ...changed, path }] : [],
    isUnmerged: async (_, path) => {
      asked.push(`unmerged ${path}`);
      return path === "src/conflict.ts";
    },
  });
  const response = await handle({
    sessionId: "s1",
    cwd: worktree,
    source: null,
    toolName: "Bash",
    toolInput: null,
    agentId: null,
    agentType: null,
    ...input,
  });
  expect(response.context).toBeNull();
  return { question: response.question ?? null, asked };
}

const shell = (command: string): Partial<HookInput> => ({ toolInput: { command } });
const edit = (file: string): Partial<HookInput> => ({
  toolName: "Edit",
  toolInput: { file_path: file },
});

describe("a guard", () => {
  test("asks before a commit on a protected branch, and names the branch", async () => {
    const { question } = await ask({ commit: true }, shell("git commit -m x"));
    expect(question).toBe("Sitrep guard: this commits to the protected branch main.");
  });

  test("asks nothing and starts no git unless it is switched on", async () => {
    for (const input of [
      shell("git commit && git push -f"),
      edit(`${worktree}/src/cart.ts`),
      edit(`${worktree}/src/conflict.ts`),
    ]) {
      expect(await ask({}, input, "main", 3)).toEqual({ question: null, asked: [] });
    }
  });

  test("checks the upstream for a push only", async () => {
    expect((await ask({ movedUpstream: true }, shell("git commit"), "login", 3)).asked).toEqual([]);
    const { question, asked } = await ask({ movedUpstream: true }, shell("git push"), "login", 3);
    expect(asked).toEqual(["upstream"]);
    expect(question).toContain("origin/main has 3 commits that this branch lacks");
  });

  test("asks one question with all its reasons", async () => {
    const { question } = await ask(
      { commit: true, forcePush: true },
      shell("git commit && git push --force"),
    );
    expect(question).toContain("main; this push can overwrite others' commits.");
  });

  test("asks before an edit of a file that others changed, or that is unmerged", async () => {
    const guards = { edit: true };
    expect((await ask(guards, edit(`${worktree}/src/cart.ts`))).question).toContain(
      '"src/cart.ts": another live session has uncommitted changes in it',
    );
    expect((await ask(guards, edit(`${worktree}/src/conflict.ts`))).question).toContain(
      '"src/conflict.ts": it is unmerged',
    );
    expect((await ask(guards, edit(`${worktree}/README.md`))).question).toBeNull();
    expect((await ask(guards, edit("/elsewhere/src/cart.ts"))).question).toBeNull();
  });

  test("keeps hostile names on one harmless line", async () => {
    const branch = "main\u202e\n\u001b[31m";
    const guards = { commit: true, protectedBranches: [branch] };
    const { question } = await ask(guards, shell("git commit"), branch);
    expect(question).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});
