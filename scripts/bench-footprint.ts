// npm run bench:footprint: what the monitor uses with 20 projects and 40 sources: memory, processor, programs started; then
// with 1,000 sessions that never ended, with 100 task lists in files, and after 12,600 refreshes. Ends with 1 when a limit is missed. BENCH_SECONDS sets the
// length of a window, BENCH_REFRESHES their number.

import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startMeasuredMonitor } from "./bench-footprint/measured-monitor.ts";
import type { MeasuredMonitor, MeasuredOptions } from "./bench-footprint/measured-monitor.ts";

const seconds = Number(process.env["BENCH_SECONDS"] ?? 300);
const refreshes = Number(process.env["BENCH_REFRESHES"] ?? 12_600);
const size = { projects: 20 };
const folder = realpathSync(mkdtempSync(join(tmpdir(), "sitrep-footprint-")));
const missed: string[] = [];

const say = (text: string): void => void process.stdout.write(`${text}\n`);

function hold(what: string, value: number, most: number, unit: string): string {
  if (value > most) missed.push(`${what}: ${value.toFixed(2)} ${unit}, at most ${most}`);
  return `${value.toFixed(2)} ${unit}`;
}

interface Window {
  name: string;
  /** Acts as the sessions do; called every second. */
  act?: (second: number) => void;
  maxPercent: number;
  maxGit: number;
}

/** Measures what the monitor uses for `seconds`, and prints it. */
async function watch(monitor: MeasuredMonitor, { name, act, maxPercent, maxGit }: Window) {
  monitor.takeStarts();
  const [before, begin] = [monitor.use(), performance.now()];
  for (let second = 0; second < seconds; second += 1) {
    act?.(second);
    await sleep(1000);
  }
  const [after, ms] = [monitor.use(), performance.now() - begin];
  const starts = monitor.takeStarts();
  const percent = ((after.cpuMs - before.cpuMs) / ms) * 100;
  say(
    [
      name,
      `${hold(name, after.residentMiB, 80, "MiB")} (most ${after.maxMiB.toFixed(1)})`,
      hold(name, percent, maxPercent, "% of a core"),
      `git ${hold(`${name}: git`, starts.git, maxGit, "times")}, sources started ${starts.sources} times`,
      `${after.descriptors} descriptors, ${after.threads} threads`,
    ].join(" | "),
  );
}

async function measured(
  name: string,
  more: Pick<MeasuredOptions, "refresh" | "sourcesPerProject">,
  work: (monitor: MeasuredMonitor) => Promise<void>,
): Promise<void> {
  await using monitor = await startMeasuredMonitor({ home: join(folder, name), ...size, ...more });
  await work(monitor);
}

/** Waits for the first refreshes, or the reading of new sessions' repositories, to end. */
const settle = (): Promise<unknown> => sleep(75_000);

try {
  await measured("usual", { sourcesPerProject: 2 }, async (monitor) => {
    await settle();
    await watch(monitor, { name: "no session", maxPercent: 0.1, maxGit: 0 });
    monitor.stamp("live-1", 0);
    // The monitor asks git once more a minute after the last call.
    await settle();
    await watch(monitor, { name: "a session that waits", maxPercent: 0.3, maxGit: 0 });
    await watch(monitor, {
      name: "a session at work",
      maxPercent: 0.3,
      maxGit: seconds,
      act: (second) => second % 20 === 0 && monitor.stamp("live-1", 0),
    });
    monitor.addSessions(1000);
    await settle();
    await watch(monitor, { name: "1,000 sessions that never ended", maxPercent: 1, maxGit: 0 });
  });
  await measured("files", {}, async (monitor) => {
    await settle();
    await watch(monitor, { name: "files, no session", maxPercent: 0.1, maxGit: 0 });
    monitor.stamp("live-1", 0);
    await settle();
    await watch(monitor, {
      name: "files, a session that edits a list",
      maxPercent: 0.5,
      maxGit: seconds,
      act: (second) => {
        if (second % 20 !== 0) return;
        monitor.stamp("live-1", 0);
        monitor.editList(0);
      },
    });
  });
  const quick = { sourcesPerProject: 2, refresh: { schedule: "* * * * * *" } };
  await measured("quick", quick, async (monitor) => {
    // `lists()` does not count the third of the sources that are programs.
    const done = (): number => (monitor.lists() * 3) / 2;
    let first = 0;
    for (let at = 1; at <= 10; at += 1) {
      while (done() < (refreshes * at) / 10) await sleep(200);
      const use = monitor.use();
      if (at === 2) first = use.residentMiB;
      say(
        `${Math.round(done())} refreshes: ${use.residentMiB.toFixed(1)} MiB (most ${use.maxMiB.toFixed(1)}), ${use.cpuMs} ms, ${use.descriptors} descriptors, ${use.threads} threads`,
      );
    }
    hold("after all refreshes", monitor.use().residentMiB, 80, "MiB");
    hold("grown since a fifth of them", monitor.use().residentMiB - first, 5, "MiB");
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
for (const one of missed) say(`missed: ${one}`);
process.exitCode = missed.length > 0 ? 1 : 0;
