// Runs a command on its own terminal, which `script` provides.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { hasAncestorWith } from "../../src/config/process-identity.ts";
import { shellQuote } from "../../src/install/hook-entries.ts";
import { builtFolder } from "./built.ts";
import type { TestInstallation } from "./installation.ts";

export const hasScript: boolean = /util-linux/.test(
  spawnSync("script", ["--version"], { encoding: "utf8" }).stdout ?? "",
);

/** True if a person can consent on such a terminal. False if a session of Claude Code runs the tests. */
export const hasPerson: boolean = hasScript && !hasAncestorWith("CLAUDECODE");

export interface Shown {
  code: number | null;
  /** The bytes sent to the terminal, with plain newlines. */
  screen: string;
  /** True if the terminal afterwards echoes typed text and reads it line by line. */
  isRestored: boolean;
}

/** A person's act once the screen shows `when` after the previous act: types, sends a signal, or runs a function. */
export type CallManageTask = readonly [
  when: string,
  what: string | { signal: NodeJS.Signals } | (() => void),
];

const builtCommand = `${process.execPath} ${join(builtFolder, "cli.cjs")}`;

/**
 * Runs the built command, or another `program`, on a terminal with `columns` columns. Types `typed` unchanged when the
 * screen shows `when`.
 */
export async function onTerminal(
  context: Pick<TestInstallation, "project" | "env" | "home">,
  command: string,
  {
    typed = "",
    when = "",
    acts = [[when, typed]],
    columns = 200,
    program = builtCommand,
  }: {
    typed?: string;
    when?: string;
    acts?: readonly CallManageTask[];
    columns?: number;
    program?: string;
  } = {},
): Promise<Shown> {
  const pid = join(context.home, "terminal.pid");
  const run = `echo $$ >'${pid}'; exec ${program} ${command}`;
  const whole = `trap : INT; stty cols ${columns} rows 50; sh -c ${shellQuote(run)}; code=$?; stty -a >'${pid}.after'; exit $code`;
  const child = spawn("script", ["-qec", whole, "/dev/null"], {
    cwd: context.project.folder,
    env: context.env,
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let [screen, seen] = ["", 0];
  const left = [...acts];
  const act = (): void => {
    const [next] = left;
    const at = next === undefined ? -1 : screen.indexOf(next[0], seen);
    if (next === undefined || at < 0) return;
    left.shift();
    seen = at + next[0].length;
    const [, what] = next;
    if (typeof what === "string") child.stdin.write(what);
    else if (typeof what === "function") what();
    else process.kill(Number(readFileSync(pid, "utf8")), what.signal);
    act();
  };
  child.stdout.on("data", (part: Buffer) => {
    screen += part.toString("utf8");
    act();
  });
  act();
  const [code] = (await once(child, "close")) as [number | null];
  const after = readFileSync(`${pid}.after`, "utf8");
  const isRestored = /[^-]icanon/.test(after) && /[^-]echo\b/.test(after);
  for (const file of [pid, `${pid}.after`]) rmSync(file);
  return { code, screen: screen.replaceAll("\r\n", "\n"), isRestored };
}
