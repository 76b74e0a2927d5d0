// What a person can see of what sessions read, and switch, with the built command and hooks.

import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  contextOf,
  prepareInstallation,
  runShell,
  sessionStartInput,
  toolInput,
} from "../support/installation.ts";
import { install } from "../support/installed.ts";
import type { TestInstallation } from "../support/installation.ts";
import { triesAll } from "../support/cases.ts";
import { eventually } from "../support/waiting.ts";
import { tokensOf } from "../support/tokens.ts";

interface Entry {
  matcher?: string;
  hooks: { command: string }[];
}

/** The command of an event's entry that names this gate. */
function commandOf(installation: TestInstallation, event: string, gate: string): string {
  const settings = JSON.parse(readFileSync(installation.settingsFile, "utf8")) as {
    hooks: Record<string, Entry[]>;
  };
  const commands = (settings.hooks[event] ?? []).flatMap(({ hooks }) =>
    hooks.map((one) => one.command),
  );
  return commands.find((one) => one.includes(`/${gate}.sh'`)) ?? "false";
}

const asSession = (id: string) => ({ CLAUDE_CODE_SESSION_ID: id });

describe("sitrep last --tokens", () => {
  test.runIf(triesAll)(
    "counts each text and its session within a tenth of a tokenizer's count",
    async () => {
      const installation = await install();
      installation.ok("task", "add", "Add OIDC login", "--priority", "high");
      const { sessionStart, gitCall } = installation.commands();
      const hear = async (command: string, input: object, id: string): Promise<string> =>
        contextOf(await installation.hook(command, { ...input, session_id: id }, asSession(id))) ??
        "";
      const start = sessionStartInput(installation);
      const brief = await hear(sessionStart, start, "session-1");
      const atSubagent = { ...start, hook_event_name: "SubagentStart", agent_type: "Explore" };
      const subagentStart = commandOf(installation, "SubagentStart", "subagent-start");
      const subagent = await hear(subagentStart, atSubagent, "session-1");
      installation.project.git("checkout", "-q", "-b", "feature/TASK-001");
      await expect.poll(() => existsSync(join(installation.live, "session-1.git"))).toBe(true);
      const call = toolInput(installation, { tool_input: { command: "git status" } });
      let git = "";
      await expect
        .poll(async () => (git = await hear(gitCall, call, "session-1")))
        .toContain("feature/TASK-001");
      const again = await hear(sessionStart, start, "session-2");
      for (const text of [brief, subagent, git, again]) expect(text).not.toBe("");
      const given = JSON.parse(
        installation.ok("last", "--session", "session-1", "--tokens", "--json"),
      ) as { text: string; tokens: number }[];
      expect(given.map(({ text }) => text)).toEqual([brief, subagent, git]);
      const within = (tokens: number, text: string): void =>
        expect(Math.abs(tokens / tokensOf(text) - 1)).toBeLessThanOrEqual(0.1);
      for (const { text, tokens } of given) within(tokens, text);
      const said = installation.ok("last", "--session", "session-1", "--tokens");
      const total = given.reduce((sum, { tokens }) => sum + tokens, 0);
      expect(said).toMatch(
        /^session- +\d+ s ago +SessionStart \(startup\) +\d+ tokens\nsession- .*SubagentStart .*\nsession- .*PreToolUse \(git call\) +\d+ tokens\n/,
      );
      expect(said).toContain(
        `\nSession session-1: 3 texts, about ${total} tokens (o200k estimate).\n`,
      );
      const both = installation.ok("last", "--count", "2", "--tokens");
      expect(both).toContain(`Session session-1: 3 texts, about ${total} tokens`);
      const second = /Session session-2: 1 text, about (\d+) tokens/.exec(both)?.[1];
      within(Number(second), again);
    },
  );
});

describe("the texts that sessions were given", () => {
  test("last prints each text with its time, length, reason and the age of its data", async () => {
    const installation = await install({ monitor: false });
    installation.ok("task", "add", "Add OIDC login", "--priority", "high");
    const { sessionStart } = installation.commands();
    // On a busy machine git may be too slow for one.
    const delivered = await eventually(async () => {
      const ran = await installation.hook(sessionStart, sessionStartInput(installation));
      const text = contextOf(ran);
      expect(text).toContain("Git: main, no remote");
      return text;
    });
    const printed = installation.ok("last", "--session", "session-1");
    expect(printed).toContain(delivered);
    expect(printed).toMatch(
      /^\d+ s ago \(\w{3} \d+ \w{3} \d\d:\d\d\) · session session-1 · SessionStart \(startup\)\n/,
    );
    expect(printed).toMatch(
      /\n\d+ characters, about \d+ tokens \(o200k estimate\) · tasks from embedded \d+ s old; git \d+ s old\n/,
    );
    const [one] = JSON.parse(installation.ok("last", "--json")) as Record<string, unknown>[];
    expect(one).toMatchObject({ text: delivered, characters: delivered?.length, cause: "startup" });
  });

  test("last prints nothing for another session, and refuses an invalid option", async () => {
    const installation = await install({ monitor: false });
    expect(installation.sitrep("last").stderr).toContain("No session has received anything yet.");
    expect(installation.sitrep("last", "--tokens").stderr).toContain(
      "No session has received anything yet.",
    );
    expect(installation.sitrep("last", "--session", "../x").code).toBe(2);
    expect(installation.sitrep("last", "--count", "none").code).toBe(2);
  });
});

describe("a preview of a hook's output", () => {
  test("brief shows the news for a tool call without taking it", async () => {
    const installation = await install();
    const { sessionStart, preToolUse } = installation.commands();
    await installation.hook(sessionStart, sessionStartInput(installation), asSession("session-1"));
    installation.ok("task", "add", "Server on fire", "--priority", "urgent");
    const input = join(installation.home, "input.json");
    writeFileSync(input, JSON.stringify(toolInput(installation)));
    const preview = (): string =>
      installation.sitrep("brief", "--event", "pre-tool-use", "--input", input).stdout;
    await expect.poll(preview, { interval: 200 }).toContain("Server on fire");
    expect(preview()).toContain("Server on fire");
    const call = async () =>
      contextOf(
        await installation.hook(preToolUse, toolInput(installation), asSession("session-1")),
      );
    // One that is given up (`hook-deadline`) takes nothing.
    await expect.poll(call).toContain("Server on fire");
    expect(preview()).toBe("");
  });

  test("brief --explain gives the reasons, and --json an estimate of tokens", async () => {
    const installation = await install({ monitor: false });
    installation.ok("task", "add", "Add OIDC login", "--priority", "high");
    expect(installation.ok("brief", "--explain")).toContain("1. TASK-001 Add OIDC login");
    const json = JSON.parse(installation.ok("brief", "--json", "--explain")) as {
      text: string;
      characters: number;
      tokens: number;
      explanation: string;
    };
    expect(json.characters).toBe(json.text.length);
    expect(json.tokens).toBeGreaterThan(json.characters / 6);
    expect(json.tokens).toBeLessThan(json.characters);
    expect(json.explanation).toContain("Tasks shown: 1 of 1.");
  });

  test("a subagent gets three lines", async () => {
    const installation = await install({ monitor: false });
    const text = installation.ok("brief", "--event", "subagent-start").trimEnd();
    expect(text.split("\n")).toHaveLength(3);
  });

  test("brief refuses an --input that is not JSON, and names the file", async () => {
    const installation = await install({ monitor: false });
    const ran = installation.sitrep("brief", "--event", "pre-tool-use", "--input", "missing.json");
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain("missing.json");
  });
});

describe("one project", () => {
  test("off and on with --project leave other projects alone", async () => {
    const installation = await install({ monitor: false });
    const { sessionStart } = installation.commands();
    const start = async () =>
      contextOf(await installation.hook(sessionStart, sessionStartInput(installation)));
    installation.ok("off", "--project", ".");
    expect(await start()).toBeNull();
    const elsewhere = { cwd: installation.home, session_id: "session-2" };
    const other = sessionStartInput(installation, elsewhere);
    expect(contextOf(await installation.hook(sessionStart, other))).toContain("Sitrep ");
    installation.ok("on", "--project", ".");
    expect(await start()).toContain("Sitrep ");
  });
});

describe("the status line", () => {
  test("--statusline sets one line, and uninstall restores the file byte for byte", async () => {
    const installation = prepareInstallation();
    const before = '{\n  "model": "opus"\n}\n';
    installation.project.write(".claude/settings.local.json", before);
    installation.ok("install", "--yes", "--no-monitor", "--statusline");
    installation.ok("task", "add", "Add OIDC login", "--priority", "high");
    const { statusLine } = JSON.parse(readFileSync(installation.settingsFile, "utf8")) as {
      statusLine: { command: string };
    };
    const input = JSON.stringify({ workspace: { current_dir: installation.project.folder } });
    const ran = await runShell(statusLine.command, {
      cwd: "/",
      env: installation.env,
      input,
    });
    expect(ran).toMatchObject({ code: 0, stderr: "" });
    expect(ran.stdout).toMatch(/^TASK-001 Add OIDC login · main · \d+ s old\n$/);
    installation.ok("install", "--yes", "--no-monitor");
    expect(readFileSync(installation.settingsFile, "utf8")).toContain("statusline.sh");
    installation.ok("uninstall", "--yes");
    expect(readFileSync(installation.settingsFile, "utf8")).toBe(before);
  });

  test("install does not replace another program's status line", () => {
    const installation = prepareInstallation();
    const before = '{"statusLine": {"type": "command", "command": "theirs"}}\n';
    installation.project.write(".claude/settings.local.json", before);
    const ran = installation.sitrep("install", "--yes", "--no-monitor", "--statusline");
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain("already has a status line from another program");
    expect(readFileSync(installation.settingsFile, "utf8")).toBe(before);
  });
});

describe("guards", () => {
  const ask = async (installation: TestInstallation, command: string) => {
    const guard = commandOf(installation, "PreToolUse", "guard-git");
    const ran = await installation.hook(
      guard,
      toolInput(installation, { tool_input: { command } }),
      asSession("session-1"),
    );
    expect(ran).toMatchObject({ code: 0, stderr: "" });
    return ran.stdout === "" ? null : (JSON.parse(ran.stdout) as object);
  };

  test("are installed only when one is switched on", async () => {
    const installation = await install({ monitor: false });
    expect(readFileSync(installation.settingsFile, "utf8")).not.toContain("guard");
  });

  test("asks before a push when the upstream has new commits, and only then", async () => {
    const installation = prepareInstallation();
    const { project, home } = installation;
    writeFileSync(
      join(installation.sitrepHome, "config.json"),
      JSON.stringify({ guards: { movedUpstream: true } }),
    );
    installation.ok("install", "--yes", "--no-monitor");
    expect(await ask(installation, "git push")).toBeNull();
    project.git("init", "-q", "--bare", "-b", "main", join(home, "remote.git"));
    project.git("remote", "add", "origin", join(home, "remote.git"));
    project.commit("a", "1\n");
    project.git("push", "-q", "-u", "origin", "main");
    project.git("reset", "-q", "--hard", "HEAD~1");
    // One that is given up (`hook-deadline`) asks nothing.
    await expect
      .poll(() => ask(installation, "git push"))
      .toEqual({
        hookSpecificOutput: {
          hookEventName: "PreToolUse",
          permissionDecision: "ask",
          permissionDecisionReason:
            "Sitrep guard: origin/main has 1 commit that this branch lacks.",
        },
      });
    expect(await ask(installation, "git commit -m x")).toBeNull();
  });

  test("ask before an edit of an unmerged file", async () => {
    const installation = prepareInstallation();
    const { project } = installation;
    const guards = { edit: true };
    writeFileSync(join(installation.sitrepHome, "config.json"), JSON.stringify({ guards }));
    installation.ok("install", "--yes", "--no-monitor");
    project.git("checkout", "-q", "-b", "side");
    project.commit("README.md", "side\n");
    project.git("checkout", "-q", "main");
    project.commit("README.md", "main\n");
    expect(() => project.git("merge", "side")).toThrow("Command failed");
    const edit = commandOf(installation, "PreToolUse", "guard-edit");
    const input = toolInput(installation, {
      tool_name: "Edit",
      tool_input: { file_path: join(project.folder, "README.md") },
    });
    const asked = async () => (await installation.hook(edit, input, asSession("session-1"))).stdout;
    await expect.poll(asked).toContain("README.md: it is unmerged");
  });
});

test("the end of a session is noted without starting a process", async () => {
  const installation = await install({ monitor: false });
  const end = commandOf(installation, "SessionEnd", "session-end");
  const run = (env: Record<string, string>) => installation.hook(end, "{}", env);
  expect(await run({ ...asSession("session-9"), PATH: "/nowhere" })).toMatchObject({
    code: 0,
    stdout: "",
    stderr: "",
  });
  expect(readFileSync(join(installation.live, "session-9.ended"), "utf8")).toBe("");
  for (const id of ["../x", "", "a b"]) {
    expect(await run(asSession(id))).toMatchObject({ code: 0, stdout: "", stderr: "" });
  }
});

/** The processes below one that run Node. */
function nodesBelow(pid: number): number[] {
  const below = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return below.split(" ").flatMap((text) => {
    const child = Number(text);
    if (child === 0) return [];
    const isNode = readFileSync(`/proc/${child}/cmdline`, "utf8").split("\0")[0]?.endsWith("/node");
    return isNode === true ? [child] : nodesBelow(child);
  });
}

/** Runs a hook twice; both have started their Node before either is told what the event is. */
async function twiceAtOnce(
  { env, project }: TestInstallation,
  command: string,
  input: object,
): Promise<(string | null)[]> {
  const children = [1, 2].map(() =>
    spawn("/bin/sh", ["-c", command], {
      cwd: project.folder,
      env: { ...env, CLAUDE_PROJECT_DIR: project.folder, ...asSession("session-1") },
      stdio: ["pipe", "pipe", "ignore"],
    }),
  );
  const outputs = children.map(async ({ stdout }) => {
    let text = "";
    for await (const part of stdout) text += String(part);
    return contextOf({ code: 0, stdout: text, stderr: "", ms: 0 });
  });
  const haveBegun = (): boolean => children.every(({ pid = 0 }) => nodesBelow(pid).length > 0);
  await expect.poll(haveBegun, { interval: 5 }).toBe(true);
  for (const { stdin } of children) stdin.end(JSON.stringify(input));
  return Promise.all(outputs);
}

describe.runIf(process.platform === "linux")("a hook that two settings files name", () => {
  test.runIf(triesAll)(
    "prints one output at each event when both run at the same time",
    async () => {
      const installation = await install({ monitor: false });
      const { sessionStart } = installation.commands();
      for (const source of ["startup", "compact", "compact"]) {
        const input = sessionStartInput(installation, { source });
        const texts = await twiceAtOnce(installation, sessionStart, input);
        expect(texts.filter((text) => text !== null)).toHaveLength(1);
      }
    },
  );
});
