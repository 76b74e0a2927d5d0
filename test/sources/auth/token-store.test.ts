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

interface Stage {
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

function prepare(clock: Partial<Instant> = {}): Stage {
  const folder = join(temporaryFolder(), "tokens");
  let one: TokenProvider | null = null;
  const valueOf = async (token: Promise<AccessToken>): Promise<string> => (await token).value;
  const stage: Stage = {
    folder,
    clock: { upMs: 1_000_000, wallMs: Date.UTC(2026, 10, 22), boot: "first", ...clock },
    tokenStore: createTokenStore({ folder, clock: () => stage.clock, renewBeforeMs: 60_000 }),
    asked: [],
    lifeSeconds: 300,
    failure: null,
    provider: (secret = "s3cret") =>
      stage.tokenStore.provider(
        key,
        async ({ refreshToken }): Promise<GrantedTokens> => {
          stage.asked.push({ refreshToken });
          if (stage.failure !== null) throw stage.failure;
          return {
            accessToken: `token-${stage.asked.length}`,
            expiresInSeconds: stage.lifeSeconds,
            refreshToken: null,
            scope: null,
          };
        },
        secret,
      ),
    get: (provider = (one ??= stage.provider())) => valueOf(provider.getToken()),
    refuse: (refused, provider = (one ??= stage.provider())) =>
      valueOf(provider.getToken({ isAfterRefusal: true, refused })),
    pass: (seconds) => {
      const { upMs, wallMs, boot } = stage.clock;
      stage.clock = { upMs: upMs + seconds * 1000, wallMs: wallMs + seconds * 1000, boot };
    },
  };
  return stage;
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
    const stage = prepare();
    stage.lifeSeconds = lifeSeconds;
    expect(await stage.get()).toBe("token-1");
    stage.pass(renewedAfter - 0.1);
    expect(await stage.get()).toBe("token-1");
    stage.pass(0.1);
    expect(await stage.get()).toBe("token-2");
  });

  test("does not follow a wall clock that jumps by 10 minutes, an hour or a year", async () => {
    const stage = prepare();
    await stage.get();
    for (const jump of [600_000, -600_000, 3_600_000, -31e9]) {
      stage.clock = { ...stage.clock, wallMs: stage.clock.wallMs + jump };
      expect(await stage.get()).toBe("token-1");
    }
    stage.pass(241);
    expect(await stage.get()).toBe("token-2");
  });

  test("goes by the wall clock after a new start of the machine, and renews where that was set back", async () => {
    const stage = prepare();
    await stage.get();
    stage.clock = { upMs: 1000, wallMs: stage.clock.wallMs + 100_000, boot: "second" };
    expect(await stage.get()).toBe("token-1");
    stage.clock = { upMs: 2000, wallMs: stage.clock.wallMs - 200_000, boot: "third" };
    expect(await stage.get()).toBe("token-2");
  });

  test("renews too early rather than too late where starts have no name", async () => {
    const stage = prepare({ boot: "" });
    await stage.get();
    stage.clock = { ...stage.clock, wallMs: stage.clock.wallMs - 600_000 };
    expect(await stage.get()).toBe("token-1");
    stage.clock = { ...stage.clock, wallMs: stage.clock.wallMs + 1_200_000 };
    expect(await stage.get()).toBe("token-2");
  });

  test("tells its end in local time, whatever the issuer's clock says", async () => {
    const stage = prepare();
    const { expiresAt } = await stage.provider().getToken();
    expect(expiresAt).toBe(stage.clock.wallMs + 300_000);
  });
});

describe("what is kept", () => {
  test("serves the next process, in files for nobody else", async () => {
    const stage = prepare();
    const before = process.umask(0);
    await stage.get();
    process.umask(before);
    expect(statSync(stage.folder).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(stage.folder)) {
      expect(statSync(join(stage.folder, name)).mode & 0o777).toBe(0o600);
    }
    expect(await stage.get(stage.provider())).toBe("token-1");
  });

  test("is for one issuer, client, subject, audience and origin", async () => {
    const stage = prepare();
    await stage.get();
    const others: Partial<TokenKey>[] = [
      { issuer: "https://id.example/realms/other" },
      { clientId: "other" },
      { subject: "ana" },
      { audience: "other" },
      { origin: "https://other.example" },
    ];
    for (const other of others) {
      expect(await stage.tokenStore.get({ ...key, ...other })).toBeNull();
    }
    expect((await stage.tokenStore.get(key))?.accessToken).toBe("token-1");
  });

  test("is not taken from a file that was put in place of another's", async () => {
    const stage = prepare();
    await stage.get();
    const other = { ...key, origin: "https://other.example" };
    await stage.tokenStore.put(other, {
      accessToken: "of the other",
      expiresInSeconds: 300,
      refreshToken: null,
      scope: null,
    });
    const files = readdirSync(stage.folder).filter((name) => name.endsWith(".json"));
    const texts = files.map((name) => readFileSync(join(stage.folder, name), "utf8"));
    for (const [at, name] of files.entries()) {
      writeFileSync(join(stage.folder, name), texts[1 - at] ?? "");
    }
    expect(await stage.tokenStore.get(key)).toBeNull();
    expect(await stage.tokenStore.get(other)).toBeNull();
  });

  test("is refused when others can read it", async () => {
    const stage = prepare();
    await stage.get();
    const [record = ""] = readdirSync(stage.folder).filter((name) => name.endsWith(".json"));
    chmodSync(join(stage.folder, record), 0o644);
    await expect(stage.get()).rejects.toMatchObject({ code: "secret-unsafe" });
  });

  test("counts as nothing when it is broken", async () => {
    const stage = prepare();
    await stage.get();
    const [record = ""] = readdirSync(stage.folder).filter((name) => name.endsWith(".json"));
    writeFileSync(join(stage.folder, record), '{"key":');
    expect(await stage.get()).toBe("token-2");
  });

  test("is put, used with its refresh token, and forgotten", async () => {
    const stage = prepare();
    await stage.tokenStore.put(key, {
      accessToken: "of a person",
      expiresInSeconds: 100,
      refreshToken: "refresh-1",
      scope: "tasks:read",
    });
    expect(await stage.get()).toBe("of a person");
    stage.pass(80);
    expect(await stage.get()).toBe("token-1");
    stage.pass(240);
    // The issuer gave no other refresh token, so the one before stays in force.
    expect(await stage.get()).toBe("token-2");
    expect(stage.asked).toEqual([{ refreshToken: "refresh-1" }, { refreshToken: "refresh-1" }]);
    expect(await stage.tokenStore.forget(key)).toBe(true);
    expect(await stage.tokenStore.forget(key)).toBe(false);
    expect(await stage.tokenStore.get(key)).toBeNull();
  });
});

describe("an issuer that is down", () => {
  test("costs nothing while the token is valid, and is asked again now and then", async () => {
    const stage = prepare();
    await stage.get();
    stage.failure = silence;
    stage.pass(250);
    for (let call = 0; call < 20; call += 1) expect(await stage.get()).toBe("token-1");
    expect(stage.asked).toHaveLength(2);
    stage.pass(2.1);
    expect(await stage.get()).toBe("token-1");
    expect(stage.asked).toHaveLength(3);
    stage.failure = null;
    stage.pass(4.1);
    expect(await stage.get()).toBe("token-4");
  });

  test("is told of with its own code when there is no token, and not asked with every call", async () => {
    const stage = prepare();
    stage.failure = silence;
    for (let call = 0; call < 20; call += 1) {
      await expect(stage.get()).rejects.toMatchObject({ code: "source-timeout" });
    }
    expect(stage.asked).toHaveLength(1);
    stage.failure = null;
    stage.pass(2.1);
    expect(await stage.get()).toBe("token-2");
  });

  test("is told of when the token has expired or the server refuses it", async () => {
    const stage = prepare();
    await stage.get();
    stage.failure = silence;
    await expect(stage.refuse("token-1")).rejects.toMatchObject({ code: "source-timeout" });
    await expect(stage.get()).rejects.toMatchObject({ code: "source-timeout" });
  });
});

test("a renewal by a refresh token is not given up after 3 s: it would be used up, and lost", async () => {
  const stage = prepare();
  await stage.tokenStore.put(key, {
    accessToken: "first",
    expiresInSeconds: 300,
    refreshToken: "r-1",
    scope: null,
  });
  stage.pass(250);
  const timeout = vi.spyOn(AbortSignal, "timeout");
  onTestFinished(() => timeout.mockRestore());
  expect(await stage.get()).toBe("token-1");
  expect(timeout.mock.calls).toEqual([[10_000]]);
});

describe("refused credentials", () => {
  test("are tried at most once a minute, growing to 15, by whatever process", async () => {
    const stage = prepare();
    stage.failure = refusal;
    const triedAt: number[] = [];
    for (let second = 0; second < 7200; second += 10) {
      const before = stage.asked.length;
      await expect(stage.get(stage.provider())).rejects.toMatchObject({ code: "source-refused" });
      if (stage.asked.length > before) triedAt.push(second);
      stage.pass(10);
    }
    const gaps = triedAt.slice(1).map((at, index) => at - (triedAt[index] ?? 0));
    expect(gaps).toEqual([60, 120, 240, 480, 900, 900, 900, 900, 900, 900]);
  });

  test("are tried at once when they are others", async () => {
    const stage = prepare();
    stage.failure = refusal;
    await expect(stage.get()).rejects.toMatchObject({ code: "source-refused" });
    await expect(stage.get()).rejects.toMatchObject({ code: "source-refused" });
    stage.failure = null;
    expect(await stage.get(stage.provider("another secret"))).toBe("token-2");
  });

  test("are tried at once after a sign-in", async () => {
    const stage = prepare();
    stage.failure = refusal;
    await expect(stage.get()).rejects.toMatchObject({ code: "source-refused" });
    await stage.tokenStore.put(key, {
      accessToken: "signed in",
      expiresInSeconds: 300,
      refreshToken: null,
      scope: null,
    });
    expect(await stage.get()).toBe("signed in");
  });

  test("leave a valid token in use", async () => {
    const stage = prepare();
    await stage.get();
    stage.failure = refusal;
    stage.pass(241);
    expect(await stage.get()).toBe("token-1");
    stage.pass(58);
    expect(await stage.get()).toBe("token-1");
    stage.pass(1.1);
    await expect(stage.get()).rejects.toMatchObject({ code: "source-refused" });
  });
});

describe("a token that the server refuses", () => {
  test("is renewed once for 100 calls that were refused at once", async () => {
    const stage = prepare();
    const first = await stage.get();
    const provider = stage.provider();
    const tokens = await Promise.all(
      Array.from({ length: 100 }, () => stage.refuse(first, provider)),
    );
    expect(new Set(tokens)).toEqual(new Set(["token-2"]));
    expect(stage.asked).toHaveLength(2);
    // One whose refusal was late takes the new one too.
    expect(await stage.refuse(first, provider)).toBe("token-2");
    expect(stage.asked).toHaveLength(2);
  });

  test("is the one that was given last, when the caller does not say which", async () => {
    const stage = prepare();
    const provider = stage.provider();
    await stage.get(provider);
    expect((await provider.getToken({ isAfterRefusal: true })).value).toBe("token-2");
  });

  test("is not renewed a second time in a row: that ends it for a minute, growing to 15", async () => {
    const stage = prepare();
    const first = await stage.get();
    const second = await stage.refuse(first);
    await expect(stage.refuse(second)).rejects.toMatchObject({
      code: "source-refused",
      retryAfterMs: 60_000,
    });
    await expect(stage.get()).rejects.toMatchObject({ code: "source-refused" });
    expect(stage.asked).toHaveLength(2);
    for (const seconds of [60, 120, 240, 480, 900, 900]) {
      stage.pass(seconds - 1);
      await expect(stage.get()).rejects.toMatchObject({ code: "source-refused" });
      stage.pass(1);
      const next = await stage.get();
      await expect(stage.refuse(next)).rejects.toMatchObject({ code: "source-refused" });
    }
    expect(stage.asked).toHaveLength(8);
  });

  test("is renewed as usual when the one before had worked for a while", async () => {
    const stage = prepare();
    stage.lifeSeconds = 3600;
    const second = await stage.refuse(await stage.get());
    stage.pass(61);
    const third = await stage.refuse(second);
    stage.pass(3541);
    expect(await stage.refuse(await stage.get())).toBe("token-5");
    expect(third).toBe("token-3");
  });
});
