// Real processes: running, ended, and zombies.

import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, onTestFinished, test } from "vitest";
import { processStart, signalProcess } from "../../src/config/process-identity.ts";
import { isRunning } from "../support/installation.ts";
import { asOtherUser, requireOtherUser } from "../support/settings-machine.ts";

function aProcess(): ChildProcess & { pid: number } {
  const child = spawn("sleep", ["60"], { stdio: "ignore" });
  onTestFinished(() => void child.kill("SIGKILL"));
  const { pid } = child;
  if (pid === undefined) throw new Error("sleep cannot be started");
  return Object.assign(child, { pid });
}

const ended = (): number => spawnSync("true").pid;

describe("the start of a process", () => {
  test("stays the same and differs from another's", async () => {
    const { pid } = aProcess();
    const start = processStart(pid);
    expect(start).not.toBeNull();
    expect(processStart(pid)).toBe(start);
    // Starts differ by hundredths of a second.
    await expect.poll(() => processStart(aProcess().pid)).not.toBe(start);
  });

  test("is null for a process that has ended", () => {
    expect(processStart(ended())).toBeNull();
  });

  test.runIf(process.platform === "linux")("is null for a zombie", async () => {
    // The shell becomes a program that does not collect exit codes.
    const parent = spawn("sh", ["-c", "sleep 60 & echo $!; exec sleep 60"], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    onTestFinished(() => void parent.kill("SIGKILL"));
    const pid = await new Promise<number>((resolve) =>
      parent.stdout.once("data", (text: Buffer) => resolve(Number(text))),
    );
    const commandLine = (): string => readFileSync(`/proc/${parent.pid}/cmdline`, "utf8");
    await expect.poll(commandLine).toBe("sleep\x0060\x00");
    process.kill(pid, "SIGKILL");
    await expect.poll(() => processStart(pid)).toBeNull();
    expect(() => process.kill(pid, 0)).not.toThrow();
  });
});

/** What another user's process reads of these processes, on a system with /proc and on one with kill(0) only. */
function saidByAnother(pids: readonly number[], platform: string): unknown {
  const module = import.meta.resolve("../../src/config/process-identity.ts");
  const program = `
    Object.defineProperty(process, "platform", { value: ${JSON.stringify(platform)} });
    const { processMark, signalProcess } = await import(${JSON.stringify(module)});
    const marks = ${JSON.stringify(pids)}.map(processMark);
    console.log(JSON.stringify({ marks, signalled: signalProcess(${pids[0]}, marks[0], "SIGKILL") }));
  `;
  const [file = "", ...args] = asOtherUser([
    process.execPath,
    "--input-type=module",
    "-e",
    program,
  ]);
  const ran = spawnSync(file, args, { encoding: "utf8", cwd: "/" });
  expect(ran.stderr).toBe("");
  return JSON.parse(ran.stdout);
}

test("F27: a process that Sitrep may not signal counts as running, and is not signalled", (context) => {
  requireOtherUser(context);
  const [{ pid }, gone] = [aProcess(), ended()];
  expect(saidByAnother([pid, gone], "darwin")).toEqual({ marks: ["", null], signalled: false });
  expect(saidByAnother([pid, gone], "linux")).toEqual({
    marks: [processStart(pid), null],
    signalled: false,
  });
  expect(isRunning(pid)).toBe(true);
});

describe("a signal", () => {
  test("reaches the process with the recorded start", async () => {
    const { pid } = aProcess();
    expect(signalProcess(pid, processStart(pid) ?? "", "SIGTERM")).toBe(true);
    await expect.poll(() => isRunning(pid)).toBe(false);
  });

  test("A40: a signal is not sent to another process with the same pid", () => {
    const { pid } = aProcess();
    expect(signalProcess(pid, "another boot 1", "SIGKILL")).toBe(false);
    expect(isRunning(pid)).toBe(true);
  });
});
