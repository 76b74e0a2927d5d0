// Clients that write to a task server continuously while a test does something to it. They retry a write after a 503
// with Retry-After, which means that nothing was done, but not a write without a response.

import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { bearer, rpcHeaders } from "./rpc.ts";

export interface WriteStorm {
  /** The titles of the tasks that the server acknowledged. */
  readonly acknowledged: readonly string[];
  /** Statuses other than 201, with the count of each. */
  readonly refusals: ReadonlyMap<string, number>;
  /** Resolves when `count` more writes were acknowledged. Rejects if that takes longer than `withinMs`. */
  more(count: number, withinMs?: number): Promise<void>;
  end(): Promise<void>;
}

let storms = 0;

export function startWriteStorm(url: string, key: string, clients = 20): WriteStorm {
  const name = `Task ${(storms += 1)}`;
  const acknowledged: string[] = [];
  const refusals = new Map<string, number>();
  const ending = new AbortController();
  let last = 0;

  /** Adds a task and returns the outcome: `201`, `503 wait`, another status, or `none`. */
  async function add(title: string): Promise<string> {
    try {
      const response = await fetch(`${url}/tasks/batch`, {
        method: "POST",
        headers: { ...rpcHeaders, ...bearer(key) },
        body: JSON.stringify({ tasks: [{ project_id: "storm", title }] }),
        signal: AbortSignal.timeout(30_000),
      });
      await response.text();
      return `${response.status}${response.headers.has("retry-after") ? " wait" : ""}`;
    } catch {
      return "none";
    }
  }

  async function client(): Promise<void> {
    for (let title = ""; !ending.signal.aborted;) {
      title ||= `${name}.${(last += 1)}`;
      // oxlint-disable-next-line no-await-in-loop -- a client does one thing after the other
      const outcome = await add(title);
      if (outcome === "201") acknowledged.push(title);
      else refusals.set(outcome, (refusals.get(outcome) ?? 0) + 1);
      if (outcome !== "503 wait") title = "";
      // oxlint-disable-next-line no-await-in-loop -- it waits, though not as long as it was asked to
      if (outcome !== "201") await sleep(50);
    }
  }

  const running = Promise.all(Array.from({ length: clients }, client));
  return {
    acknowledged,
    refusals,
    more: async (count, withinMs = 60_000) => {
      const wanted = acknowledged.length + count;
      const deadline = performance.now() + withinMs;
      while (acknowledged.length < wanted) {
        if (performance.now() > deadline)
          throw new Error(`only ${acknowledged.length} of ${wanted} in ${withinMs} ms`);
        // oxlint-disable-next-line no-await-in-loop -- until they are there
        await sleep(10);
      }
    },
    end: async () => {
      ending.abort();
      await running;
    },
  };
}

/**
 * Three times, fills the disk below `folder` until writes are refused with 503 and Retry-After, and frees it. Expects
 * refusals within `withinMs`, an acknowledged write within 5 s after each round, and no other refusals.
 */
export async function fillDiskUnder(
  storm: WriteStorm,
  folder: string,
  withinMs: number,
): Promise<void> {
  const filler = join(folder, "filler");
  const refused = (): number => storm.refusals.get("503 wait") ?? 0;
  for (let round = 0; round < 3; round += 1) {
    // oxlint-disable no-await-in-loop -- one round after the other
    await storm.more(100);
    const before = refused();
    spawnSync("dd", ["if=/dev/zero", `of=${filler}`, "bs=4096"]);
    await expect.poll(refused, { timeout: withinMs }).toBeGreaterThan(before + 20);
    rmSync(filler);
    await storm.more(1, 5000);
    // oxlint-enable no-await-in-loop
  }
  await storm.end();
  expect([...storm.refusals.keys()]).toEqual(["503 wait"]);
}

/** Returns the faults in the stored tasks. */
export function faultsOf(
  stored: readonly string[],
  acknowledged: readonly string[],
): { lost: string[]; doubled: string[] } {
  const seen = new Set(stored);
  return {
    lost: acknowledged.filter((title) => !seen.has(title)),
    doubled: stored.filter((title, index) => stored.indexOf(title) !== index),
  };
}
