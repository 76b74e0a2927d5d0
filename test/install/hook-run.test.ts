import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { runHookCommand } from "../../src/install/hook-run.ts";
import { codeOf } from "../../src/core/errors.ts";
import { requireTool } from "../support/settings-machine.ts";
import { temporaryFolder } from "../support/temporary.ts";

const outputOf = (context: string): string =>
  JSON.stringify({
    hookSpecificOutput: { hookEventName: "SessionStart", additionalContext: context },
  });

describe("a checked command", () => {
  test("gets Claude Code's input, the project's folder and a working directory", async () => {
    const folder = temporaryFolder();
    const script = `
      const chunks = [];
      process.stdin.on("data", (chunk) => chunks.push(chunk)).on("end", () => {
        const input = JSON.parse(Buffer.concat(chunks).toString());
        const context = [input.source, process.cwd(), process.env.CLAUDE_PROJECT_DIR].join(" ");
        console.log(JSON.stringify({ hookSpecificOutput: { additionalContext: context } }));
      });`;
    const command = `'${process.execPath}' -e '${script}'`;
    const outcome = await runHookCommand(command, { source: "startup" }, folder);
    expect(outcome).toMatchObject({
      exitCode: 0,
      stderr: "",
      context: `startup ${folder} ${folder}`,
    });
    expect(outcome.ms).toBeGreaterThan(0);
  });

  test.each([
    { what: "prints nothing", command: ":", outcome: { exitCode: 0, stderr: "", context: null } },
    {
      what: "prints an error and fails",
      command: "echo oh >&2; exit 3",
      outcome: { exitCode: 3, stderr: "oh\n", context: null },
    },
    { what: "is killed", command: "kill -9 $$", outcome: { exitCode: null, context: null } },
    {
      what: "does not exist",
      command: "/missing/hook",
      outcome: { exitCode: 127, context: null },
    },
    {
      what: "prints a response and fails",
      command: `printf %s '${outputOf("x")}'; exit 1`,
      outcome: { exitCode: 1, context: "x" },
    },
    {
      what: "prints an empty response",
      command: `printf %s '${outputOf("")}'`,
      outcome: { exitCode: 0, context: "" },
    },
  ])("is reported when it $what", async ({ command, outcome }) => {
    expect(await runHookCommand(command, {}, temporaryFolder())).toMatchObject(outcome);
  });

  test.each([
    ["text", "hello"],
    ["broken JSON", '{"hookSpecificOutput":'],
    ["two objects", `${outputOf("a")}${outputOf("b")}`],
    ["text before the JSON", `x${outputOf("a")}`],
    ["a context in the wrong place", '{"additionalContext":"a"}'],
    ["a context that is not text", '{"hookSpecificOutput":{"additionalContext":[1]}}'],
    ["a list", "[]"],
    ["white space", " "],
  ])("prints output that Claude Code would ignore: %s", async (_what, text) => {
    const run = runHookCommand(`printf %s '${text}'`, {}, temporaryFolder());
    expect(await run.then(() => "ok", codeOf)).toBe("install-check-failed");
  });

  test("may leave its input unread, whatever its length", async () => {
    const input = { prompt: "x".repeat(1024 * 1024) };
    expect(await runHookCommand("exit 0", input, temporaryFolder())).toMatchObject({ exitCode: 0 });
  });

  test("is an error if it cannot be started, and does not hang", async () => {
    const run = runHookCommand(":", {}, join(temporaryFolder(), "missing"));
    expect(await run.then(() => "ok", codeOf)).toBe("ENOENT");
  });

  // Each chunk of output is decoded by itself, and a pipe's chunks end where they like.
  test("may print several chunks of two-byte characters", async () => {
    const folder = temporaryFolder();
    for (const start of ["", "x"]) {
      const context = `${start}${"é".repeat(200_000)}`;
      writeFileSync(join(folder, "output"), outputOf(context));
      const outcome = await runHookCommand("cat output", {}, folder);
      expect(outcome.context === context).toBe(true);
    }
  });
});

describe.concurrent("a checked command that does not exit", () => {
  test("is killed at its time limit with everything that it started", async () => {
    const outcome = await runHookCommand("sleep 60 & sleep 60; :", {}, "/", process.env, 300);
    expect(outcome).toMatchObject({ exitCode: null, context: null });
    expect(outcome.ms).toBeGreaterThanOrEqual(300);
    expect(outcome.ms).toBeLessThan(15_000);
  });

  // The group is gone by then: the kill throws in the timer, where nobody catches it.
  test("does not crash the check if a process of another group keeps its output open", async (context) => {
    const setsid = requireTool(context, "setsid");
    const source = join(import.meta.dirname, "../../src/install/hook-run.ts");
    const script = `
      const { runHookCommand } = await import(${JSON.stringify(source)});
      await runHookCommand("${setsid} sleep 12 & exit 0", {}, "/").catch(() => undefined);
      process.stdout.write("survived");`;
    const args = ["--input-type=module", "-e", script];
    const output = await promisify(execFile)(process.execPath, args).then(
      ({ stdout }) => stdout,
      (error: { stderr?: string }) => error.stderr ?? "",
    );
    expect(output).toBe("survived");
  });
});
