// Who gets the monitor's lock when another process holds it. No clock decides: a monitor that renews its lease is alive, whatever
// the time in it.

import { spawn } from "node:child_process";
import { mkdirSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { isLeaseRunning, leaseFile, takeLease } from "../../src/state/live/lease.ts";
import { processStart } from "../../src/config/process-identity.ts";
import { takeMonitorLock } from "../../src/monitor/monitor-lock.ts";
import { tryLock } from "../../src/state/sqlite/exclusive-lock.ts";
import { isRunning } from "../support/installation.ts";
import { temporaryFolder } from "../support/temporary.ts";

const hour = 3_600_000;

/** The lock is held, and the lease names a process that does nothing. */
function aHolder() {
  const folder = temporaryFolder();
  const live = join(folder, "live");
  const file = join(folder, "monitor.lock");
  mkdirSync(live);
  const lock = tryLock(file);
  const child = spawn("sleep", ["60"], { stdio: "ignore" });
  const pid = child.pid ?? 0;
  const ended = new Promise<string | null>((resolve) =>
    child.once("exit", (_code, signal) => {
      lock?.[Symbol.dispose]();
      resolve(signal);
    }),
  );
  onTestFinished(() => void child.kill("SIGKILL"));
  const identity = { pid, processStart: processStart(pid) ?? "", version: "0", startedAt: 0 };
  return {
    pid,
    live,
    ended,
    lease: (ms: number) => takeLease(live, identity, Date.now() + ms),
    take: () => takeMonitorLock(file, live),
    /** From another process, since the one that looks does nothing else meanwhile. */
    renewBy: (time: string) => {
      const text = `while :; do touch -d '${time}' '${leaseFile(live)}'; sleep 0.3; done`;
      const loop = spawn("/bin/sh", ["-c", text], { stdio: "ignore" });
      onTestFinished(() => void loop.kill("SIGKILL"));
    },
  };
}

test("a holder that renews its lease keeps the lock, even with times of an hour ago", () => {
  const holder = aHolder();
  holder.lease(-hour);
  holder.renewBy("1 hour ago");
  expect(holder.take()).toBeNull();
  expect(isRunning(holder.pid)).toBe(true);
});

test("a holder that takes its first lease while another monitor waits keeps the lock", () => {
  const holder = aHolder();
  const text = `sleep 0.3; : > '${leaseFile(holder.live)}'`;
  spawn("/bin/sh", ["-c", text], { stdio: "ignore" });
  expect(holder.take()).toBeNull();
  expect(isRunning(holder.pid)).toBe(true);
});

test("a holder without a lease keeps the lock, because no file proves who the holder is", () => {
  const holder = aHolder();
  expect(holder.take()).toBeNull();
  expect(isRunning(holder.pid)).toBe(true);
});

test.for([
  ["expired", -1000],
  ["is valid for 30 s", 30_000],
  ["was dated by a fast clock", 5 * hour],
] as const)("F26: a holder whose lease is not renewed and %s is asked to end", async ([, ms]) => {
  const holder = aHolder();
  holder.lease(ms);
  holder.take()?.[Symbol.dispose]();
  expect(await holder.ended).toBe("SIGTERM");
});

test("a lease whose time is hours ahead does not count as a running monitor", () => {
  const holder = aHolder();
  holder.lease(1000);
  expect(isLeaseRunning(holder.live, Date.now())).toBe(true);
  const ahead = (Date.now() + hour) / 1000;
  utimesSync(leaseFile(holder.live), ahead, ahead);
  expect(isLeaseRunning(holder.live, Date.now())).toBe(false);
});
