// Real processes that need a token at the same time, and one that dies during its request.

import { join } from "node:path";
import { expect, test } from "vitest";
import { startIdentityProvider } from "../../support/identity-provider.ts";
import type { IdentityProvider } from "../../support/identity-provider.ts";
import { temporaryFolder } from "../../support/temporary.ts";
import { askTogether, startTokenProcess } from "../../support/token-processes.ts";

const folder = (): string => join(temporaryFolder(), "tokens");

test("10 processes with refused credentials make one token request", async () => {
  const idp = await startIdentityProvider();
  const place = folder();
  const wrong = Object.assign(Object.create(idp) as IdentityProvider, { secretOf: () => "wrong" });
  const said = await askTogether(10, place, wrong);
  expect(new Set(said)).toEqual(new Set(["failed: source-refused"]));
  expect(idp.tokenRequests).toHaveLength(1);
});

test("a process that is killed during a token request does not block others", async () => {
  const idp = await startIdentityProvider();
  const place = folder();
  idp.isMute = true;
  const first = await startTokenProcess(place, idp);
  first.go();
  const isAsked = (): boolean => idp.requests.some(({ path }) => path.endsWith("/token"));
  await expect.poll(isAsked).toBe(true);
  idp.isMute = false;
  const second = await startTokenProcess(place, idp);
  second.go();
  await first.kill();
  expect(await second.nextLine()).toMatch(/^ey/);
  expect(idp.tokenRequests).toHaveLength(1);
});
