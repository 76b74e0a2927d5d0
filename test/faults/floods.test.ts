// What a flood costs the built monitor: its resident memory stays under 150 MB whatever a source sends, and another source
// is refreshed meanwhile. Before there were bounds in bytes: 1.1 to 2.7 GB.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createCommandContext } from "../../src/config/context.ts";
import { sendMonitorRequest } from "../../src/monitor/monitor-control.ts";
import { floodingSource, refusedFloods, startFloodingServer } from "../support/flooding.ts";
import type { FloodWay } from "../support/flooding.ts";
import { prepareInstallation } from "../support/installation.ts";
import type { Flood } from "../support/mcp/floods.ts";
import { answering, startMisbehavingServer } from "../support/misbehaving-server.ts";
import { eventually } from "../support/waiting.ts";

const maxMb = 150;

/** The most that a process has had resident, in MB. */
const residentMb = (pid: number): number =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;

interface Line {
  source?: string;
  code?: string;
  count?: number;
  ms?: number;
}

const paged = (["rest", "json", "stdio"] as const).map((way) => [way, "pages"] as const);

/** What its refresh ends with; undefined for tasks. */
function codeOf(flood: Flood | "stderr"): string | undefined {
  if (flood === "pages") return undefined;
  return flood === "stderr" ? "source-timeout" : "source-invalid-response";
}

test.each<readonly [FloodWay, Flood | "stderr"]>([...refusedFloods, ...paged, ["stdio", "stderr"]])(
  "A29, A31, B15, F69: a flood over %s with %s leaves the monitor below 150 MB and another source refreshed",
  async (way, flood) => {
    const good = await startMisbehavingServer(
      answering({ tasks: [{ id: "G-1", title: "Good" }], total: 1 }),
    );
    const context = prepareInstallation();
    const bad = floodingSource(await startFloodingServer(), way, flood);
    const sources = [
      { name: "bad", ...bad },
      { name: "good", type: "task-tracking", url: good.origin },
    ];
    const refresh = { heartbeatSeconds: 0.3 };
    writeFileSync(join(context.sitrepHome, "config.json"), JSON.stringify({ sources, refresh }));
    context.ok("start");
    const command = createCommandContext(context.env, context.project.folder);
    sendMonitorRequest(command, { kind: "refresh", project: context.project.folder });
    const lineOf = (name: string): Line | undefined =>
      readFileSync(join(context.state, "logs/monitor.log"), "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as Line)
        .find(({ source }) => source === name);
    await eventually(() => {
      expect(lineOf("good")).toMatchObject({ count: 1 });
      expect(lineOf("bad")).toBeDefined();
    }, 800);
    const ended = lineOf("bad");
    const resident = residentMb(context.monitorPid() ?? 0);
    const goodMs = lineOf("good")?.ms ?? Number.NaN;
    process.stdout.write(
      `${way}, ${flood}: ${resident.toFixed(0)} MB, ${ended?.code ?? `${ended?.count} tasks`} after ${ended?.ms} ms; the other after ${goodMs} ms\n`,
    );
    expect(resident).toBeLessThan(maxMb);
    expect(goodMs).toBeLessThan(2000);
    expect(ended?.code).toBe(codeOf(flood));
  },
);
