// What the built monitor uses with 20 projects and 40 sources, in a minute: `npm run bench:footprint` is the whole of it. Before
// its threads, stores and connections were shared: 415 MiB and 33 threads, or, with a new store, a monitor that stood still.

import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { startMeasuredMonitor } from "../../scripts/bench-footprint/measured-monitor.ts";
import { eventually } from "../support/waiting.ts";
import { temporaryFolder } from "../support/temporary.ts";

test("20 projects with 40 sources: at most 100 MiB, and nothing is started for nobody", async () => {
  await using monitor = await startMeasuredMonitor({
    home: temporaryFolder(),
    projects: 20,
    sourcesPerProject: 2,
  });
  // Two thirds of the sources are asked over HTTP.
  await eventually(() => expect(monitor.lists()).toBeGreaterThanOrEqual(26), 200);
  await sleep(10_000);
  monitor.takeStarts();
  const before = monitor.use();
  await sleep(10_000);
  const after = monitor.use();
  process.stdout.write(
    `${after.residentMiB.toFixed(0)} MiB (most ${after.mostMiB.toFixed(0)}), ${after.cpuMs - before.cpuMs} ms in 10 s, ${after.threads} threads\n`,
  );
  expect(after.residentMiB).toBeLessThan(100);
  expect(after.threads).toBeLessThanOrEqual(9);
  expect(monitor.takeStarts().git).toBe(0);
});

test("1,000 sessions that never ended cost it nothing while nobody does anything", async () => {
  await using monitor = await startMeasuredMonitor({
    home: temporaryFolder(),
    projects: 20,
    sourcesPerProject: 0,
  });
  monitor.addSessions(1000);
  // They are found, and their repositories read.
  await sleep(50_000);
  const before = monitor.use();
  await sleep(20_000);
  const after = monitor.use();
  process.stdout.write(
    `${after.residentMiB.toFixed(0)} MiB, ${after.cpuMs - before.cpuMs} ms in 20 s\n`,
  );
  expect(after.residentMiB).toBeLessThan(150);
  // A tenth of what each of its ticks took before.
  expect(after.cpuMs - before.cpuMs).toBeLessThan(800);
});
