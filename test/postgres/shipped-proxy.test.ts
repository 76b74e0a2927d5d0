// The proxy that deploy/ ships, Caddy, before two servers on one PostgreSQL: streams, addresses, sizes, and a server that goes.

import { describe, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { deployed, operatorsProgram } from "../support/deployed.ts";
import { freePort, inOtherWords, startProgram } from "../support/operators.ts";
import { onServer, serverUrl, temporaryDatabase } from "../support/postgres.ts";
import { startReadStorm } from "../support/read-storm.ts";
import { bearer, rpcBody, rpcHeaders } from "../support/rpc.ts";
import { addKeyTo, createServeFixture, startServeProcess } from "../support/serve-process.ts";
import type { ServeFixture, ServeProcess } from "../support/serve-process.ts";
import { faultsOf, startWriteStorm } from "../support/write-storm.ts";

const caddy = operatorsProgram("caddy", "caddy");

/** The shipped file; only the addresses are other ones, as there is no network of containers here. */
const caddyfile = (ports: { server: number; health: number }): string =>
  `{\n\tadmin off\n}\n${inOtherWords(deployed("Caddyfile"), [
    ["server-1:8080", `127.0.0.1:${ports.server}`],
    ["server-2:8080", `127.0.0.2:${ports.server}`],
    ["health_port 9464", `health_port ${ports.health}`],
  ])}`;

async function startCaddy(text: string): Promise<string> {
  const url = `http://localhost:${await freePort()}`;
  const args = ["run", "--config", "Caddyfile", "--adapter", "caddyfile"];
  startProgram(caddy ?? "", args, { Caddyfile: text }, { SITREP_DOMAIN: url });
  return url;
}

/** As compose.yaml starts them. `start` replaces one, at the same address. */
async function deploy(env: Record<string, string> = {}) {
  const ports = { server: await freePort(), health: await freePort() };
  const url = await startCaddy(caddyfile(ports));
  const common = {
    DATABASE_URL: await temporaryDatabase(),
    SITREP_ALLOWED_HOSTS: new URL(url).hostname,
    SITREP_DRAIN_SECONDS: "5",
    RATE_LIMIT_REQUESTS_PER_MINUTE: "0",
    ...env,
  };
  const hosts = ["127.0.0.1", "127.0.0.2"] as const;
  const fixtures = new Map<string, ServeFixture>(
    hosts.map((host) => [
      host,
      createServeFixture({ ...common, SITREP_METRICS_ADDRESS: `${host}:${ports.health}` }),
    ]),
  );
  const fixtureOf = (host: string): ServeFixture => {
    const fixture = fixtures.get(host);
    if (fixture === undefined) throw new Error(host);
    return fixture;
  };
  const key = addKeyTo(fixtureOf(hosts[0]), "laptop", "--organization", "acme");
  const start = (host: string): Promise<ServeProcess> =>
    startServeProcess(
      fixtureOf(host),
      `--behind-proxy --host ${host} --port ${ports.server}`.split(" "),
    );
  const first = await start(hosts[0]);
  const second = await start(hosts[1]);
  /** So many servers take requests: the proxy asks them in turn. */
  const untilServing = async (server: ServeProcess): Promise<void> => {
    const served = (): number => server.log.filter(({ msg }) => msg === "request").length;
    const before = served();
    await expect
      .poll(async () => {
        await fetch(`${url}/tasks?project=probe`, { headers: bearer(key) });
        return served();
      })
      .toBeGreaterThan(before);
  };
  for (const server of [first, second]) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await untilServing(server);
  }
  return {
    url,
    key,
    database: common.DATABASE_URL,
    start,
    untilServing,
    servers: [first, second] as const,
  };
}

describe.skipIf(serverUrl === null || caddy === null)("the shipped proxy", () => {
  test("replaces both servers under load without a failed or lost request", async () => {
    const { url, key, database, start, untilServing, servers } = await deploy();
    const writes = startWriteStorm(url, key, 6);
    const reads = startReadStorm(url, key);
    await writes.more(100);
    for (const [index, old] of servers.entries()) {
      // oxlint-disable no-await-in-loop -- one server after the other
      old.signal("SIGTERM");
      expect(await old.ended).toBe(0);
      await writes.more(50);
      await untilServing(await start(`127.0.0.${index + 1}`));
      await writes.more(50);
      // oxlint-enable no-await-in-loop
    }
    await Promise.all([writes.end(), reads.end()]);
    expect(writes.refusals).toEqual(new Map());
    expect([...reads.statuses.keys()].toSorted()).toEqual(["200", "201"]);
    const rows = await onServer("select title from tasks", database);
    const stored = rows.map(({ title }) => String(title));
    expect(faultsOf(stored, writes.acknowledged)).toEqual({ lost: [], doubled: [] });
  });

  test("after a server was killed, requests go to the other one, and reads do not fail", async () => {
    const { url, key, servers, untilServing } = await deploy();
    const list = async (): Promise<number> => {
      const response = await fetch(`${url}/tasks?project=storm`, { headers: bearer(key) });
      await response.text();
      return response.status;
    };
    servers[0].signal("SIGKILL");
    await servers[0].ended;
    const statuses = [];
    // oxlint-disable-next-line no-await-in-loop -- a client does one thing after the other
    for (let asked = 0; asked < 40; asked += 1) statuses.push(await list());
    expect(new Set(statuses)).toEqual(new Set([200]));
    await untilServing(servers[1]);
  });

  test("passes an event stream through as it comes, and a WebSocket", async () => {
    const { url, key } = await deploy();
    const headers = { ...rpcHeaders, ...bearer(key) };
    const stream = await fetch(`${url}/mcp`, {
      headers: { ...headers, accept: "text/event-stream", "mcp-protocol-version": "2025-11-25" },
    });
    expect(stream.headers.get("content-type")).toContain("text/event-stream");
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
    onTestFinished(() => reader?.cancel());
    const socket = new WebSocket(`${url.replace("http", "ws")}/ws`, ["mcp"], {
      headers: bearer(key),
    });
    onTestFinished(() => socket.terminate());
    await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
    const response = new Promise((resolve) =>
      socket.once("message", (data) => resolve(String(data))),
    );
    socket.send(rpcBody("ping"));
    expect(await response).toContain('"result"');
    const body = JSON.stringify({ tasks: [{ project_id: "shop", title: "Add login" }] });
    await fetch(`${url}/tasks/batch`, { method: "POST", headers, body });
    let text = "";
    // oxlint-disable-next-line no-await-in-loop -- until the change is there; the stream does not end
    while (!text.includes("list_changed")) text += (await reader?.read())?.value ?? "";
  });

  test("tells the servers the client's address, whatever the client says it is", async () => {
    const { url } = await deploy();
    const statuses: number[] = [];
    for (let tries = 1; tries <= 25; tries += 1) {
      const headers = { ...bearer("wrong"), "x-forwarded-for": `203.0.113.${tries}` };
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      statuses.push((await fetch(`${url}/tasks`, { headers })).status);
    }
    expect(statuses.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => 401));
    expect(statuses.at(-1)).toBe(429);
  });

  test("takes a request of 4 MiB, and refuses a larger one", async () => {
    const { url, key } = await deploy();
    const headers = { ...rpcHeaders, ...bearer(key) };
    const status = async (bytes: number): Promise<number> => {
      const body = rpcBody("ping", { _meta: { filler: "x".repeat(bytes) } });
      return (await fetch(`${url}/mcp`, { method: "POST", headers, body })).status;
    };
    expect(await status(4 * 1024 * 1024 - 1000)).toBe(200);
    expect(await status(6_000_000)).toBe(413);
  });
});
