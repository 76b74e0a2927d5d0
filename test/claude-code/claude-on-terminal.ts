// The real client as a person sees it: on a terminal of its own, in a folder that is trusted.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { clientProgram } from "../../scripts/cached-packages.ts";
import { shellQuote } from "../../src/install/hook-entries.ts";
import type { TestInstallation } from "../support/installation.ts";
import { startOnTerminal, type TerminalProcess } from "../support/terminal-process.ts";
import { environmentOf } from "./claude.ts";
import { startFakeApi, type FakeApi, type Script } from "./fake-messages-api.ts";

export interface ClaudeOnTerminal extends Pick<TerminalProcess, "type" | "terminal"> {
  api: FakeApi;
  /** What is on the screen now. */
  text: () => string;
  shown: (wanted: string | RegExp) => Promise<void>;
  /** Types a line and sends it. */
  say: (line: string) => Promise<void>;
}

interface Options {
  script: Script;
  args?: readonly string[];
  env?: Record<string, string>;
  columns?: number;
}

/** Answers what the client asks a person when it starts for the first time. */
function skipWelcome({ home, project }: TestInstallation): void {
  const settings = {
    hasCompletedOnboarding: true,
    customApiKeyResponses: { approved: ["sk-ant-dummy"], rejected: [] },
    projects: { [project.folder]: { hasTrustDialogAccepted: true } },
  };
  writeFileSync(join(home, ".claude.json"), JSON.stringify(settings));
}

export async function openClaude(
  installation: TestInstallation,
  { script, args = [], env = {}, columns = 160 }: Options,
): Promise<ClaudeOnTerminal> {
  const api = await startFakeApi(script);
  onTestFinished(() => api.close());
  mkdirSync(join(installation.home, "client-tmp"), { recursive: true });
  skipWelcome(installation);
  const words = [clientProgram, `--debug-file=${join(installation.home, "debug.log")}`, ...args];
  const { child, terminal, rows, type } = startOnTerminal(
    `exec ${words.map(shellQuote).join(" ")}`,
    {
      cwd: installation.project.folder,
      env: { ...environmentOf(installation, api.url), ...env },
      columns,
      rows: 50,
    },
  );
  onTestFinished(() => void child.kill("SIGKILL"));
  const text = (): string =>
    rows()
      .map((line) => line?.translateToString(true) ?? "")
      .join("\n");
  const shown = async (wanted: string | RegExp): Promise<void> => {
    await expect.poll(text, { timeout: 30_000 }).toMatch(wanted);
  };
  await shown("❯");
  const say = async (line: string): Promise<void> => {
    type(line);
    await shown(line);
    type("\r");
  };
  return { api, terminal, type, text, shown, say };
}
