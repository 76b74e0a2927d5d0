// What is kept, when it is renewed, and when the issuer is left alone: with real files and a clock that the test sets.

import { chmodSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { Instant } from "../../../src/sources/auth/machine-clock.ts";
import { createTokenStore } from "../../../src/sources/auth/token-store.ts";
import type {
  AccessToken,
  GrantedTokens,
  TokenKey,
  TokenProvider,
  TokenStore,
} from "../../../src/sources/auth/tokens.ts";
import { SourceError } from "../../../src/core/source-error.ts";
import { temporaryFolder } from "../../support/temporary.ts";

const key: TokenKey = {
  issuer: "https://id.example/realms/tasks",
  clientId: "monitor",
  subject: "",
  audience: "",
  origin: "https://tasks.example",
};

interface Fixture {
  folder: string;
  tokenStore: TokenStore;
  /** Tokens asked for: `token-1`, `token-2`, … */
  asked: { refreshToken: string | null }[];
  lifeSeconds: number | null;
  /** Thrown by the issuer. */
  failure: Error | null;
  provider: (secret?: string) => TokenProvider;
  get: (provider?: TokenProvider) => Promise<string>;
  refuse: (value: string, provider?: TokenProvider) => Promise<string>;
  pass: (seconds: number) => void;
  clock: Instant;
}

function prepare(clock: Partial<Instant> = {}): Fixture {
  const folder = join(temporaryFolder(), "tokens");
  let one: TokenProvider | null = null;
  const valueOf = async (token: Promise<AccessToken>): Promise<string> => (await token).value;
  const fixture: Fixture = {
    folder,
    clock: { upMs: 1_000_000, wallMs: Date.UTC(2026, 10, 22), boot: "first", ...clock },
    tokenStore: createTokenStore({ folder, clock: () => fixture.clock, renewBeforeMs: 60_000 }),
    asked: [],
    lifeSeconds: 300,
    failure: null,
    provider: (secret = "s3cret") =>
      fixture.tokenStore.provider(
        key,
        async ({ refreshToken }): Promise<GrantedTokens> => {
          fixture.asked.push({ refreshToken });
          if (fixture.failure !== null) throw fixture.failure;
          return {
            accessToken: `token-${fixture.asked.length}`,
            expiresInSeconds: fixture.lifeSeconds,
            refreshToken: null,
            scope: null,
          };
        },
        secret,
      ),
    get: (provider = (one ??= fixture.provider())) => valueOf(provider.getToken()),
    refuse: (refused, provider = (one ??= fixture.provider())) =>
      valueOf(provider.getToken({ isAfterRefusal: true, refused })),
    pass: (seconds) => {
      const { upMs, wallMs, boot } = fixture.clock;
      fixture.clock = { upMs: upMs + seconds * 1000, wallMs: wallMs + seconds * 1000, boot };
    },
  };
  return fixture;
}

const refusal = new SourceError("source-refused", "The issuer refuses.");
const silence = new SourceError("source-timeout", "The issuer does not answer.");

describe("the life of a token", () => {
  test.each([
    ["an hour: 60 s before its end", 3600, 3540],
    ["5 minutes: at 80 % or 60 s before, whichever is later", 300, 240],
    ["100 s: at 80 %", 100, 80],
    ["5 s: at 80 %", 5, 4],
    ["not said: as 5 minutes", null, 240],
    ["nothing at all: as a second", 0, 0.8],
    ["less than nothing: as a second", -3600, 0.8],
    ["a hundred years: before ten are over", 3.2e9, 315_359_940],
  ])("%s", async (_, lifeSeconds, renewedAfter) => {
    const fixture = prepare();
    fixture.lifeSeconds = lifeSeconds;
    expect(await fixture.get()).toBe("token-1");
    fixture.pass(renewedAfter - 0.1);
    expect(await fixture.get()).toBe("token-1");
    fixture.pass(0.1);
    expect(await fixture.get()).toBe("token-2");
  });

  test("is measured independently of a wall clock that jumps by 10 minutes, an hour or a year", async () => {
    const fixture = prepare();
    await fixture.get();
    for (const jump of [600_000, -600_000, 3_600_000, -31e9]) {
      fixture.clock = { ...fixture.clock, wallMs: fixture.clock.wallMs + jump };
      expect(await fixture.get()).toBe("token-1");
    }
    fixture.pass(241);
    expect(await fixture.get()).toBe("token-2");
  });

  test("is measured by the wall clock after a restart of the machine, and is over if the clock was set back", async () => {
    const fixture = prepare();
    await fixture.get();
    fixture.clock = { upMs: 1000, wallMs: fixture.clock.wallMs + 100_000, boot: "second" };
    expect(await fixture.get()).toBe("token-1");
    fixture.clock = { upMs: 2000, wallMs: fixture.clock.wallMs - 200_000, boot: "third" };
    expect(await fixture.get()).toBe("token-2");
  });

  test("ends early rather than late on a machine whose boots have no id", async () => {
    const fixture = prepare({ boot: "" });
    await fixture.get();
    fixture.clock = { ...fixture.clock, wallMs: fixture.clock.wallMs - 600_000 };
    expect(await fixture.get()).toBe("token-1");
    fixture.clock = { ...fixture.clock, wallMs: fixture.clock.wallMs + 1_200_000 };
    expect(await fixture.get()).toBe("token-2");
  });

  test("ends in local time, whatever the issuer's clock says", async () => {
    const fixture = prepare();
    const { expiresAt } = await fixture.provider().getToken();
    expect(expiresAt).toBe(fixture.clock.wallMs + 300_000);
  });
});

describe("a stored token", () => {
  test("serves the next process, from files that nobody else can read", async () => {
    const fixture = prepare();
    const before = process.umask(0);
    await fixture.get();
    process.umask(before);
    expect(statSync(fixture.folder).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(fixture.folder)) {
      expect(statSync(join(fixture.folder, name)).mode & 0o777).toBe(0o600);
    }
    expect(await fixture.get(fixture.provider())).toBe("token-1");
  });

  test("is for one issuer, client, subject, audience and origin", async () => {
    const fixture = prepare();
    await fixture.get();
    const others: Partial<TokenKey>[] = [
      { issuer: "https://id.example/realms/other" },
      { clientId: "other" },
      { subject: "ana" },
      { audience: "other" },
      { origin: "https://other.example" },
    ];
    for (const other of others) {
      expect(await fixture.tokenStore.get({ ...key, ...other })).toBeNull();
    }
    expect((await fixture.tokenStore.get(key))?.accessToken).toBe("token-1");
  });

  test("is not taken from another key's file", async () => {
    const fixture = prepare();
    await fixture.get();
    const other = { ...key, origin: "https://other.example" };
    await fixture.tokenStore.put(other, {
      accessToken: "of the other",
      expiresInSeconds: 300,
      refreshToken: null,
      scope: null,
    });
    const files = readdirSync(fixture.folder).filter((name) => name.endsWith(".json"));
    const texts = files.map((name) => readFileSync(join(fixture.folder, name), "utf8"));
    for (const [at, name] of files.entries()) {
      writeFileSync(join(fixture.folder, name), texts[1 - at] ?? "");
    }
    expect(await fixture.tokenStore.get(key)).toBeNull();
    expect(await fixture.tokenStore.get(other)).toBeNull();
  });

  test("is refused if other users can read its file", async () => {
    const fixture = prepare();
    await fixture.get();
    const [record = ""] = readdirSync(fixture.folder).filter((name) => name.endsWith(".json"));
    chmodSync(join(fixture.folder, record), 0o644);
    await expect(fixture.get()).rejects.toMatchObject({ code: "secret-unsafe" });
  });

  test("is ignored when its file is damaged", async () => {
    const fixture = prepare();
    await fixture.get();
    const [record = ""] = readdirSync(fixture.folder).filter((name) => name.endsWith(".json"));
    writeFileSync(join(fixture.folder, record), '{"key":');
    expect(await fixture.get()).toBe("token-2");
  });

  test("is saved, renewed with its refresh token, and removed", async () => {
    const fixture = prepare();
    await fixture.tokenStore.put(key, {
      accessToken: "of a person",
      expiresInSeconds: 100,
      refreshToken: "refresh-1",
      scope: "tasks:read",
    });
    expect(await fixture.get()).toBe("of a person");
    fixture.pass(80);
    expect(await fixture.get()).toBe("token-1");
    fixture.pass(240);
    // The issuer gave no new refresh token, so the old one stays valid.
    expect(await fixture.get()).toBe("token-2");
    expect(fixture.asked).toEqual([{ refreshToken: "refresh-1" }, { refreshToken: "refresh-1" }]);
    expect(await fixture.tokenStore.forget(key)).toBe(true);
    expect(await fixture.tokenStore.forget(key)).toBe(false);
    expect(await fixture.tokenStore.get(key)).toBeNull();
  });
});

describe("the token store, while an issuer is down,", () => {
  test("returns a valid token without delay, and asks the issuer at intervals", async () => {
    const fixture = prepare();
    await fixture.get();
    fixture.failure = silence;
    fixture.pass(250);
    for (let call = 0; call < 20; call += 1) expect(await fixture.get()).toBe("token-1");
    expect(fixture.asked).toHaveLength(2);
    fixture.pass(2.1);
    expect(await fixture.get()).toBe("token-1");
    expect(fixture.asked).toHaveLength(3);
    fixture.failure = null;
    fixture.pass(4.1);
    expect(await fixture.get()).toBe("token-4");
  });

  test("reports the issuer with its own code if there is no token, without a request for every call", async () => {
    const fixture = prepare();
    fixture.failure = silence;
    for (let call = 0; call < 20; call += 1) {
      await expect(fixture.get()).rejects.toMatchObject({ code: "source-timeout" });
    }
    expect(fixture.asked).toHaveLength(1);
    fixture.failure = null;
    fixture.pass(2.1);
    expect(await fixture.get()).toBe("token-2");
  });

  test("reports the same message during the cooldown", async () => {
    const fixture = prepare();
    const message = "The sign-in of app at https://issuer.test is refused (invalid_client).";
    fixture.failure = new SourceError("source-refused", message, { hint: "Set its secret" });
    await expect(fixture.get()).rejects.toMatchObject({ message });
    await expect(fixture.get()).rejects.toMatchObject({
      message,
      hint: "Set its secret. Next attempt in 60 s, or immediately with another secret.",
    });
    expect(fixture.asked).toHaveLength(1);
  });

  test("reports the issuer if the token expired or the server refuses it", async () => {
    const fixture = prepare();
    await fixture.get();
    fixture.failure = silence;
    await expect(fixture.refuse("token-1")).rejects.toMatchObject({ code: "source-timeout" });
    await expect(fixture.get()).rejects.toMatchObject({ code: "source-timeout" });
  });
});

test("a renewal by refresh token is not cancelled after 3 s, because the refresh token may be used up", async () => {
  const fixture = prepare();
  await fixture.tokenStore.put(key, {
    accessToken: "first",
    expiresInSeconds: 300,
    refreshToken: "r-1",
    scope: null,
  });
  fixture.pass(250);
  const timeout = vi.spyOn(AbortSignal, "timeout");
  onTestFinished(() => timeout.mockRestore());
  expect(await fixture.get()).toBe("token-1");
  expect(timeout.mock.calls).toEqual([[10_000]]);
});

describe("a refused secret", () => {
  test("is retried at most once a minute, then less often, up to 15 minutes, by all processes together", async () => {
    const fixture = prepare();
    fixture.failure = refusal;
    const triedAt: number[] = [];
    for (let second = 0; second < 7200; second += 10) {
      const before = fixture.asked.length;
      await expect(fixture.get(fixture.provider())).rejects.toMatchObject({
        code: "source-refused",
      });
      if (fixture.asked.length > before) triedAt.push(second);
      fixture.pass(10);
    }
    const gaps = triedAt.slice(1).map((at, index) => at - (triedAt[index] ?? 0));
    expect(gaps).toEqual([60, 120, 240, 480, 900, 900, 900, 900, 900, 900]);
  });

  test("is retried at once after it changed", async () => {
    const fixture = prepare();
    fixture.failure = refusal;
    await expect(fixture.get()).rejects.toMatchObject({ code: "source-refused" });
    await expect(fixture.get()).rejects.toMatchObject({ code: "source-refused" });
    fixture.failure = null;
    expect(await fixture.get(fixture.provider("another secret"))).toBe("token-2");
  });

  test("is retried at once after a sign-in", async () => {
    const fixture = prepare();
    fixture.failure = refusal;
    await expect(fixture.get()).rejects.toMatchObject({ code: "source-refused" });
    await fixture.tokenStore.put(key, {
      accessToken: "signed in",
      expiresInSeconds: 300,
      refreshToken: null,
      scope: null,
    });
    expect(await fixture.get()).toBe("signed in");
  });

  test("does not stop the use of a valid token", async () => {
    const fixture = prepare();
    await fixture.get();
    fixture.failure = refusal;
    fixture.pass(241);
    expect(await fixture.get()).toBe("token-1");
    fixture.pass(58);
    expect(await fixture.get()).toBe("token-1");
    fixture.pass(1.1);
    await expect(fixture.get()).rejects.toMatchObject({ code: "source-refused" });
  });
});

describe("a token that the server refuses", () => {
  test("F63: is renewed once for 100 calls that were refused at the same time", async () => {
    const fixture = prepare();
    const first = await fixture.get();
    const provider = fixture.provider();
    const tokens = await Promise.all(
      Array.from({ length: 100 }, () => fixture.refuse(first, provider)),
    );
    expect(new Set(tokens)).toEqual(new Set(["token-2"]));
    expect(fixture.asked).toHaveLength(2);
    // A late refusal of the old token gets the new one too.
    expect(await fixture.refuse(first, provider)).toBe("token-2");
    expect(fixture.asked).toHaveLength(2);
  });

  test("is the last token that was returned, if the caller does not name one", async () => {
    const fixture = prepare();
    const provider = fixture.provider();
    await fixture.get(provider);
    expect((await provider.getToken({ isAfterRefusal: true })).value).toBe("token-2");
  });

  test("is not renewed twice in a row: a cooldown of a minute starts, growing to 15", async () => {
    const fixture = prepare();
    const first = await fixture.get();
    const second = await fixture.refuse(first);
    await expect(fixture.refuse(second)).rejects.toMatchObject({
      code: "source-refused",
      retryAfterMs: 60_000,
    });
    await expect(fixture.get()).rejects.toMatchObject({ code: "source-refused" });
    expect(fixture.asked).toHaveLength(2);
    for (const seconds of [60, 120, 240, 480, 900, 900]) {
      fixture.pass(seconds - 1);
      await expect(fixture.get()).rejects.toMatchObject({ code: "source-refused" });
      fixture.pass(1);
      const next = await fixture.get();
      await expect(fixture.refuse(next)).rejects.toMatchObject({ code: "source-refused" });
    }
    expect(fixture.asked).toHaveLength(8);
  });

  test("is renewed as usual if the earlier renewal worked for a while", async () => {
    const fixture = prepare();
    fixture.lifeSeconds = 3600;
    const second = await fixture.refuse(await fixture.get());
    fixture.pass(61);
    const third = await fixture.refuse(second);
    fixture.pass(3541);
    expect(await fixture.refuse(await fixture.get())).toBe("token-5");
    expect(third).toBe("token-3");
  });
});
