// Runs the real client: a cleared environment, the test's HOME, a dummy key, the fake API, and no network but loopback.

import { execFile, spawn } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { clientProgram } from "../../scripts/cached-packages.ts";
import type { TestInstallation } from "../support/installation.ts";
import { startFakeApi } from "./fake-messages-api.ts";
import type { MessagesRequest, Script } from "./fake-messages-api.ts";

export interface Session {
  requests: MessagesRequest[];
  sessionId: string;
  exitCode: number | null;
  stdout: string;
  /** The client's own debug log. */
  debug: string;
}

export interface ClaudeOptions {
  script: Script;
  /** Each is one turn of the user; `/compact` and `/clear` work. */
  prompts?: string[];
  args?: string[];
  env?: Record<string, string>;
  cwd?: string;
}

const userMessage = (text: string): string =>
  `${JSON.stringify({ type: "user", message: { role: "user", content: text } })}\n`;

interface StreamEvent {
  type?: string;
  session_id?: string;
}

/** Its whole environment: of the machine's it has nothing. */
export function environmentOf({ home }: TestInstallation, api: string): Record<string, string> {
  return {
    HOME: home,
    PATH: "/usr/local/bin:/usr/bin:/bin",
    TZ: "UTC",
    ANTHROPIC_API_KEY: "sk-ant-dummy",
    ANTHROPIC_BASE_URL: api,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    DISABLE_AUTOUPDATER: "1",
    CLAUDE_CODE_TMPDIR: join(home, "client-tmp"),
  };
}

/** Runs `claude plugin …` and gives what it printed. Throws when it fails. */
export async function claudePlugin(
  installation: TestInstallation,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  mkdirSync(join(installation.home, "client-tmp"), { recursive: true });
  const { stdout, stderr } = await promisify(execFile)(clientProgram, ["plugin", ...args], {
    cwd: installation.project.folder,
    env: { ...environmentOf(installation, "http://127.0.0.1:9"), ...env },
  });
  return stdout + stderr;
}

/** Sends the prompts one by one, each when the response to the one before has come. */
export async function runClaude(
  installation: TestInstallation,
  options: ClaudeOptions,
): Promise<Session> {
  const api = await startFakeApi(options.script);
  const prompts = [...(options.prompts ?? ["hello"])];
  const temporary = join(installation.home, "client-tmp");
  mkdirSync(temporary, { recursive: true });
  const debugFile = join(temporary, `debug-${Date.now()}.log`);
  const child = spawn(
    clientProgram,
    [
      "-p",
      "--input-format=stream-json",
      "--output-format=stream-json",
      "--verbose",
      "--allowedTools=Bash,Write,Read",
      `--debug-file=${debugFile}`,
      ...(options.args ?? []),
    ],
    {
      cwd: options.cwd ?? installation.project.folder,
      stdio: "pipe",
      env: { ...environmentOf(installation, api.url), ...options.env },
    },
  );
  let [stdout, sessionId, pending] = ["", "", ""];
  const next = (): void => {
    const prompt = prompts.shift();
    if (prompt === undefined) child.stdin.end();
    else child.stdin.write(userMessage(prompt));
  };
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString("utf8");
    pending += chunk.toString("utf8");
    const lines = pending.split("\n");
    pending = lines.pop() ?? "";
    for (const line of lines.filter((one) => one.startsWith("{"))) {
      const event = JSON.parse(line) as StreamEvent;
      sessionId = event.session_id ?? sessionId;
      if (event.type === "result") next();
    }
  });
  child.stderr.on("data", (chunk: Buffer) => (stdout += chunk.toString("utf8")));
  next();
  const exitCode = await new Promise<number | null>((resolve) => child.on("close", resolve));
  await api.close();
  const debug = readFileSync(debugFile, "utf8");
  return { requests: api.requests, sessionId, exitCode, stdout, debug };
}

/** A shell command as the model would call it. */
export const bash = (
  command: string,
): { calls: { tool: string; input: Record<string, string> }[] } => ({
  calls: [{ tool: "Bash", input: { command, description: "Run a command" } }],
});
