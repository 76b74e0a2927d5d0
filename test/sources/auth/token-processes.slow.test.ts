// Many real processes that need a token at the same time.

import { join } from "node:path";
import { expect, test } from "vitest";
import { startIdentityProvider } from "../../support/identity-provider.ts";
import { temporaryFolder } from "../../support/temporary.ts";
import { askTogether } from "../../support/token-processes.ts";

const folder = (): string => join(temporaryFolder(), "tokens");

test("F63: 50 processes that need a token at once make one token request", async () => {
  const idp = await startIdentityProvider();
  const place = folder();
  const tokens = await askTogether(50, place, idp);
  expect(new Set(tokens).size).toBe(1);
  expect(tokens[0]).toMatch(/^ey/);
  expect(idp.tokenRequests).toHaveLength(1);
});
