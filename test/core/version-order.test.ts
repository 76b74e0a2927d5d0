import { expect, test } from "vitest";
import { compareVersions } from "../../src/core/version-order.ts";

/** The order of semver.org's own example, with what surrounds it. */
const inOrder = [
  "no version",
  "0.9.10",
  "0.10.0",
  "1.0.0-alpha",
  "1.0.0-alpha.1",
  "1.0.0-alpha.beta",
  "1.0.0-beta",
  "1.0.0-beta.2",
  "1.0.0-beta.11",
  "1.0.0-rc.1",
  "1.0.0",
  "1.0.1",
  "1.10.0",
  "2.0.0",
  "10.0.0",
];

test("versions come in the order of semver.org", () => {
  for (const [at, one] of inOrder.entries()) {
    for (const [other, that] of inOrder.entries()) {
      expect([one, that, Math.sign(compareVersions(one, that))]).toEqual([
        one,
        that,
        Math.sign(at - other),
      ]);
    }
  }
});

test("build metadata does not make a version newer", () => {
  expect(compareVersions("1.0.0+2", "1.0.0+10")).toBe(0);
});
