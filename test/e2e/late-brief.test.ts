// A brief that the hook of a session's start could not deliver comes with the session's next tool call or prompt, once.
// The built gate, hook and monitor.

import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { contextOf, sessionStartInput, toolInput } from "../support/installation.ts";
import { install } from "../support/installed.ts";
import type { TestInstallation } from "../support/installation.ts";
import { eventually } from "../support/waiting.ts";

const id = "session-1";

/** Begins a session whose hook waits for its input; gives its process group and its output. */
async function begin(one: TestInstallation) {
  const child = spawn("/bin/sh", ["-c", one.commands().sessionStart], {
    cwd: one.project.folder,
    env: { ...one.env, CLAUDE_PROJECT_DIR: one.project.folder, CLAUDE_CODE_SESSION_ID: id },
    stdio: "pipe",
    detached: true,
  });
  const { pid } = child;
  if (pid === undefined) throw new Error("sh did not start");
  let stdout = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString("utf8")));
  child.stdin.on("error", () => undefined);
  const ended = once(child, "exit");
  const signal = (name: NodeJS.Signals): void => void process.kill(-pid, name);
  onTestFinished(() => {
    if (child.exitCode === null && child.signalCode === null) signal("SIGKILL");
  });
  await eventually(() => expect(existsSync(join(one.live, `${id}.start`))).toBe(true), 2);
  return { child, signal, ended, said: () => stdout };
}

const env = { CLAUDE_CODE_SESSION_ID: id };
const promptOf = (one: TestInstallation): string => {
  const { hooks } = JSON.parse(readFileSync(one.settingsFile, "utf8")) as {
    hooks: { UserPromptSubmit: [{ hooks: [{ command: string }] }] };
  };
  return hooks.UserPromptSubmit[0].hooks[0].command;
};
const call = async (one: TestInstallation): Promise<string | null> =>
  contextOf(await one.hook(one.commands().preToolUse, toolInput(one), env));

test("F5, F45: the next tool call delivers the brief of a killed hook, once", async () => {
  const one = await install();
  one.ok("task", "add", "Fix the till");
  const { signal, ended, said } = await begin(one);
  signal("SIGKILL");
  await ended;
  expect(said()).toBe("");
  const brief = await eventually(async () => {
    const text = await call(one);
    expect(text).not.toBeNull();
    return text;
  }, 100);
  expect(brief).toMatch(/^Sitrep /);
  expect(brief).toContain("Fix the till");
  // On a busy machine git's response is a second old by then, and its line says so.
  expect(brief).toMatch(/^Git(?: read \d+ s ago)?: main/m);
  await eventually(() => expect(one.ok("last", "--session", id)).toContain("Fix the till"));
  for (let calls = 0; calls < 5; calls += 1) expect(await call(one)).toBeNull();
  // What comes after it is news as ever.
  one.ok("task", "add", "Server on fire", "--priority", "urgent");
  const news = await eventually(async () => {
    const text = await call(one);
    expect(text).not.toBeNull();
    return text;
  }, 100);
  expect(news).toContain("Server on fire");
  expect(news).not.toContain("Sitrep ");
});

/** What the first prompt reads that reads something. */
const withNextPrompt = (one: TestInstallation): Promise<string> =>
  eventually(async () => {
    const ran = await one.hook(promptOf(one), { ...toolInput(one), prompt: "Go on" }, env);
    const text = contextOf(ran);
    expect(text).not.toBeNull();
    return text ?? "";
  }, 100);

test("the next prompt delivers the brief of a killed hook when prompt hooks are installed", async () => {
  const one = await install();
  one.ok("install", "--yes", "--prompts");
  one.ok("task", "add", "Fix the till");
  const { signal, ended } = await begin(one);
  signal("SIGKILL");
  await ended;
  expect(await withNextPrompt(one)).toContain("Fix the till");
  expect(await call(one)).toBeNull();
});

test("a brief past its deadline is delivered by the hook or by the next prompt, not by both", async () => {
  const one = await install();
  one.ok("install", "--yes", "--prompts");
  one.ok("task", "add", "Fix the till");
  const { child, signal, ended, said } = await begin(one);
  signal("SIGSTOP");
  await new Promise((resolve) => setTimeout(resolve, 1500));
  signal("SIGCONT");
  child.stdin.end(JSON.stringify(sessionStartInput(one)));
  await ended;
  const heard = said() === "" ? await withNextPrompt(one) : said();
  expect(heard).toContain("Fix the till");
  expect(await call(one)).toBeNull();
});
