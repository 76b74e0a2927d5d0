// Provides what tests of files and shells need from the machine: tools, another user, a small disk. If one is missing,
// the test is skipped with the reason.

import { execFileSync, spawnSync } from "node:child_process";
import { accessSync, chmodSync, constants, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { onTestFinished } from "vitest";
import type { TestContext } from "vitest";
import { temporaryFolder } from "./temporary.ts";

export const isRoot: boolean = process.getuid?.() === 0;

/** A user who owns nothing. */
export const otherUser = 12_345;

/** Returns the absolute path of a program on the PATH, or null. */
export function findTool(name: string): string | null {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    try {
      const file = join(folder, name);
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // The next folder may have the program.
    }
  }
  return null;
}

/** Returns the path of a tool. Skips the test if the tool is not installed. */
export function requireTool(context: TestContext, name: string): string {
  return findTool(name) ?? context.skip(`needs ${name}`);
}

export function requireRoot(context: TestContext): void {
  context.skip(!isRoot, "needs root");
}

/** Returns a command line that runs `command` as the other user. */
export function asOtherUser(command: readonly string[]): string[] {
  const id = String(otherUser);
  return ["setpriv", "--reuid", id, "--regid", id, "--clear-groups", ...command];
}

let otherUserWorks: boolean | undefined;

/** Skips the test if commands cannot run as another user, or if that user cannot reach these sources. */
export function requireOtherUser(context: TestContext): void {
  requireRoot(context);
  requireTool(context, "setpriv");
  const look = `require("node:fs").accessSync(${JSON.stringify(import.meta.filename)})`;
  const [file = "", ...args] = asOtherUser([process.execPath, "-e", look]);
  otherUserWorks ??= spawnSync(file, args, { stdio: "ignore" }).status === 0;
  context.skip(!otherUserWorks, "needs setpriv, and sources that another user can read");
}

/** Makes a folder that another user can reach. It is removed at the end of the test. */
export function sharedFolder(): string {
  const folder = temporaryFolder();
  chmodSync(folder, 0o755);
  return folder;
}

/** Mounts a file system of `kib` KiB and unmounts it at the end of the test. */
export function smallDisk(context: TestContext, kib: number): string {
  requireRoot(context);
  const mount = requireTool(context, "mount");
  const unmount = requireTool(context, "umount");
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "sitrep-disk-")));
  const options = `size=${kib}k,mode=0755`;
  const { status } = spawnSync(mount, ["-t", "tmpfs", "-o", options, "tmpfs", folder]);
  onTestFinished(() => {
    if (status === 0) execFileSync(unmount, [folder]);
    rmSync(folder, { recursive: true, force: true });
  });
  context.skip(status !== 0, "needs the right to mount");
  return folder;
}

/** Makes a FIFO that no process writes to or reads from. */
export function makeFifo(context: TestContext, file: string): void {
  execFileSync(requireTool(context, "mkfifo"), [file]);
}
