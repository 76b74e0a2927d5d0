// Many real processes that need a token at once, and one that dies while it is asking.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startIdentityProvider } from "../../support/identity-provider.ts";
import type { IdentityProvider } from "../../support/identity-provider.ts";
import { temporaryFolder } from "../../support/temporary.ts";

const program = join(import.meta.dirname, "../../support/token-worker.ts");

interface TokenProcess {
  pid: number;
  go: () => void;
  nextLine: () => Promise<string | null>;
  kill: () => Promise<void>;
}

async function startProcess(
  folder: string,
  idp: IdentityProvider,
  aheadMs = 0,
): Promise<TokenProcess> {
  const args = [folder, idp.issuer, idp.secretOf("service-basic"), "https://tasks.example"];
  const child = spawn(process.execPath, [program, ...args, String(aheadMs)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.stdin.on("error", () => undefined);
  const gone = new Promise<void>((resolve) => child.on("close", () => resolve()));
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string | null> => {
    const { value, done } = await lines.next();
    return done === true ? null : value;
  };
  expect(await nextLine()).toBe("ready");
  return {
    pid: child.pid ?? 0,
    go: () => void child.stdin.write("go\n"),
    nextLine,
    kill: async () => {
      child.kill("SIGKILL");
      await gone;
    },
  };
}

async function together(
  count: number,
  folder: string,
  idp: IdentityProvider,
  aheadMs = 0,
): Promise<(string | null)[]> {
  const all: TokenProcess[] = [];
  // A few at a time: the start of a process is not what is looked at.
  while (all.length < count) {
    const some = Array.from({ length: Math.min(5, count - all.length) }, () =>
      startProcess(folder, idp, aheadMs),
    );
    // oxlint-disable-next-line no-await-in-loop -- see above
    all.push(...(await Promise.all(some)));
  }
  for (const { go } of all) go();
  return Promise.all(all.map(({ nextLine }) => nextLine()));
}

const folder = (): string => join(temporaryFolder(), "tokens");

test(
  "50 processes that need a token at once make one token request",
  { timeout: 120_000 },
  async () => {
    const idp = await startIdentityProvider();
    const place = folder();
    const tokens = await together(50, place, idp);
    expect(new Set(tokens).size).toBe(1);
    expect(tokens[0]).toMatch(/^ey/);
    expect(idp.tokenRequests).toHaveLength(1);
  },
);

test("10 processes whose credentials are refused make one token request", async () => {
  const idp = await startIdentityProvider();
  const place = folder();
  const wrong = Object.assign(Object.create(idp) as IdentityProvider, { secretOf: () => "wrong" });
  const said = await together(10, place, wrong);
  expect(new Set(said)).toEqual(new Set(["failed: source-refused"]));
  expect(idp.tokenRequests).toHaveLength(1);
});

test("a process that is killed while it asks blocks no other", async () => {
  const idp = await startIdentityProvider();
  const place = folder();
  idp.isMute = true;
  const first = await startProcess(place, idp);
  first.go();
  const isAsked = (): boolean => idp.requests.some(({ path }) => path.endsWith("/token"));
  await expect.poll(isAsked).toBe(true);
  idp.isMute = false;
  const second = await startProcess(place, idp);
  second.go();
  await first.kill();
  expect(await second.nextLine()).toMatch(/^ey/);
  expect(idp.tokenRequests).toHaveLength(1);
});
