import dns from "node:dns";
import { syncBuiltinESMExports } from "node:module";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { openIssuerHttp } from "../../../../src/sources/auth/issuer/issuer-http.ts";
import { personRules } from "../../../../src/sources/auth/issuer/rules.ts";
import {
  isPrivateHost,
  isPrivateLiteral,
  lookupPublic,
} from "../../../../src/sources/auth/issuer/private-address.ts";
import { answering, startMisbehavingServer } from "../../../support/misbehaving-server.ts";

type LookupDone = (error: null, found: { address: string; family: number }[]) => void;

const hostOf = (address: string): string => new URL(`http://${address}/`).hostname;

describe("an address of this machine or its network", () => {
  test.each([
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f.1",
    "017700000001",
    "10.1.2.3",
    "172.31.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "[::1]",
    "[::]",
    "[fd00::1]",
    "[fe80::1]",
    "[::ffff:10.0.0.1]",
    "[::ffff:7f00:1]",
    "localhost",
    "a.localhost",
  ])("is known however it is spelt: %s", (address) => {
    expect(isPrivateLiteral(hostOf(address))).toBe(true);
  });

  test.each(["93.184.215.14", "[2606:2800:21f:cb07:6820:80da:af6b:8b2c]", "172.32.0.1", "8.8.8.8"])(
    "is not a public address: %s",
    (address) => {
      expect(isPrivateLiteral(hostOf(address))).toBe(false);
    },
  );

  test("is found by resolving a name", async () => {
    expect(await isPrivateHost("localhost")).toBe(true);
    expect(await isPrivateHost("127.0.0.1")).toBe(true);
    expect(await isPrivateHost("nowhere.invalid")).toBe(false);
  });
});

function resolvable<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((done) => (resolve = done));
  return { promise, resolve };
}

describe("HTTP to an issuer that a server outside of this network named", () => {
  const open = (mayBePrivate: boolean) =>
    openIssuerHttp(personRules({ name: "team", whyInsecure: () => null, mayBePrivate }));

  test("contacts nothing in this network, by address or by name", async () => {
    const server = await startMisbehavingServer(answering({}));
    await using http = open(false);
    const { port } = new URL(server.origin);
    for (const host of ["127.0.0.1", "localhost"]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await expect(http.findJson([`http://${host}:${port}/x`])).rejects.toMatchObject({
        message: expect.stringContaining("this network"),
      });
    }
    expect(server.sockets.accepted).toBe(0);
    await using inside = open(true);
    expect(await inside.findJson([`${server.origin}/x`])).toEqual({});
  });

  test("checks a name again when connecting, and does not contact it if it resolves to this network", async () => {
    const server = await startMisbehavingServer(answering({}));
    const resolver = vi.spyOn(dns, "lookup");
    resolver.mockImplementation(((_host: string, _options: unknown, done: LookupDone) =>
      done(null, [{ address: "127.0.0.1", family: 4 }])) as unknown as typeof dns.lookup);
    syncBuiltinESMExports();
    onTestFinished(() => {
      resolver.mockRestore();
      syncBuiltinESMExports();
    });
    const address = `http://issuer.example:${new URL(server.origin).port}/x`;
    await using outside = open(false);
    await expect(outside.findJson([address])).rejects.toMatchObject({
      message: expect.stringContaining("this network"),
    });
    expect(server.sockets.accepted).toBe(0);
    await using inside = open(true);
    expect(await inside.findJson([address])).toEqual({});
  });

  test.each([true, false])(
    "checks every address that a name resolves to when connecting (all: %s)",
    (all) => {
      const { promise, resolve } = resolvable<string | undefined>();
      lookupPublic("localhost", { all }, (error) => resolve(error?.message));
      return expect(promise).resolves.toContain("this network");
    },
  );
});
