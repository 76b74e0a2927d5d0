import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import { openSharedLimit } from "../../src/http/rate-limit.ts";
import { openForWriting } from "../../src/state/sqlite/sqlite.ts";
import { temporaryFolder } from "../support/temporary.ts";

const worker = join(import.meta.dirname, "../support/limit-worker.ts");

interface Report {
  got: number;
  worstMs: number;
}

async function runWorkers(count: number, file: string, perMinute: number): Promise<Report[]> {
  const run = promisify(execFile);
  return Promise.all(
    Array.from({ length: count }, async () => {
      const { stdout } = await run(process.execPath, [worker, file, "board", `${perMinute}`, "60"]);
      return JSON.parse(stdout) as Report;
    }),
  );
}

function open(file: string) {
  const limit = openSharedLimit(file);
  onTestFinished(() => limit[Symbol.dispose]());
  return limit;
}

describe("a limit of requests", () => {
  test("a shared limit holds across processes that start at once", async () => {
    const file = join(temporaryFolder(), "limits.db");
    const reports = await runWorkers(6, file, 100);
    expect(reports.reduce((sum, { got }) => sum + got, 0)).toBe(100);
    expect(await open(file).takePermit("board", 100)).toBeGreaterThan(0);
  });

  test("a shared limit counts each key separately", async () => {
    const limit = open(join(temporaryFolder(), "limits.db"));
    expect(await limit.takePermit("a", 1)).toBeNull();
    expect(await limit.takePermit("a", 1)).toBeGreaterThan(50_000);
    expect(await limit.takePermit("b", 1)).toBeNull();
  });

  test("a clock that was set back delays no request by more than a minute", async () => {
    const limit = open(join(temporaryFolder(), "limits.db"));
    const realNow = Date.now;
    onTestFinished(() => void (Date.now = realNow));
    Date.now = () => realNow() + 3_600_000;
    await limit.takePermit("a", 1);
    Date.now = realNow;
    expect(await limit.takePermit("a", 1)).toBeNull();
    expect(await limit.takePermit("a", 1)).toBeGreaterThan(0);
  });

  test("if its file breaks, each process counts for itself", async () => {
    const file = join(temporaryFolder(), "limits.db");
    const limit = open(file);
    expect(await limit.takePermit("a", 2)).toBeNull();
    const other = openForWriting(file, { timeoutMs: 1000, synchronous: "NORMAL" });
    other.exec("DROP TABLE request_windows");
    other.close();
    const responses = [];
    for (let turn = 0; turn < 5; turn += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      responses.push(await limit.takePermit("a", 2));
    }
    expect(responses.filter((wait) => wait === null)).toHaveLength(2);
  });
});
