// A server that floods: every way of reaching one refuses what it cannot hold, at once and with a code. Before there were
// bounds in bytes, 8 MB of brackets cost 1.1 GB and a socket without an end 2.7 GB (test/faults/floods.test.ts measures).
// Control, by hand: without the scan "deep" throws something untyped in all six ways; without the allowance the three floods
// of messages last until their time is over in all four.

import { onTestFinished, expect, test } from "vitest";
import { Config } from "../../src/config/schema.ts";
import { SourceConfig } from "../../src/config/source-config.ts";
import { openConfigured } from "../../src/sources/configured-server.ts";
import { createSourceContext } from "../../src/sources/credentials.ts";
import {
  floodingSource,
  refusedFloods,
  startFloodingServer,
  type FloodWay,
} from "../support/flooding.ts";
import type { Flood } from "../support/mcp/floods.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { eachValueOf, firstOf } from "../support/cases.ts";

async function open(way: FloodWay, flood: Flood | "stderr", more: Record<string, unknown> = {}) {
  const folder = temporaryFolder();
  const files = {
    secrets: folder,
    tokens: folder,
    signIns: folder,
    installation: folder,
    serverKeys: folder,
    state: folder,
  };
  const context = createSourceContext(files, Config.parse({}), null, null);
  const place = floodingSource(await startFloodingServer(), way, flood);
  const config = SourceConfig.parse({ name: "bad", retries: 0, ...place, ...more });
  const scope = { path: folder, name: "shop-api" };
  const opened = openConfigured(config, scope, context);
  onTestFinished(() => opened[Symbol.asyncDispose]());
  return (ms: number) => opened.source.listOpen(scope, AbortSignal.timeout(ms));
}

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => error,
  );

test.each(eachValueOf(refusedFloods))(
  "A29, A31, B15: a flood over %s with %s is refused at once",
  async (way, flood) => {
    const list = await open(way, flood);
    const started = performance.now();
    const failure = await failureOf(list(20_000));
    expect(failure).toMatchObject({ name: "SourceError", code: "source-invalid-response" });
    // The time limit is 20 s: it is not what ends this.
    expect(performance.now() - started).toBeLessThan(10_000);
  },
);

test.each<[FloodWay, Flood | "stderr"]>(
  firstOf(
    [
      ["rest", "drip"],
      ["json", "drip"],
      ["events", "drip"],
      ["socket", "drip"],
      ["stdio", "drip"],
      ["stdio", "stderr"],
    ],
    2,
  ),
)("a call over %s that waits because of %s ends at its time limit", async (way, flood) => {
  const list = await open(way, flood, { timeoutSeconds: 2 });
  const started = performance.now();
  expect(await failureOf(list(20_000))).toMatchObject({ code: "source-timeout" });
  expect(performance.now() - started).toBeLessThan(8000);
});

test.each<FloodWay>(["rest", "json", "stdio"])(
  "A19, B15: only some of the endless pages of long texts over %s are read, and the result says that there are more",
  async (way) => {
    const list = await open(way, "pages");
    const { tasks, total } = await list(20_000);
    expect(tasks.length).toBeGreaterThan(60);
    expect(tasks.length).toBeLessThan(600);
    expect(total).toBe(way === "rest" ? 300_000 : 100_000);
  },
);

test("8 MB of long titles are read if maxResponseMiB allows it", async () => {
  const list = await open("json", "titles", { maxResponseMiB: 10 });
  const { tasks } = await list(20_000);
  expect(tasks).toHaveLength(68);
  expect(
    SourceConfig.safeParse({ name: "a", type: "tickets", url: "https://a", maxResponseMiB: 11 })
      .success,
  ).toBe(false);
});
