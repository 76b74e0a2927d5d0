import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { deployFolder, operatorsProgram } from "../support/deployed.ts";

const promtool = operatorsProgram("prometheus", "promtool");

describe.skipIf(promtool === null)("the alerts", () => {
  const run = (folder: string, ...args: string[]): string => {
    const { status, stdout, stderr } = spawnSync(promtool ?? "", args, {
      cwd: folder,
      encoding: "utf8",
    });
    return status === 0 ? "fine" : stdout + stderr;
  };

  test("are rules and a configuration that Prometheus accepts", () => {
    expect(run(deployFolder, "check", "config", "prometheus.yaml")).toBe("fine");
  });

  test("fire when they should, after their time, and not while two servers work", () => {
    expect(run(import.meta.dirname, "test", "rules", "alerts.yaml")).toBe("fine");
  });
});
