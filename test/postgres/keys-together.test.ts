// Looks at keys that come together.

import { describe, expect, onTestFinished, test } from "vitest";
import type { KyselyPlugin } from "kysely";
import { createKey, findKey, hashKey } from "../../src/server/access/keys.ts";
import { createApiKeys } from "../../src/store/api-keys.ts";
import { openStore } from "../../src/store/database/database.ts";
import { serverUrl, temporaryDatabase } from "../support/postgres.ts";

async function startOn(url: string) {
  const store = await openStore({ url });
  onTestFinished(() => store[Symbol.asyncDispose]());
  const asked = { count: 0 };
  const counting: KyselyPlugin = {
    transformQuery: ({ node }) => {
      asked.count += 1;
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  const keys = createApiKeys({ ...store, db: store.db.withPlugin(counting) });
  const add = async (name: string): Promise<string> => {
    const secret = createKey();
    const holder = { name, organization: "acme", user: name, permissions: ["tools"], metadata: {} };
    const rights = { mayActAs: false, inAnyOrganization: false, rateLimit: null };
    await keys.add([{ ...holder, ...rights, hash: hashKey(secret) }], new Date());
    return secret;
  };
  return { keys, add, asked };
}

describe.skipIf(serverUrl === null)("on PostgreSQL", () => {
  test("concurrent key look-ups share few queries, and each gets its own answer", async () => {
    const { keys, add, asked } = await startOn(await temporaryDatabase());
    const [ana, ben, nobody] = [await add("ana"), await add("ben"), createKey()];
    const before = asked.count;
    const names = await Promise.all(
      Array.from({ length: 60 }, async (_, index) => {
        const secret = [ana, ben, nobody][index % 3] ?? "";
        return (await findKey(keys, secret))?.name ?? null;
      }),
    );
    expect(names).toEqual(Array.from({ length: 60 }, (_, at) => ["ana", "ben", null][at % 3]));
    expect(asked.count - before).toBeLessThanOrEqual(2);
  });

  test("no key look-up is answered by a query that started before it", async () => {
    const { keys, add } = await startOn(await temporaryDatabase());
    for (let round = 0; round < 30; round += 1) {
      // oxlint-disable no-await-in-loop -- one round after the other
      const [secret, name] = [await add(`ana ${round}`), `ana ${round}`];
      const looks = Array.from({ length: 20 }, async (_, at) => {
        await new Promise((resolve) => setTimeout(resolve, at / 4));
        return findKey(keys, secret);
      });
      await keys.revoke(name, new Date());
      expect(await findKey(keys, secret)).toBeNull();
      await Promise.all(looks);
      // oxlint-enable no-await-in-loop
    }
  });
});
