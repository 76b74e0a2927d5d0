// Who may have the monitor's lock when another process holds it.

import { spawn } from "node:child_process";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { takeLease } from "../../src/state/live/lease.ts";
import type * as Lease from "../../src/state/live/lease.ts";
import { processStart } from "../../src/monitor/process-identity.ts";
import { takeMonitorLock } from "../../src/monitor/run.ts";
import { tryLock } from "../../src/state/sqlite/exclusive-lock.ts";
import { isRunning } from "../support/installation.ts";
import { temporaryFolder } from "../support/temporary.ts";

/** What happens right after somebody has looked at the lease. */
const afterLook = vi.hoisted(() => ({ act: () => {} }));

vi.mock("../../src/state/live/lease.ts", async (importOriginal) => {
  const lease = await importOriginal<typeof Lease>();
  return {
    ...lease,
    isLeaseRunning: (live: string, now: number): boolean => {
      const isRunningNow = lease.isLeaseRunning(live, now);
      afterLook.act();
      return isRunningNow;
    },
  };
});

/** A process that holds the lock; its lease is taken when it is asked to, for so many milliseconds. */
function aHolder() {
  const folder = temporaryFolder();
  const live = join(folder, "live");
  const file = join(folder, "monitor.lock");
  const lock = tryLock(file);
  const child = spawn("sleep", ["60"], { stdio: "ignore" });
  const pid = child.pid ?? 0;
  const ended = new Promise<string | null>((resolve) =>
    child.once("exit", (_code, signal) => {
      lock?.[Symbol.dispose]();
      resolve(signal);
    }),
  );
  onTestFinished(() => {
    afterLook.act = () => {};
    child.kill("SIGKILL");
  });
  const identity = { pid, processStart: processStart(pid) ?? "", version: "0", startedAt: 0 };
  return {
    pid,
    ended,
    lease: (ms: number) => takeLease(live, identity, Date.now() + ms),
    take: () => takeMonitorLock(file, live, Date.now()),
  };
}

test("one that takes its lease while another looks is left alone", () => {
  const holder = aHolder();
  afterLook.act = () => holder.lease(10_000);
  expect(holder.take()).toBeNull();
  expect(isRunning(holder.pid)).toBe(true);
});

test("one whose lease runs is left alone, and one without a lease too", () => {
  const holder = aHolder();
  expect(holder.take()).toBeNull();
  holder.lease(10_000);
  expect(holder.take()).toBeNull();
  expect(isRunning(holder.pid)).toBe(true);
});

test("one whose lease has run out is asked to end", async () => {
  const holder = aHolder();
  holder.lease(-1000);
  holder.take()?.[Symbol.dispose]();
  expect(await holder.ended).toBe("SIGTERM");
});
