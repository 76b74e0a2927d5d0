// Runs servers and Prometheus on loopback, as compose.yaml does on a network of containers.

import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { temporaryFolder } from "./temporary.ts";

/** Returns a port that is free on every loopback address. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "0.0.0.0", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Replaces words of the shipped text. Throws if the text lacks one of them. */
export function inOtherWords(text: string, words: readonly (readonly [string, string])[]): string {
  let changed = text;
  for (const [shipped, here] of words) {
    if (!changed.includes(shipped)) throw new Error(`the shipped file has no ${shipped}`);
    changed = changed.replaceAll(shipped, here);
  }
  return changed;
}

/** Starts a program in its own folder with these files and kills it at the end of the test. */
export function startProgram(
  program: string,
  args: readonly string[],
  files: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
): void {
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const options = {
    cwd: folder,
    env: { PATH: process.env["PATH"] ?? "", HOME: folder, ...env },
    stdio: "ignore",
  } as const;
  const child = spawn(program, args, options);
  const gone = new Promise((resolve) => child.once("close", resolve));
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await gone;
  });
}
