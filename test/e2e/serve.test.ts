// `sitrep serve` as a process: what it asks for at its start, its keys, and how it ends.

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { describe, expect, test } from "vitest";
import { openTaskStore } from "../../src/store/task-store.ts";
import { aNewTask } from "../support/builders.ts";
import { bearer, postRpc, rpcAnswer } from "../support/rpc.ts";
import {
  addKeyTo,
  createServeFixture,
  runVerb,
  startServeProcess,
} from "../support/serve-process.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { eventually } from "../support/waiting.ts";
import { firstOf, triesAll } from "../support/cases.ts";

const listTools = (url: string, key: string): Promise<Response> =>
  postRpc(url, "tools/list", { headers: bearer(key) });

describe("sitrep serve", () => {
  test.for(
    firstOf(
      [
        [
          "beyond this machine without a key",
          ["--host", "0.0.0.0"],
          "without authentication",
          "sitrep serve key add",
        ],
        [
          "beyond this machine and open to the machine",
          ["--host", "0.0.0.0", "--open"],
          "on 0.0.0.0, where others can reach it, with --open",
          "--open=network",
        ],
        [
          "behind a proxy and open to the machine",
          ["--behind-proxy", "--open"],
          "behind a proxy with --open",
          "--open=network",
        ],
        [
          "behind a proxy without a key",
          ["--behind-proxy"],
          "without authentication",
          "sitrep serve key add",
        ],
        [
          "on an invalid port",
          ["--port", "x"],
          '--port must be 0 to 65535, not "x"',
          "0 picks any free port",
        ],
        [
          "with a certificate and no key",
          ["--tls-cert", "cert.pem"],
          "--tls-cert and --tls-key must be used together",
          "",
        ],
        [
          "on an unsupported database",
          ["--database", "mysql://db"],
          "mysql databases are not supported",
          "postgres://",
        ],
        // Node itself reads this argument first.
        ["with a missing --env-file", ["--env-file", "none.env"], "none.env", "not found"],
      ] as const,
      2,
    ),
  )("%s does not start, and says what to do", ([, args, what, hint]) => {
    const { code, err } = runVerb(createServeFixture(), args);
    expect(code).not.toBe(0);
    expect(err).toContain(what);
    expect(err).toContain(hint);
    expect(err).not.toContain("    at ");
  });

  test("keeps keys in the database that --database names", async () => {
    const context = createServeFixture();
    const named = ["--database", join(context.home, "team.db")];
    const key = addKeyTo(context, "laptop", ...named);
    const { url } = await startServeProcess(context, named);
    expect((await listTools(url, key)).status).toBe(200);
    expect((await listTools(url, "another")).status).toBe(401);
    expect(runVerb(context, ["key", "list", "--json"]).out).toBe("[]");
  });

  test("does not start beyond this machine with a key but without TLS", () => {
    const context = createServeFixture();
    addKeyTo(context, "laptop");
    const { code, err } = runVerb(context, ["--host", "0.0.0.0"]);
    expect(code).toBe(1);
    expect(err).toContain("--tls-cert and --tls-key, or --behind-proxy");
  });

  test.for(
    firstOf(
      [
        [{ SITREP_TOKEN_SECRET: "short" }, "SITREP_TOKEN_SECRET must be at least 32 bytes"],
        [{ SITREP_ISSUER: "http://login.example" }, "SITREP_ISSUER must be an https URL"],
        [{ SITREP_ISSUER: "https://login.example" }, "SITREP_ISSUER needs SITREP_AUDIENCE"],
        [
          {
            SITREP_ISSUER: "https://login.example",
            SITREP_AUDIENCE: "tasks",
            NODE_TLS_REJECT_UNAUTHORIZED: "0",
          },
          "NODE_TLS_REJECT_UNAUTHORIZED=0 turns certificate checks off",
        ],
        [
          { RATE_LIMIT_REQUESTS_PER_MINUTE: "many" },
          "RATE_LIMIT_REQUESTS_PER_MINUTE must be a number",
        ],
        [{ SITREP_LOG_LEVEL: "loud" }, "SITREP_LOG_LEVEL must be one of trace, debug, info"],
        [{ SITREP_RESERVATION_HOURS: "0" }, "SITREP_RESERVATION_HOURS must be a number"],
      ] as const,
      2,
    ),
  )("names a mistake in the environment: %o", ([env, what]) => {
    const { code, err } = runVerb(createServeFixture(env), []);
    expect(code).toBe(1);
    expect(err).toContain(what);
  });

  const behind = { TASK_TRACKING_URL: "http://tasks.example", TASK_TRACKING_API_KEY: "k" };
  test.for(
    firstOf(
      [
        [{}, "TASK_TRACKING_API_KEY environment variable not set"],
        [
          { ...behind, TASK_TRACKING_URL: "tasks.example" },
          "TASK_TRACKING_URL must be an address with http: or https:",
        ],
        [behind, 'add to config.json: "allowInsecureHosts":["tasks.example"]'],
        [
          {
            ...behind,
            TASK_TRACKING_URL: "https://tasks.example",
            NODE_TLS_REJECT_UNAUTHORIZED: "0",
          },
          "no secret is sent",
        ],
      ] as const,
      1,
    ),
  )("does not start in front of a service that may not get the key: %o", ([env, what]) => {
    const { code, err } = runVerb(createServeFixture(env), ["--backend", "rest"]);
    expect(code).toBe(1);
    expect(err).toContain(what);
  });

  test("starts in front of a service without TLS when that host is allowed", async () => {
    const context = createServeFixture({ ...behind, SITREP_ALLOW_INSECURE_HOSTS: "tasks.example" });
    const { log } = await startServeProcess(context, ["--backend", "rest"]);
    expect(log[0]).toMatchObject({ backend: "rest" });
  });

  test("knows the projects of the embedded store by the names of their folders", async () => {
    const context = createServeFixture();
    const file = join(context.home, "state/tasks.db");
    await using tasks = await openTaskStore(file, {
      source: "embedded",
      clock: () => new Date(),
      author: null,
    });
    await tasks.add("/work/shop-api", [aNewTask({ title: "Add login" })]);
    const { url } = await startServeProcess(context, ["--open"]);
    const response = await fetch(`${url}/tasks/next?project=shop-api`);
    expect(await response.json()).toMatchObject({
      task: { title: "Add login", project_id: "shop-api" },
    });
  });

  test.runIf(triesAll)("keeps reserved ids for the configured time", async () => {
    const { url } = await startServeProcess(createServeFixture({ SITREP_RESERVATION_HOURS: "2" }), [
      "--open",
    ]);
    const response = await fetch(`${url}/ids/reserve`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ type: "US", count: 1, project_id: "shop-api" }),
    });
    const { expires_at: end } = (await response.json()) as { expires_at: string };
    const hours = (Date.parse(end) - Date.now()) / 3_600_000;
    expect(hours).toBeGreaterThan(1.9);
    expect(hours).toBeLessThanOrEqual(2);
  });

  test.runIf(triesAll)("reports a port that is in use", async () => {
    const context = createServeFixture();
    const { url } = await startServeProcess(context);
    const { code, err } = runVerb(context, ["--port", new URL(url).port]);
    expect(code).toBe(1);
    expect(err).toContain("Cannot listen on 127.0.0.1");
  });

  test("does not start with an invalid certificate, and names the files", () => {
    const context = createServeFixture();
    writeFileSync(join(context.home, "cert.pem"), "rubbish");
    const { code, err } = runVerb(context, ["--tls-cert", "cert.pem", "--tls-key", "cert.pem"]);
    expect(code).toBe(2);
    expect(err).toContain(
      "--tls-cert cert.pem and --tls-key cert.pem do not match, or are not PEM",
    );
    expect(err).not.toContain("    at ");
  });

  test("serves over TLS with a certificate, also beyond this machine", async () => {
    const folder = temporaryFolder();
    const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    const subject = ["-subj", "/CN=localhost", "-days", "1", "-nodes", "-newkey", "rsa:2048"];
    execFileSync("openssl", ["req", "-x509", ...subject, "-keyout", key, "-out", cert], {
      stdio: "ignore",
    });
    const context = createServeFixture();
    addKeyTo(context, "laptop");
    const args = ["--host", "0.0.0.0", "--tls-cert", cert, "--tls-key", key];
    const { url } = await startServeProcess(context, args);
    expect(url).toMatch(/^https:/);
    const status = await new Promise((resolve, reject) => {
      const target = `https://127.0.0.1:${new URL(url).port}/health`;
      const sent = request(target, { rejectUnauthorized: false }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      sent.once("error", reject);
      sent.end();
    });
    expect(status).toBe(200);
  });
});

describe("keys", () => {
  test("a key is added, used, listed without its secret, and revoked at once", async () => {
    const context = createServeFixture();
    const key = addKeyTo(context, "laptop", "--user", "ada", "--organization", "acme");
    expect(key).toMatch(/^sitrep_[\w-]{43}$/);
    const { url } = await startServeProcess(context);
    expect((await listTools(url, key)).status).toBe(200);
    const listed = runVerb(context, ["key", "list", "--json"]).out;
    expect(JSON.parse(listed)).toMatchObject([{ name: "laptop", user: "ada", revokedAt: null }]);
    expect(listed).not.toContain(key);
    expect(runVerb(context, ["key", "revoke", "laptop"]).code).toBe(0);
    expect((await listTools(url, key)).status).toBe(401);
    expect(runVerb(context, ["key", "revoke", "laptop"])).toMatchObject({
      code: 1,
      err: expect.stringContaining("There is no active key laptop") as unknown,
    });
  });

  test("a name in use and an unknown permission are refused", () => {
    const context = createServeFixture();
    addKeyTo(context, "laptop");
    expect(runVerb(context, ["key", "add", "laptop"]).err).toContain(
      "A key named laptop already exists",
    );
    const { code, err } = runVerb(context, ["key", "add", "other", "--permission", "toools"]);
    expect(code).toBe(2);
    expect(err).toContain("Unknown permission: toools");
  });

  test("a key is read from standard input, with a warning when it is short", async () => {
    const context = createServeFixture();
    const { code, out, err } = runVerb(context, ["key", "add", "old", "--stdin"], "old-key\n");
    expect(code).toBe(0);
    expect(out + err).not.toContain("old-key");
    expect(err).toContain("can be guessed");
    const { url } = await startServeProcess(context);
    expect((await listTools(url, "old-key")).status).toBe(200);
  });

  test("a table of tokens is imported with users, organizations and permissions", async () => {
    const context = createServeFixture();
    const file = join(context.home, "keys.json");
    const of = (user: string, permissions: string[]): object => ({
      user_id: user,
      organization_id: "dev-org",
      permissions,
    });
    const table = { "dev-alice-token": of("alice", ["create_ticket", "list_tickets"]) };
    writeFileSync(file, JSON.stringify({ ...table, "dev-bob-token": of("alice", ["get_ticket"]) }));
    expect(runVerb(context, ["key", "import", file]).out).toContain("Added 2 keys");
    const { url } = await startServeProcess(context);
    const call = async (name: string, args: object): Promise<Record<string, unknown>> => {
      const params = { name, arguments: args };
      const headers = bearer("dev-alice-token");
      return rpcAnswer(await postRpc(url, "tools/call", { params, headers }));
    };
    const made = await call("create_ticket", { title: "Login fails" });
    expect(made).toMatchObject({
      result: { structuredContent: { ticket: { created_by: "alice" } } },
    });
    expect(await call("get_ticket", { ticket_id: "TICKET-001" })).toMatchObject({
      result: { isError: true },
    });
  });

  test.runIf(triesAll)(
    "rows without a user get the one of the command, and keep their limits and metadata",
    async () => {
      const context = createServeFixture();
      const file = join(context.home, "keys.json");
      const limit = { requests: 1, window: 60 };
      const table = {
        user_key_456: { permissions: ["tools"], rate_limit: limit },
        admin_key_123: { permissions: ["admin"], metadata: { user: "admin", floor: 3 } },
      };
      writeFileSync(file, JSON.stringify(table));
      expect(runVerb(context, ["key", "import", file]).err).toContain("--user and --organization");
      const usual = ["--user", "ci", "--organization", "acme", "--json"];
      expect(JSON.parse(runVerb(context, ["key", "import", file, ...usual]).out)).toMatchObject([
        { name: "ci", user: "ci", organization: "acme", rateLimit: { requests: 1, seconds: 60 } },
        { name: "admin", user: "admin", permissions: ["admin"], metadata: { floor: "3" } },
      ]);
      writeFileSync(file, JSON.stringify(["key1", "key2"]));
      const more = [...usual, "--permission", "list_tasks"];
      expect(JSON.parse(runVerb(context, ["key", "import", file, ...more]).out)).toMatchObject([
        { name: "ci-2", permissions: ["list_tasks"], rateLimit: null },
        { name: "ci-3" },
      ]);
      const noted = [
        "--organization",
        "acme",
        "--metadata",
        "team=web",
        "--requests-per-minute",
        "5",
        "--json",
      ];
      expect(JSON.parse(runVerb(context, ["key", "add", "web", ...noted]).out)).toMatchObject({
        metadata: { team: "web" },
        rateLimit: { requests: 5, seconds: 60 },
      });
      const { url } = await startServeProcess(context);
      expect((await listTools(url, "user_key_456")).status).toBe(200);
      expect((await listTools(url, "user_key_456")).status).toBe(429);
    },
  );

  test("a table with a mistake is not imported at all", () => {
    const context = createServeFixture();
    const file = join(context.home, "keys.json");
    const good = { user_id: "a", organization_id: "o", permissions: ["tools"] };
    writeFileSync(file, JSON.stringify({ "key-one": good, "key-two": { user_id: "b" } }));
    expect(runVerb(context, ["key", "import", file]).code).toBe(2);
    expect(runVerb(context, ["key", "list"]).out).toBe("There are no keys.");
  });
});

test("a token signed by the server lets its user in", async () => {
  const context = createServeFixture({ SITREP_TOKEN_SECRET: "s".repeat(40) });
  const args = ["token", "create", "--user", "ada", "--organization", "acme"];
  const { out: token } = runVerb(context, args);
  const { exp = 0, iat = 0, ...claims } = decodeJwt(token);
  expect(decodeProtectedHeader(token)).toEqual({ alg: "HS256", typ: "JWT" });
  expect(exp - iat).toBe(3600);
  expect(claims).toMatchObject({
    sub: "ada",
    organization_id: "acme",
    permissions: ["tools", "resources"],
  });
  const { url, log } = await startServeProcess(context);
  expect(log[0]).toMatchObject({ authentication: ["signed tokens"] });
  expect((await listTools(url, token)).status).toBe(200);
  expect((await listTools(url, `${token}x`)).status).toBe(401);
  expect(runVerb(createServeFixture(), args)).toMatchObject({
    code: 1,
    err: expect.stringContaining("SITREP_TOKEN_SECRET is not set") as unknown,
  });
});

test.runIf(triesAll)("a token is accepted only at the public address that it names", async () => {
  const context = createServeFixture({ SITREP_TOKEN_SECRET: "s".repeat(40) });
  const args = ["token", "create", "--user", "ada", "--organization", "acme"];
  const named = ["--public-url", "https://tasks.example"];
  const { url } = await startServeProcess(context, named);
  const { out: token } = runVerb(context, [...args, ...named]);
  expect((await listTools(url, token)).status).toBe(200);
  for (const other of [[], ["--public-url", "https://other.example"]]) {
    const { out } = runVerb(context, [...args, ...other]);
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    expect((await listTools(url, out)).status).toBe(401);
  }
});

test("variables are read from --env-file and from no other file", async () => {
  const context = createServeFixture();
  writeFileSync(join(context.home, ".env"), "SITREP_TOKEN_SECRET=short\n");
  writeFileSync(join(context.home, "serve.env"), `SITREP_TOKEN_SECRET=${"s".repeat(40)}\n`);
  const { log } = await startServeProcess(context, ["--env-file", "serve.env"]);
  expect(log[0]).toMatchObject({ authentication: ["signed tokens"] });
  const plain = await startServeProcess(context);
  expect(plain.log[0]).toMatchObject({ authentication: ["keys"] });
});

describe("a running server", () => {
  test.for(["SIGTERM", "SIGINT"] as const)("shuts down gracefully on %s", async (signal) => {
    const server = await startServeProcess(createServeFixture());
    server.signal(signal);
    expect(await server.ended).toBe(0);
    const words = server.log.map(({ msg }) => msg);
    expect(words).toEqual(["started", "stopping", "stopped"]);
    expect(server.log.at(-1)).toMatchObject({ complete: true });
  });

  test("ends at once at a second signal", async () => {
    const context = createServeFixture({ SITREP_STOP_SECONDS: "60" });
    const server = await startServeProcess(context, ["--open"]);
    // A request whose body never comes is under way for ever.
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(Buffer.from("{")),
    });
    const init = { method: "POST", body, duplex: "half" } as RequestInit;
    const headers = { "content-type": "application/json", accept: "application/json" };
    const stuck = fetch(`${server.url}/mcp`, { ...init, headers }).catch(() => null);
    await eventually(() => expect(server.log.at(-1)).toMatchObject({ msg: "sign-in" }));
    server.signal("SIGTERM");
    await eventually(() =>
      expect(server.log.at(-1)).toMatchObject({ msg: "stopping", in_flight: 1 }),
    );
    server.signal("SIGTERM");
    expect(await server.ended).toBe(143);
    await stuck;
  });
});
