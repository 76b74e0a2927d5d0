// Starts `token-worker.ts`, many real processes that need a token at once.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import type { IdentityProvider } from "./identity-provider.ts";

const program = fileURLToPath(import.meta.resolve("./token-worker.ts"));

export interface TokenProcess {
  pid: number;
  go: () => void;
  nextLine: () => Promise<string | null>;
  kill: () => Promise<void>;
}

/** Starts a process that waits for `go`. It is killed at the end of the test. */
export async function startTokenProcess(
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
  const said = await nextLine();
  if (said !== "ready") throw new Error(`the worker said ${String(said)}`);
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

/** Starts `count` processes, lets them begin together once all are ready, and returns the output of each. */
export async function askTogether(
  count: number,
  folder: string,
  idp: IdentityProvider,
  aheadMs = 0,
): Promise<(string | null)[]> {
  const all: TokenProcess[] = [];
  // Start a few at a time: the test is not about starting processes.
  while (all.length < count) {
    const some = Array.from({ length: Math.min(5, count - all.length) }, () =>
      startTokenProcess(folder, idp, aheadMs),
    );
    // oxlint-disable-next-line no-await-in-loop -- see above
    all.push(...(await Promise.all(some)));
  }
  for (const { go } of all) go();
  return Promise.all(all.map(({ nextLine }) => nextLine()));
}
