// Tab in real shells on a terminal; the shell itself then echoes the line.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { builtFolder } from "../support/built.ts";
import { type TestInstallation } from "../support/installation.ts";
import { install } from "../support/installed.ts";
import { hasScript } from "../support/on-terminal.ts";

interface Shell {
  /** Starts it without a person's start-up files. */
  start: string;
  /** Reads the completion script and sets the prompt. */
  setUp: string;
}

const source = (shell: string): string => `source <(sitrep completion ${shell})`;

const shells: Readonly<Record<string, Shell>> = {
  bash: { start: "bash --norc --noprofile -i", setUp: `${source("bash")}; PS1='ready> '` },
  zsh: {
    start: "zsh -f -i",
    setUp: `autoload -U compinit; compinit -D -u; ${source("zsh")}; PS1='ready> '; unsetopt prompt_sp`,
  },
  fish: {
    start: "fish --no-config -i",
    setUp:
      "sitrep completion fish | source; function fish_prompt; echo -n 'ready> '; end; function fish_greeting; end",
  },
};

const isThere = (shell: string): boolean => spawnSync(shell, ["-c", ":"]).status === 0;

const beginning = "\u0001";

/** The command line after `typed` and a Tab. */
async function lineAfterTab(
  { home, env, project }: TestInstallation,
  { start, setUp }: Shell,
  typed: string,
): Promise<string> {
  const child = spawn("script", ["-qec", `stty cols 200; exec ${start}`, "/dev/null"], {
    cwd: project.folder,
    env: { ...env, PATH: `${join(home, "bin")}:${env["PATH"]}`, TERM: "xterm" },
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let screen = "";
  child.stdout.on("data", (part: Buffer) => (screen += part.toString("utf8")));
  const shows = async (what: RegExp): Promise<void> =>
    await expect.poll(() => screen, { timeout: 60_000 }).toMatch(what);
  child.stdin.write(`${setUp}\r`);
  await shows(/\nready> |\rready> |[^']ready> /);
  child.stdin.write(`${typed}\t`);
  await shows(new RegExp(typed.slice(0, 6)));
  await expect.poll(() => calls(home), { timeout: 60_000 }).toBeGreaterThan(0);
  child.stdin.write(`${beginning}echo "<`);
  child.stdin.write('\u0005>"\r');
  await shows(/^\s*<sitrep .*>/m);
  child.stdin.write("exit\r");
  await once(child, "close");
  return /^\s*<(sitrep .*)>/m.exec(screen)?.[1]?.trimEnd() ?? "";
}

const calls = (home: string): number =>
  Number(spawnSync("wc", ["-c"], { input: spawnSync("cat", [join(home, "calls")]).stdout }).stdout);

/** `sitrep` on the PATH, which leaves a mark when it has answered. */
async function prepared(): Promise<TestInstallation> {
  const context = await install({ monitor: false });
  mkdirSync(join(context.home, "bin"));
  const cli = `'${process.execPath}' '${join(builtFolder, "cli.cjs")}'`;
  const text = `#!/bin/sh\n${cli} "$@"; [ "$2" != words ] || printf x >>'${join(context.home, "calls")}'\n`;
  writeFileSync(join(context.home, "bin/sitrep"), text, { mode: 0o755 });
  writeFileSync(join(context.home, "calls"), "");
  return context;
}

describe.each(Object.entries(shells))("completion in %s", (name, shell) => {
  const isReady = hasScript && isThere(name);
  test.runIf(isReady).each([
    ["a verb", "sitrep unin", "sitrep uninstall"],
    ["a verb below another", "sitrep task sta", "sitrep task start"],
    ["an option", "sitrep install --dry", "sitrep install --dry-run"],
    ["an option's choice", "sitrep install --scope pro", "sitrep install --scope project"],
    ["a file", "sitrep task import READ", "sitrep task import README.md"],
  ])("Tab completes %s", async (_, typed, line) => {
    expect(await lineAfterTab(await prepared(), shell, typed)).toBe(line);
  });
});
