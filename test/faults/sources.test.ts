// What a task server that is down costs a session's start: nothing once its failure is known, and before that no more
// than the wait for the monitor's response.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { aNewTask } from "../support/builders.ts";
import { contextOf, sessionStartInput } from "../support/installation.ts";
import { prepareSources } from "../support/source-commands.ts";
import type { SourceContext } from "../support/source-commands.ts";
import { startTaskServer } from "../support/task-server.ts";
import type { TaskServer } from "../support/task-server.ts";

const rounds = 15;

/** An installation with one server; its tasks count as current for so long. */
async function prepareServer(
  freshSeconds: number,
): Promise<{ context: SourceContext; server: TaskServer }> {
  const [context, server] = [prepareSources(), await startTaskServer()];
  await server.add("shop-api", [aNewTask({ id: "LIN-1", title: "Add OIDC login" })]);
  const file = join(context.sitrepHome, "config.json");
  const config = JSON.parse(readFileSync(file, "utf8")) as object;
  writeFileSync(file, JSON.stringify({ ...config, tasks: { freshSeconds } }));
  await context.good(["source", "add", "team", "--type", "task-tracking", "--url", server.origin]);
  await context.good(["install", "--yes"]);
  await context.good(["refresh"]);
  return { context, server };
}

async function startMs(context: SourceContext, id: string): Promise<{ ms: number; text: string }> {
  const input = { ...sessionStartInput(context), session_id: id };
  const ran = await context.hook(context.commands().sessionStart, input);
  return { ms: ran.ms, text: contextOf(ran) ?? "" };
}

const median = (values: number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

test("a server that is known to fail does not delay a session's start more than a working one", async () => {
  const [up, down] = [await prepareServer(900), await prepareServer(900)];
  down.server.fault = "hang";
  await down.context.run(["refresh"]);
  const times = { up: [] as number[], down: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    times.up.push((await startMs(up.context, `up-${round}`)).ms);
    const hanging = await startMs(down.context, `down-${round}`);
    times.down.push(hanging.ms);
    expect(hanging.text).toContain("LIN-1");
    expect(hanging.text).toContain("team is not responding (timeout)");
  }
  const [usual, failing] = [median(times.up), median(times.down)];
  process.stdout.write(`SessionStart: ${usual.toFixed(1)} ms up, ${failing.toFixed(1)} ms down\n`);
  expect(failing).toBeLessThanOrEqual(usual * 1.1 + 5);
}, 180_000);

test("a server that begins to hang delays the first session's start by at most 400 ms", async () => {
  const { context, server } = await prepareServer(0);
  const usual: number[] = [];
  for (let round = 0; round < 5; round += 1) usual.push((await startMs(context, `up-${round}`)).ms);
  server.fault = "hang";
  const first = await startMs(context, "down");
  process.stdout.write(
    `SessionStart: ${median(usual).toFixed(1)} ms, then ${first.ms.toFixed(1)}\n`,
  );
  expect(first.text).toContain("LIN-1");
  expect(first.ms).toBeLessThanOrEqual(median(usual) + 400 + 60);
}, 120_000);
