// A command on a terminal of its own, which `script` gives it.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { builtFolder } from "./built.ts";
import type { TestInstallation } from "./installation.ts";

export const hasScript: boolean = /util-linux/.test(
  spawnSync("script", ["--version"], { encoding: "utf8" }).stdout ?? "",
);

export interface Shown {
  code: number | null;
  /** What the terminal was sent, its line ends as they are in files. */
  screen: string;
}

/** Runs the built command on a terminal of `columns`, and types `typed` as it is when the screen shows `when`. */
export async function onTerminal(
  context: Pick<TestInstallation, "project" | "env">,
  command: string,
  {
    typed = "",
    when = "",
    columns = 200,
  }: { typed?: string; when?: string; columns?: number } = {},
): Promise<Shown> {
  const program = `stty cols ${columns} rows 50; ${process.execPath} ${join(builtFolder, "cli.cjs")} ${command}`;
  const child = spawn("script", ["-qec", program, "/dev/null"], {
    cwd: context.project.folder,
    env: context.env,
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let screen = "";
  let isTyped = false;
  const type = (): void => {
    if (isTyped || !screen.includes(when)) return;
    isTyped = true;
    child.stdin.write(typed);
  };
  child.stdout.on("data", (part: Buffer) => {
    screen += part.toString("utf8");
    type();
  });
  if (when === "") type();
  const [code] = (await once(child, "close")) as [number | null];
  return { code, screen: screen.replaceAll("\r\n", "\n") };
}
