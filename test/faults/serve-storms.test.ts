// `sitrep serve` on its file: killed and out of disk under twenty clients, before senders that never finish, and its end
// while connections hang.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { closing, openForReading } from "../../src/state/sqlite/sqlite.ts";
import { addKeyTo, createServeFixture, startServeProcess } from "../support/serve-process.ts";
import type { ServeFixture } from "../support/serve-process.ts";
import { faultsOf, fillDiskUnder, startWriteStorm } from "../support/write-storm.ts";

const none = { lost: [], doubled: [] };
const withoutLimit = { RATE_LIMIT_REQUESTS_PER_MINUTE: "0" };

const titlesIn = ({ home }: ServeFixture): string[] =>
  closing(openForReading(join(home, "state/tasks.db"), 5000), (db) =>
    db.prepare<[], string>("SELECT title FROM tasks").pluck().all(),
  );

test("killing the server under 20 clients loses and duplicates no acknowledged write", async () => {
  const context = createServeFixture(withoutLimit);
  const key = addKeyTo(context, "laptop", "--organization", "acme");
  const acknowledged: string[] = [];
  for (let round = 0; round < 5; round += 1) {
    const server = await startServeProcess(context);
    const storm = startWriteStorm(server.url, key);
    await storm.more(40);
    server.signal("SIGKILL");
    await server.ended;
    await storm.end();
    acknowledged.push(...storm.acknowledged);
  }
  expect(faultsOf(titlesIn(context), acknowledged)).toEqual(none);
});

test.skipIf(process.platform !== "linux" || process.getuid?.() !== 0)(
  "a disk that fills up under 20 clients loses and duplicates no acknowledged write; the server answers 503 and recovers within 5 s",
  async () => {
    const context = createServeFixture(withoutLimit);
    const folder = join(context.home, "state");
    mkdirSync(folder, { mode: 0o700 });
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=24m,mode=700", "tmpfs", folder]);
    onTestFinished(() => void spawnSync("umount", ["-l", folder]));
    const key = addKeyTo(context, "laptop", "--organization", "acme");
    const { url } = await startServeProcess(context);
    const storm = startWriteStorm(url, key);
    await fillDiskUnder(storm, folder, 10_000);
    expect(faultsOf(titlesIn(context), storm.acknowledged)).toEqual(none);
  },
);

/** A connection that sends `text`, and then `drip` every half second; gives when it is closed. */
async function sender(url: string, text: string, drip = ""): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await new Promise((resolve) => socket.once("connect", resolve));
  socket.on("error", () => undefined).resume();
  socket.write(text);
  const timer = setInterval(() => socket.write(drip), 500);
  socket.once("close", () => clearInterval(timer));
  onTestFinished(() => void socket.destroy());
  return socket;
}

const openings = ({ key, url }: { key: string; url: string }) => {
  const head = `POST /mcp HTTP/1.1\r\nHost: ${new URL(url).host}\r\nAuthorization: Bearer ${key}\r\n`;
  return {
    nothing: "",
    "a part of the head": head,
    "a part of the body": `${head}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{`,
  };
};

test("a connection that never finishes its head or body is closed within 30 s and delays nobody", async () => {
  const context = createServeFixture(withoutLimit);
  const key = addKeyTo(context, "laptop", "--organization", "acme");
  const { url } = await startServeProcess(context);
  const started = performance.now();
  const closedAfter = await Promise.all(
    Object.entries(openings({ key, url })).map(async ([name, text]) => {
      const drip = { nothing: "", "a part of the head": "X-A: b\r\n" }[name] ?? " ";
      const socket = await sender(url, text, drip);
      await new Promise((resolve) => socket.once("close", resolve));
      return [name, performance.now() - started] as const;
    }),
  );
  expect(closedAfter.filter(([, ms]) => ms > 30_000)).toEqual([]);
  // Nobody is cut who merely has a slow line.
  expect(closedAfter.filter(([, ms]) => ms < 10_000)).toEqual([]);
  expect((await fetch(`${url}/health`)).status).toBe(200);
});

test("SIGTERM ends the server within its limit while requests are half sent and sockets idle", async () => {
  const context = createServeFixture({ ...withoutLimit, SITREP_STOP_SECONDS: "2" });
  const key = addKeyTo(context, "laptop", "--organization", "acme");
  const server = await startServeProcess(context);
  const { url } = server;
  for (const text of Object.values(openings({ key, url }))) {
    await sender(url, text);
    await sender(url, text);
  }
  const host = new URL(url).host;
  const idle = await sender(url, `GET /health HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  await new Promise((resolve) => idle.once("data", resolve));
  const started = performance.now();
  server.signal("SIGTERM");
  // Cut off, and said so.
  expect(await server.ended).toBe(1);
  expect(performance.now() - started).toBeLessThan(4000);
});
