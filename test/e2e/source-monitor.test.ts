// The real monitor with real servers: it knows what commands kept, reads no variable itself, and follows the configuration.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { aNewTask } from "../support/builders.ts";
import { prepareSources } from "../support/source-commands.ts";
import type { SourceContext } from "../support/source-commands.ts";
import { startTaskServer } from "../support/task-server.ts";
import { startTlsFront } from "../support/tls-front.ts";
import { eventually } from "../support/waiting.ts";
import { triesAll } from "../support/cases.ts";

/** Asks the running monitor, as a session does, until the brief says so. */
const seen = (context: SourceContext, words: RegExp) =>
  eventually(async () => expect(await context.brief()).toMatch(words), 200);

/** The installed hooks ask the monitor; a command would ask the server itself. */
async function startSession(context: SourceContext): Promise<void> {
  const input = { session_id: "s-1", cwd: context.project.folder, source: "startup" };
  await context.hook(context.commands().sessionStart, {
    hook_event_name: "SessionStart",
    ...input,
  });
}

async function installed() {
  const [context, server] = [prepareSources(), await startTaskServer()];
  server.key = "canary-5f2c";
  await server.add("shop-api", [aNewTask({ id: "LIN-1", title: "Add OIDC login" })]);
  return { context, server };
}

test("a source from a variable, and its secret, are known to the monitor after install", async () => {
  const { context, server } = await installed();
  const named = { TASK_TRACKING_URL: server.origin, TASK_TRACKING_API_KEY: "canary-5f2c" };
  await context.good(["install", "--yes"], named);
  await startSession(context);
  await seen(context, /Tasks read \d+ s ago \(task-tracking\)[^]*LIN-1/);
  const record = readFileSync(join(context.state, "installation.json"), "utf8");
  expect(record).not.toMatch(/canary|TASK_TRACKING/);
  const logs = readFileSync(join(context.state, "logs", "monitor.log"), "utf8");
  expect(logs).not.toContain("canary");
  const status = JSON.parse(await context.good(["status", "--json"])) as unknown;
  expect(status).toMatchObject({
    sources: [
      {
        name: "task-tracking",
        origin: server.origin,
        secret: "${env:TASK_TRACKING_API_KEY}",
        from: "environment",
      },
      { name: "embedded" },
    ],
  });
  await eventually(async () => {
    const { calls } = JSON.parse(await context.good(["status", "--json"])) as { calls: unknown };
    expect(calls).toMatchObject([{ source: "task-tracking", calls: { failures: 0 } }]);
  }, 200);
});

test("a variable in a session's environment cannot point the monitor to another server", async () => {
  const { context, server } = await installed();
  const evil = await startTaskServer();
  const named = { TASK_TRACKING_URL: server.origin, TASK_TRACKING_API_KEY: "canary-5f2c" };
  await context.good(["install", "--yes", "--no-monitor"], named);
  const input = { session_id: "s-1", cwd: context.project.folder, source: "startup" };
  await context.hook(
    context.commands().sessionStart,
    { hook_event_name: "SessionStart", ...input },
    { TASK_TRACKING_URL: evil.origin, MCP_SERVER_URL: evil.url, HOME: "/nonexistent" },
  );
  await seen(context, /LIN-1/);
  expect(evil.requests).toEqual([]);
});

test("F68: the monitor trusts the private certificate authority that was configured at installation", async () => {
  const { context, server } = await installed();
  const front = await startTlsFront(server.origin);
  const file = join(context.sitrepHome, "config.json");
  const config = JSON.parse(readFileSync(file, "utf8")) as object;
  const refresh = { schedule: "* * * * * *", heartbeatSeconds: 0.3 };
  writeFileSync(file, JSON.stringify({ ...config, refresh }));
  const named = { TASK_TRACKING_URL: front.origin, TASK_TRACKING_API_KEY: "canary-5f2c" };
  await context.good(["install", "--yes", "--no-monitor"], named);
  await startSession(context);
  await seen(context, /Tasks from task-tracking are not known yet: it cannot be reached/);
  expect(server.requests).toEqual([]);
  await context.good(["stop"]);
  await context.good(["install", "--yes"], { ...named, NODE_EXTRA_CA_CERTS: front.authority });
  // What the installer's own reading cannot have seen.
  await server.add("shop-api", [aNewTask({ id: "LIN-2", title: "Rotate signing keys" })]);
  await startSession(context);
  await seen(context, /Tasks read \d+ s ago \(task-tracking\)[^]*LIN-2/);
});

test.runIf(triesAll)("the monitor follows a change of the configuration", async () => {
  const { context, server } = await installed();
  server.key = null;
  await context.good(["install", "--yes"]);
  const file = join(context.sitrepHome, "config.json");
  const config = JSON.parse(readFileSync(file, "utf8")) as object;
  const team = { name: "team", type: "task-tracking", url: server.origin };
  writeFileSync(file, JSON.stringify({ ...config, sources: [team] }));
  await eventually(async () => {
    await startSession(context);
    expect(await context.brief()).toMatch(/\(team\)[^]*LIN-1/);
  }, 200);
  writeFileSync(file, JSON.stringify(config));
  await eventually(async () => {
    await startSession(context);
    expect(await context.brief()).not.toMatch(/LIN-1|team/);
  }, 200);
});
