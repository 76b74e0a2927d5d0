import { gzipSync } from "node:zlib";
import { describe, expect, onTestFinished, test } from "vitest";
import { codeOf } from "../../src/core/errors.ts";
import { SourceError } from "../../src/core/source-error.ts";
import { createHttpClient } from "../../src/http/http.ts";
import type { HttpClient, HttpOptions, JsonRequest } from "../../src/http/http.ts";
import { answering, startMisbehavingServer } from "../support/misbehaving-server.ts";
import type { Fault } from "../support/misbehaving-server.ts";

function client(options: Partial<HttpOptions> = {}): HttpClient {
  const made = createHttpClient({ name: "tracker", ...options });
  onTestFinished(() => made[Symbol.asyncDispose]());
  return made;
}

const get = (url: string, more: Partial<JsonRequest> = {}): JsonRequest => ({
  method: "GET",
  url,
  timeoutMs: 5000,
  ...more,
});

async function failureOf(work: Promise<unknown>): Promise<SourceError> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof SourceError)) throw new Error(`not a SourceError: ${String(error)}`);
  return error;
}

describe("a good response", () => {
  test("a JSON request gets its JSON response", async () => {
    const server = await startMisbehavingServer(answering({ tasks: [1] }));
    const reply = await client().requestJson(
      get(server.url, { method: "POST", body: { limit: 1 }, headers: { "x-key": "k" } }),
    );
    expect(reply).toMatchObject({ status: 200, body: { tasks: [1] } });
    expect(server.requests[0]).toMatchObject({ method: "POST", body: '{"limit":1}' });
    expect(server.requests[0]?.headers).toMatchObject({
      "x-key": "k",
      "content-type": "application/json",
    });
  });

  test("an empty response is undefined", async () => {
    const server = await startMisbehavingServer((_request, response) =>
      response.writeHead(204).end(),
    );
    const reply = await client().requestJson(get(server.url, { method: "DELETE" }));
    expect(reply).toMatchObject({ status: 204, body: undefined });
  });
});

describe("a bad response has a code:", () => {
  test.for<[string, Fault, string]>([
    ["a page with 200", "page", "source-invalid-response"],
    ["JSON that stops", "cut-json", "source-invalid-response"],
    ["a body that stops before its length", "truncated", "source-unreachable"],
    ["a connection that is reset", "reset", "source-unreachable"],
    ["401", { status: 401 }, "source-refused"],
    ["403", { status: 403 }, "source-refused"],
    ["404", { status: 404 }, "source-failed"],
    ["500", { status: 500 }, "source-failed"],
    ["a redirect without an end", { redirect: "/mcp" }, "source-failed"],
  ])("%s", async ([, fault, code]) => {
    const server = await startMisbehavingServer(answering({}));
    server.fault = fault;
    const failure = await failureOf(client().requestJson(get(server.url)));
    expect(failure.code).toBe(code);
    expect(failure.message).toContain("tracker");
    expect(failure.message).not.toContain("Sign in");
  });

  test("F58: a stopped server is unreachable, and the request is marked as unsent", async () => {
    const server = await startMisbehavingServer(answering({}));
    await server.stop();
    const failure = await failureOf(client().requestJson(get(server.url)));
    expect(failure).toMatchObject({ code: "source-unreachable", isUnsent: true });
  });

  test("a reset connection does not mark the request as unsent", async () => {
    const server = await startMisbehavingServer(answering({}));
    server.fault = "reset";
    expect(await failureOf(client().requestJson(get(server.url)))).toMatchObject({
      code: "source-unreachable",
      isUnsent: false,
    });
  });

  test("F60: the messages for a page and for broken JSON differ", async () => {
    const server = await startMisbehavingServer(answering({}));
    server.nextFaults.push("page", "cut-json");
    const page = await failureOf(client().requestJson(get(server.url)));
    expect(page.message).toBe("tracker answered with text/html, not JSON.");
    expect(page.hint).toContain("sign-in page");
    const cut = await failureOf(client().requestJson(get(server.url)));
    expect(cut.message).toBe("tracker answered with broken JSON.");
  });

  test("F61: a 429 error has the server's Retry-After", async () => {
    const server = await startMisbehavingServer(answering({}));
    server.fault = { status: 429, headers: { "retry-after": "7" } };
    expect(await failureOf(client().requestJson(get(server.url)))).toMatchObject({
      code: "source-rate-limited",
      retryAfterMs: 7000,
      status: 429,
    });
  });
});

describe("A31: one deadline covers the whole exchange", () => {
  test.for<Fault>(["hang", "drip"])("%s", async (fault) => {
    const server = await startMisbehavingServer(answering({}));
    server.fault = fault;
    const started = performance.now();
    const failure = await failureOf(client().requestJson(get(server.url, { timeoutMs: 700 })));
    expect(failure.code).toBe("source-timeout");
    expect(performance.now() - started).toBeGreaterThan(650);
    expect(performance.now() - started).toBeLessThan(2000);
  });

  test("a caller can end a request before its deadline", async () => {
    const server = await startMisbehavingServer(answering({}));
    server.fault = "hang";
    const caller = new AbortController();
    const failure = failureOf(client().requestJson(get(server.url, { signal: caller.signal })));
    caller.abort();
    expect((await failure).code).toBe("cancelled");
  });
});

describe("the size of a response", () => {
  test("a response of 200 MB is refused after the first megabyte, without being kept in memory", async () => {
    const server = await startMisbehavingServer(answering({}));
    server.fault = "huge";
    const before = process.memoryUsage().rss;
    const failure = await failureOf(client().requestJson(get(server.url, { timeoutMs: 15_000 })));
    expect(failure.code).toBe("source-invalid-response");
    expect(failure.message).toContain("1048576 bytes");
    expect(process.memoryUsage().rss - before).toBeLessThan(120 * 1024 * 1024);
  });

  test("A29: the limit of a response counts decompressed bytes", async () => {
    const small = gzipSync(Buffer.alloc(50 * 1024 * 1024, " "));
    expect(small.length).toBeLessThan(100_000);
    const server = await startMisbehavingServer((_request, response) => {
      response.writeHead(200, {
        "content-type": "application/json",
        "content-encoding": "gzip",
      });
      response.end(small);
    });
    const failure = await failureOf(client().requestJson(get(server.url)));
    expect(failure.message).toContain("1048576 bytes");
  });

  test("the limit of a response can be set", async () => {
    const server = await startMisbehavingServer(answering("x".repeat(100)));
    expect(
      await client({ largestResponse: 102 })
        .requestJson(get(server.url))
        .then((reply) => reply.status),
    ).toBe(200);
    const failure = failureOf(client({ largestResponse: 101 }).requestJson(get(server.url)));
    expect((await failure).code).toBe("source-invalid-response");
  });
});

describe("redirects", () => {
  test.for([307, 308])("a %d redirect within the origin keeps method and body", async (status) => {
    const server = await startMisbehavingServer(answering({ ok: true }));
    server.nextFaults.push({ redirect: "/mcp/", status });
    const reply = await client().requestJson(get(server.url, { method: "POST", body: { a: 1 } }));
    expect(reply.body).toEqual({ ok: true });
    expect(server.requests[1]).toMatchObject({ method: "POST", path: "/mcp/", body: '{"a":1}' });
  });

  test.for([301, 302, 303])(
    "a %d redirect of a POST, which would lose its body, is refused",
    async (status) => {
      const server = await startMisbehavingServer(answering({}));
      server.nextFaults.push({ redirect: "/mcp/", status });
      const failure = await failureOf(
        client().requestJson(get(server.url, { method: "POST", body: {} })),
      );
      expect(failure).toMatchObject({ code: "source-failed", status });
      expect(server.requests).toHaveLength(1);
    },
  );

  test.for([301, 302, 303, 307, 308])(
    "A24: a %d redirect to another origin sends nothing there",
    async (status) => {
      const [server, other] = await Promise.all([
        startMisbehavingServer(answering({})),
        startMisbehavingServer(answering({ stolen: true })),
      ]);
      server.fault = { redirect: other.url, status };
      const failure = await failureOf(
        client().requestJson(
          get(server.url, { headers: { authorization: "Bearer s", "x-api-key": "s" } }),
        ),
      );
      expect(failure.message).toContain(other.origin);
      expect(other.sockets.accepted).toBe(0);
      expect(other.bytesReceived()).toBe(0);
    },
  );
});

describe("connections", () => {
  const many = (count: number, work: () => Promise<unknown>): Promise<unknown[]> =>
    Promise.all(Array.from({ length: count }, work));

  test("10 calls at once open at most 10 connections, and 30 more open none", async () => {
    const server = await startMisbehavingServer(answering({}));
    const shared = client();
    await many(10, () => shared.requestJson(get(server.url)));
    expect(server.sockets.accepted).toBeLessThanOrEqual(10);
    const before = server.sockets.accepted;
    await many(30, () => shared.requestJson(get(server.url)));
    expect(server.sockets.accepted).toBeLessThanOrEqual(10);
    expect(server.requests).toHaveLength(40);
    const { opened, reused } = shared.counters();
    expect(opened).toBe(server.sockets.accepted);
    expect(reused).toBe(40 - opened);
    expect(before).toBeGreaterThan(0);
  });

  test("consecutive calls share a connection", async () => {
    const server = await startMisbehavingServer(answering({}));
    const shared = client();
    for (let call = 0; call < 5; call += 1) {
      // One after the other is the point.
      // oxlint-disable-next-line no-await-in-loop
      await shared.requestJson(get(server.url));
    }
    // A call may come before the one before it has given its connection back.
    expect(server.sockets.accepted).toBeLessThanOrEqual(2);
    expect(shared.counters().reused).toBeGreaterThanOrEqual(3);
  });

  test("idle connections are closed", async () => {
    const server = await startMisbehavingServer(answering({}));
    const shared = client({ idleMs: 50 });
    await shared.requestJson(get(server.url));
    expect(server.sockets.open).toBe(1);
    await expect.poll(() => server.sockets.open, { timeout: 4000 }).toBe(0);
  });

  test("a server that stopped and came back is reached again", async () => {
    const server = await startMisbehavingServer(answering({}));
    const shared = client();
    await shared.requestJson(get(server.url));
    await server.stop();
    expect(codeOf(await failureOf(shared.requestJson(get(server.url))))).toBe("source-unreachable");
    await server.start();
    expect((await shared.requestJson(get(server.url))).status).toBe(200);
  });
});
