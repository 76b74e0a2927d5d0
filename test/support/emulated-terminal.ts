// A shell on its own terminal, with the screen that a person sees and the keys that a person types.

import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { builtFolder } from "./built.ts";
import type { TestInstallation } from "./installation.ts";
import { startOnTerminal } from "./terminal-process.ts";

export interface EmulatedTerminal {
  /** The lines on the screen now, without trailing spaces. */
  lines: () => string[];
  text: () => string;
  /** All bytes that the terminal received. */
  raw: () => string;
  isAlternate: () => boolean;
  isCursorHidden: () => boolean;
  /** The mouse mode; `none`: clicks go to the terminal itself. */
  mouse: () => string;
  type: (text: string) => void;
  /** Types a line in the shell. */
  command: (line: string) => void;
  resize: (columns: number, rows: number) => void;
  /** Closes the terminal, like a person who closes its window. */
  kill: () => Promise<void>;
  /** Types the command `sitrep WORDS` and returns its process id once it runs. */
  sitrep: (words: string) => Promise<number>;
  /** Waits until the screen shows the text. */
  shown: (text: string | RegExp) => Promise<void>;
}

export async function emulatedTerminal(
  { project, env, home }: Pick<TestInstallation, "project" | "env" | "home">,
  { columns = 80, rows = 24, more = {} as Record<string, string> } = {},
): Promise<EmulatedTerminal> {
  const [ttyFile, pidFile] = [join(home, "terminal.tty"), join(home, "terminal.pid")];
  const started = startOnTerminal(`tty >'${ttyFile}'; exec bash --norc --noprofile -i`, {
    cwd: project.folder,
    env: { ...env, PS1: "ready> ", HISTFILE: "", ...more },
    columns,
    rows,
  });
  const { child, terminal, raw, type } = started;
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines = (): string[] => started.rows().map((line) => line?.translateToString(true) ?? "");
  const text = (): string => lines().join("\n").trimEnd();
  const shown = async (wanted: string | RegExp): Promise<void> => {
    await expect.poll(text, { timeout: 30_000 }).toMatch(wanted);
  };
  await shown(/ready>$/);
  const tty = readFileSync(ttyFile, "utf8").trim();
  return {
    lines,
    text,
    raw,
    isAlternate: () => terminal.buffer.active.type === "alternate",
    isCursorHidden: () => raw().lastIndexOf("\u001b[?25l") > raw().lastIndexOf("\u001b[?25h"),
    mouse: () => terminal.modes.mouseTrackingMode,
    type,
    command: (line) => type(`${line}\r`),
    resize: (toColumns, toRows) => {
      terminal.resize(toColumns, toRows);
      const size = ["cols", String(toColumns), "rows", String(toRows)];
      execFileSync("stty", ["-F", tty, ...size]);
    },
    kill: async () => {
      child.kill("SIGKILL");
      await once(child, "close");
    },
    sitrep: async (words) => {
      const program = `echo \\$\\$ >'${pidFile}'; exec '${process.execPath}' '${join(builtFolder, "cli.cjs")}' ${words}`;
      rmSync(pidFile, { force: true });
      type(`sh -c "${program}"\r`);
      const pid = (): number => Number(existsSync(pidFile) ? readFileSync(pidFile, "utf8") : 0);
      await expect.poll(pid).toBeGreaterThan(0);
      return pid();
    },
    shown,
  };
}
