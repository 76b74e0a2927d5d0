// When a token is asked for.

import { expect, onTestFinished, test } from "vitest";
import { createTaskClient, renewedTokens, staticToken } from "../../src/index.ts";
import { startTaskServer } from "../support/task-server.ts";

function fixture(lifetimeMs: number | null) {
  let now = 1_000_000;
  let count = 0;
  const tokens = renewedTokens(
    async () => ({
      value: `t${++count}`,
      expiresAt: lifetimeMs === null ? null : now + lifetimeMs,
    }),
    () => now,
  );
  const value = async (isAfterRefusal = false) => (await tokens.getToken({ isAfterRefusal })).value;
  return { value, tokens, later: (ms: number) => (now += ms) };
}

test("a static token stays the same, even after a refusal", async () => {
  const tokens = staticToken("s");
  expect(await tokens.getToken({ isAfterRefusal: true })).toEqual({ value: "s", expiresAt: null });
});

test.each([
  ["a minute before it expires", 3_600_000, 3_539_999],
  ["at 80 % of a short life", 100_000, 79_999],
])("a token is renewed %s", async (_, life, stillGood) => {
  const { value, later } = fixture(life);
  expect(await value()).toBe("t1");
  later(stillGood);
  expect(await value()).toBe("t1");
  later(1);
  expect(await value()).toBe("t2");
});

test("a refused token is renewed at once", async () => {
  const { value } = fixture(null);
  expect([await value(), await value(), await value(true)]).toEqual(["t1", "t1", "t2"]);
});

test("concurrent callers share one request for a token", async () => {
  const { value } = fixture(1000);
  expect(await Promise.all([value(), value(), value()])).toEqual(["t1", "t1", "t1"]);
});

test("a failure to get a token is a refusal, and the next call asks again", async () => {
  let isUp = false;
  const tokens = renewedTokens(async () => {
    if (!isUp) throw new Error("no realm");
    return { value: "t", expiresAt: null };
  });
  await expect(tokens.getToken()).rejects.toMatchObject({ code: "source-refused" });
  isUp = true;
  expect((await tokens.getToken()).value).toBe("t");
});

test("a refused token is renewed once, even if refusals arrive late", async () => {
  const { value, tokens } = fixture(null);
  expect(await value()).toBe("t1");
  const refused = { isAfterRefusal: true, refused: "t1" };
  const all = await Promise.all(Array.from({ length: 100 }, () => tokens.getToken(refused)));
  expect(new Set(all.map((token) => token.value))).toEqual(new Set(["t2"]));
  expect((await tokens.getToken(refused)).value).toBe("t2");
});

test("after a second refusal in a row no token is asked for, for one minute, then two", async () => {
  const { value, tokens, later } = fixture(null);
  await value();
  const refuse = async (refused: string) =>
    (await tokens.getToken({ isAfterRefusal: true, refused })).value;
  expect(await refuse("t1")).toBe("t2");
  await expect(refuse("t2")).rejects.toMatchObject({ code: "source-refused" });
  await expect(value()).rejects.toMatchObject({ retryAfterMs: 60_000 });
  later(60_000);
  expect(await value()).toBe("t3");
  await expect(refuse("t3")).rejects.toMatchObject({ retryAfterMs: 120_000 });
  later(120_000);
  expect(await value()).toBe("t4");
  // It has worked for long: its refusal is one like the first.
  later(61_000);
  expect(await refuse("t4")).toBe("t5");
});

test("A27: no token and no own header is sent while certificates are not checked", async () => {
  const server = await startTaskServer({ key: "k" });
  const sent = [{ tokens: staticToken("k") }, { headers: { "x-api-key": "k" } }];
  process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
  onTestFinished(() => void delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"]);
  for (const signIn of sent) {
    await using client = createTaskClient({ url: server.origin, ...signIn });
    // oxlint-disable-next-line no-await-in-loop -- one sign-in after the other
    await expect(client.queryPendingTasks()).rejects.toMatchObject({ code: "tls-off" });
  }
  expect(server.requests).toEqual([]);
});
