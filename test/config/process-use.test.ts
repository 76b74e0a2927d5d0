import { expect, test } from "vitest";
import { processUse, psTimeMs } from "../../src/config/process-identity.ts";

test("a time from ps is parsed with any number of parts", () => {
  expect(psTimeMs("0:01.25")).toBe(1250);
  expect(psTimeMs("12:03")).toBe(723_000);
  expect(psTimeMs("02:03:04")).toBe(7_384_000);
  expect(psTimeMs("1-02:03:04")).toBe(93_784_000);
});

test("memory and times are read for a running process, and are null for one that has ended", () => {
  const use = processUse(process.pid);
  expect(use?.residentBytes).toBeGreaterThan(10 * 1024 ** 2);
  expect(use?.processorMs).toBeGreaterThan(0);
  expect(Math.abs((use?.upMs ?? 0) - process.uptime() * 1000)).toBeLessThan(5000);
  expect(processUse(2 ** 22 + 1)).toBeNull();
});
