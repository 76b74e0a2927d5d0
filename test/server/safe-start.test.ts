// When a server may start, and which host names it answers to.

import { describe, expect, test } from "vitest";
import { createHostCheck } from "../../src/server/http/host-check.ts";
import { isLoopback } from "../../src/core/address.ts";
import { requireSafeStart } from "../../src/server/safe-start.ts";
import type { StartPlan } from "../../src/server/safe-start.ts";

const loopback: StartPlan = {
  host: "127.0.0.1",
  hasTls: false,
  isBehindProxy: false,
  authentication: [],
  opensTo: "nobody",
};
const outside: StartPlan = { ...loopback, host: "0.0.0.0" };
const keys = ["keys"];

describe("a server starts", () => {
  test.for<[string, StartPlan]>([
    ["on loopback without a key", loopback],
    ["on loopback with keys, without TLS", { ...loopback, authentication: keys }],
    ["outside with keys and TLS", { ...outside, authentication: keys, hasTls: true }],
    ["outside with keys behind a proxy", { ...outside, authentication: keys, isBehindProxy: true }],
    [
      "on loopback with keys behind a proxy",
      { ...loopback, authentication: keys, isBehindProxy: true },
    ],
  ])("%s", ([, plan]) => {
    expect(() => requireSafeStart(plan)).not.toThrow();
  });
});

describe("a server refuses to start, with a helpful hint,", () => {
  test.for<[string, StartPlan, RegExp]>([
    ["outside without authentication", { ...outside, hasTls: true }, /key add/],
    ["outside with keys in the clear", { ...outside, authentication: keys }, /--tls-cert/],
    ["behind a proxy without authentication", { ...loopback, isBehindProxy: true }, /key add/],
  ])("%s", ([, plan, hint]) => {
    expect(() => requireSafeStart(plan)).toThrow(
      expect.objectContaining({
        code: "serve-unsafe",
        hint: expect.stringMatching(hint) as unknown,
      }),
    );
  });
});

test.for([
  ["127.0.0.1", true],
  ["127.1.2.3", true],
  ["localhost", true],
  ["::1", true],
  ["0.0.0.0", false],
  ["::", false],
  ["192.168.1.5", false],
  ["127.0.0.1.evil.example", false],
  ["tasks.example", false],
] as const)("%s is loopback: %s", ([host, is]) => {
  expect(isLoopback(host)).toBe(is);
});

describe("A41: the check of host names", () => {
  const base = { allowed: [], publicUrl: null, machine: "build-7" };
  const local = createHostCheck({ ...base, host: "127.0.0.1" });
  const wide = createHostCheck({
    ...base,
    host: "0.0.0.0",
    allowed: ["tasks.lan"],
    publicUrl: "https://tasks.example",
  });
  test.for<[string | null, string | null]>([
    ["localhost:8080", null],
    ["127.0.0.1:8080", null],
    ["[::1]:8080", null],
    ["localhost:8080", "http://localhost:8080"],
  ])("on loopback accepts %s from %s", ([host, origin]) => {
    expect(local(host, origin)).toBeNull();
  });
  test.for<[string | null, string | null]>([
    [null, null],
    ["", null],
    ["evil.example", null],
    ["localhost.evil.example:8080", null],
    ["localhost@evil.example", null],
    ["192.168.1.5:8080", null],
    ["build-7:8080", null],
    ["localhost:8080", "http://evil.example"],
    ["localhost:8080", "http://localhost:3000"],
    ["localhost:8080", "null"],
    ["localhost:8080", ""],
  ])("on loopback refuses %s from %s", ([host, origin]) => {
    expect(local(host, origin)).not.toBeNull();
  });
  test.for<[string, string | null]>([
    ["tasks.example", null],
    ["tasks.lan:8080", "https://tasks.lan:9000"],
    ["192.168.1.5:8080", null],
    ["[fd00::5]:8080", null],
    ["build-7:8080", null],
    ["localhost:8080", null],
  ])("beyond this machine accepts %s from %s", ([host, origin]) => {
    expect(wide(host, origin)).toBeNull();
  });
  test.for<[string, string | null]>([
    ["evil.example", null],
    ["tasks.example", "https://evil.example"],
  ])("beyond this machine refuses %s from %s", ([host, origin]) => {
    expect(wide(host, origin)).not.toBeNull();
  });
});
