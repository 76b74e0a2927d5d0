// What the built monitor uses with 20 projects and 40 sources, in a minute: `npm run bench:footprint` is the whole of it. Before
// its threads, stores and connections were shared: 415 MiB and 33 threads, or, with a new store, a monitor that stood still.

import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { startMeasuredMonitor } from "../../scripts/bench-footprint/measured-monitor.ts";
import { bareNodeMs } from "../support/bare-node.ts";
import { eventually } from "../support/waiting.ts";
import { temporaryFolder } from "../support/temporary.ts";

test("the monitor uses at most 85 MiB at rest with 20 projects and 40 sources, and starts no git", async () => {
  await using monitor = await startMeasuredMonitor({
    home: temporaryFolder(),
    projects: 20,
    sourcesPerProject: 2,
  });
  // Two thirds of the sources are asked over HTTP.
  await eventually(() => expect(monitor.lists()).toBeGreaterThanOrEqual(26), 200);
  // What a refresh has left is given back ten seconds after it.
  await sleep(15_000);
  monitor.takeStarts();
  const before = monitor.use();
  await sleep(10_000);
  const after = monitor.use();
  process.stdout.write(
    `${after.residentMiB.toFixed(0)} MiB (most ${after.maxMiB.toFixed(0)}), ${after.cpuMs - before.cpuMs} ms in 10 s, ${after.threads} threads\n`,
  );
  expect(after.residentMiB).toBeLessThan(85);
  expect(after.threads).toBeLessThanOrEqual(9);
  expect(monitor.takeStarts().git).toBe(0);
});

test("1,000 sessions that never ended cost an idle monitor almost no time", async () => {
  await using monitor = await startMeasuredMonitor({
    home: temporaryFolder(),
    projects: 20,
    sourcesPerProject: 0,
    // What a refresh costs is not what sessions do.
    refresh: { schedule: "0 0 1 1 *" },
  });
  monitor.addSessions(1000);
  const inTwentySeconds = async () => {
    monitor.takeStarts();
    const before = monitor.use();
    await sleep(20_000);
    return { before, after: monitor.use(), starts: monitor.takeStarts().git };
  };
  // They are found, and their repositories read, and once more soon after, which a slow machine draws out: that is their
  // work, not their rest.
  await sleep(50_000);
  let { before, after, starts } = await inTwentySeconds();
  for (let more = 6; more > 0 && starts > 0; more -= 1)
    ({ before, after, starts } = await inTwentySeconds());
  process.stdout.write(
    `${after.residentMiB.toFixed(0)} MiB, ${after.cpuMs - before.cpuMs} ms in 20 s\n`,
  );
  expect(after.residentMiB).toBeLessThan(150);
  // Before, each tick looked at all: 1.9 s of the 20, as much as 40 starts of Node. They are still looked at twice a minute,
  // since they grow old.
  expect(starts).toBe(0);
  expect(after.cpuMs - before.cpuMs).toBeLessThan(12 * bareNodeMs());
}, 300_000);
