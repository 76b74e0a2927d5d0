import { expect, test } from "vitest";
import { isLoopback, isPlainAddress } from "../../src/core/address.ts";

test.each(["localhost", "127.0.0.1", "127.255.255.254", "::1", "[::1]"])("%s is loopback", (host) =>
  expect(isLoopback(host)).toBe(true),
);

test.each([
  "localhost.example",
  "127.0.0.1.example",
  "127.0.0.256",
  "127.1",
  "0.0.0.0",
  "::",
  "10.0.0.1",
  "",
])("%s is not loopback", (host) => expect(isLoopback(host)).toBe(false));

test("an address that contains a shell metacharacter is not plain", () => {
  expect(isPlainAddress("https://id.example/realms/team")).toBe(true);
  expect(isPlainAddress("https://id.example/$(id)")).toBe(false);
});
