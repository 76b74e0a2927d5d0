// A proxy like an operator's. It checks the readiness of each server, distributes requests in turn over kept
// connections, and passes a request to the next server only if it could not connect, because nothing was sent then.

import { Agent, createServer, request as send, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { onTestFinished } from "vitest";

export interface Upstream {
  readonly url: string;
  readonly readyUrl: string;
}

export interface RoundRobinProxy {
  readonly url: string;
  /** Counts of answered requests, by the upstream's address. */
  readonly answered: ReadonlyMap<string, number>;
  /** The number of requests that went to another server because the first refused the connection. */
  readonly retries: () => number;
  /** Requests without a response, which the proxy answered with 502. */
  readonly failures: readonly string[];
  add(upstream: Upstream): void;
  remove(url: string): void;
}

const checkEveryMs = 50;

async function isReady({ readyUrl }: Upstream): Promise<boolean> {
  try {
    return (await fetch(readyUrl, { signal: AbortSignal.timeout(2000) })).ok;
  } catch {
    return false;
  }
}

const isRefused = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ECONNREFUSED";

export async function startRoundRobinProxy(): Promise<RoundRobinProxy> {
  const upstreams = new Map<string, { upstream: Upstream; isReady: boolean }>();
  const answered = new Map<string, number>();
  const failures: string[] = [];
  const agent = new Agent({ keepAlive: true });
  const ending = new AbortController();
  let [turn, retries] = [0, 0];

  const pass = (url: string, incoming: IncomingMessage, body: Buffer): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const { method, headers } = incoming;
      const target = new URL(incoming.url ?? "/", url);
      const sent = send(target, { agent, method, headers: { ...headers, host: target.host } });
      sent.once("response", resolve).once("error", reject).end(body);
    });

  const server = createServer(async (incoming, outgoing) => {
    const body = await buffer(incoming);
    const ready = [...upstreams.values()].filter((one) => one.isReady);
    const urls = ready.map(({ upstream }) => upstream.url);
    turn += 1;
    for (let tries = 0; tries < urls.length; tries += 1) {
      const url = urls[(turn + tries) % urls.length] ?? "";
      try {
        // oxlint-disable-next-line no-await-in-loop -- the next one only if this one refuses
        const response = await pass(url, incoming, body);
        answered.set(url, (answered.get(url) ?? 0) + 1);
        outgoing.writeHead(response.statusCode ?? 502, response.headers);
        response.pipe(outgoing);
        return;
      } catch (error) {
        if (!isRefused(error)) {
          failures.push(String(error));
          break;
        }
        retries += 1;
      }
    }
    if (urls.length === 0) failures.push("no server is ready");
    outgoing.writeHead(502).end();
  });

  const check = async (): Promise<void> => {
    for (const one of upstreams.values()) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      one.isReady = await isReady(one.upstream);
    }
  };
  const checking = (async () => {
    while (!ending.signal.aborted) {
      // oxlint-disable-next-line no-await-in-loop -- until the test is over
      await check();
      // oxlint-disable-next-line no-await-in-loop -- until the test is over
      await sleep(checkEveryMs);
    }
  })();

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    ending.abort();
    await checking;
    agent.destroy();
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answered,
    retries: () => retries,
    failures,
    add: (upstream) => void upstreams.set(upstream.url, { upstream, isReady: false }),
    remove: (url) => void upstreams.delete(url),
  };
}
