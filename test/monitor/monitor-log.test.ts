// The monitor's log on a real disk: what a line may hold, and how large the files become.

import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { logFileName, openMonitorLog } from "../../src/monitor/monitor-log.ts";
import { temporaryFolder } from "../support/temporary.ts";

const linesOf = (folder: string): Record<string, unknown>[] =>
  readFileSync(join(folder, logFileName), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe("a log line", () => {
  test("is written to the disk at once, in a file that only its owner can read", () => {
    const folder = join(temporaryFolder(), "logs");
    openMonitorLog(folder, "info").info("started", { version: "1.0.0" });
    expect(linesOf(folder)).toMatchObject([{ msg: "started", version: "1.0.0", pid: process.pid }]);
    expect(statSync(join(folder, logFileName)).mode & 0o777).toBe(0o600);
  });

  test("has only the named fields, whatever else is in the object", () => {
    const folder = temporaryFolder();
    const fields = { code: "timeout", token: "secret-canary", cause: { token: "secret-canary" } };
    openMonitorLog(folder, "info").warn("failed", fields);
    expect(linesOf(folder)).toMatchObject([{ code: "timeout" }]);
    expect(readFileSync(join(folder, logFileName), "utf8")).not.toContain("secret-canary");
  });

  test("is dropped if it is below the level, until the level changes", () => {
    const folder = temporaryFolder();
    const log = openMonitorLog(folder, "info");
    log.debug("before");
    log.setLevel("debug");
    log.debug("after");
    expect(linesOf(folder).map(({ msg }) => msg)).toEqual(["after"]);
  });
});

describe("the log file of the monitor", () => {
  test("F38: a log file that was removed with its folder is created again", () => {
    const folder = join(temporaryFolder(), "logs");
    const log = openMonitorLog(folder, "info");
    log.info("one");
    rmSync(folder, { recursive: true });
    log.rotate();
    log.info("two");
    expect(linesOf(folder).map(({ msg }) => msg)).toEqual(["two"]);
  });

  const large = "x".repeat(2 * 1024 * 1024);

  test("continues after a restart if it is small", () => {
    const folder = temporaryFolder();
    const log = openMonitorLog(folder, "info");
    log.info("one");
    log.rotate();
    log.info("two");
    expect(linesOf(folder)).toHaveLength(2);
  });

  test("F38: a log file of 2 MiB is rotated, and four old ones are kept", async () => {
    const folder = temporaryFolder();
    const file = join(folder, logFileName);
    const log = openMonitorLog(folder, "info");
    for (const turn of [1, 2, 3, 4, 5, 6]) {
      writeFileSync(file, `${turn}${large}`);
      log.rotate();
      await expect.poll(() => existsSync(file)).toBe(true);
    }
    log.info("goes on");
    expect(linesOf(folder)).toMatchObject([{ msg: "goes on" }]);
    const first = (name: string): string => readFileSync(name, "utf8").slice(0, 1);
    expect([1, 2, 3, 4].map((index) => first(`${file}.${index}`))).toEqual(["6", "5", "4", "3"]);
    expect(existsSync(`${file}.5`)).toBe(false);
  });

  test("F38: a log file that cannot be written does not stop the monitor", () => {
    const folder = temporaryFolder();
    const log = openMonitorLog(join(folder, "logs"), "info");
    expect(() => log.rotate()).not.toThrow();
  });
});
