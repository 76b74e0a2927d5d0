// The client that an environment and a configuration describe.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { getDefaultClient } from "../../src/index.ts";
import type { DefaultClientOptions, TaskClient } from "../../src/index.ts";
import { startIdentityProvider } from "../support/identity-provider.ts";
import { startProtectedTaskServer } from "../support/protected-task-server.ts";
import { startTaskServer } from "../support/task-server.ts";
import type { TaskServer } from "../support/task-server.ts";
import { createTokenStore } from "../../src/sources/auth/token-store.ts";
import { machineClock } from "../../src/sources/auth/machine-clock.ts";
import { openSignInRecords, signInTokenKey } from "../../src/sources/auth/login/sign-in-record.ts";
import type { SignInRecord } from "../../src/sources/auth/login/sign-in-record.ts";
import { temporaryFolder } from "../support/temporary.ts";

const tasks = [{ id: "A", title: "Rotate keys" }];

function home(): string {
  return temporaryFolder();
}

async function open(
  folder: string,
  env: Record<string, string>,
  options: DefaultClientOptions = {},
): Promise<TaskClient> {
  const client = await getDefaultClient({ env: { SITREP_HOME: folder, ...env }, ...options });
  onTestFinished(() => client[Symbol.asyncDispose]());
  return client;
}

const paths = (server: TaskServer): string[] => server.requests.map(({ path }) => path);
const kept = (folder: string): string =>
  readFileSync(join(folder, "state/kept-sources.json"), "utf8");

test("a server whose address has no path is asked once which protocol it speaks", async () => {
  const [folder, server] = [home(), await startTaskServer({ tasks })];
  server.hasMcp = false;
  const env = { MCP_SERVER_URL: server.origin };
  const first = await open(folder, env, { keep: true });
  expect((await first.queryPendingTasks()).value).toMatchObject([{ id: "A" }]);
  expect(paths(server)).toContain("/mcp/manage_task");
  expect(JSON.parse(kept(folder))).toMatchObject([{ name: "mcp-server", url: server.origin }]);
  const before = paths(server).filter((path) => path === "/mcp").length;
  // What is kept is how it speaks, not how long a call may take.
  await (await open(folder, { ...env, MCP_TIMEOUT: "7" })).queryPendingTasks();
  expect(paths(server).filter((path) => path === "/mcp")).toHaveLength(before);
});

test("the default client speaks MCP with an MCP server", async () => {
  const [folder, server] = [home(), await startTaskServer({ tasks })];
  const client = await open(folder, { MCP_SERVER_URL: server.origin });
  expect((await client.queryPendingTasks()).value).toMatchObject([{ id: "A" }]);
  expect(new Set(paths(server))).toEqual(new Set(["/mcp"]));
});

test("the default client is optimized, and falls back to its own cache in the state folder", async () => {
  const [folder, server] = [home(), await startTaskServer({ tasks })];
  const env = { API_BASE_URL: server.origin };
  const client = await open(folder, env);
  await Promise.all([client.queryPendingTasks(), client.queryPendingTasks()]);
  expect(client.getMetrics()).toMatchObject({ calls: 2, attempts: 1, shared: 1 });
  await server.stop();
  const later = await open(folder, env);
  expect(await later.queryPendingTasks()).toMatchObject({ value: [{ id: "A" }], from: "cache" });
  const strict = await open(folder, { ...env, FALLBACK_STRATEGY: "skip" });
  expect(await strict.queryPendingTasks()).toMatchObject({ value: [], from: "none" });
});

test("the default client signs in with a variable's secret, which is kept for that server only", async () => {
  const [folder, server] = [home(), await startTaskServer({ tasks, key: "secret" })];
  const env = { API_BASE_URL: server.origin, FASTMCP_TOKEN: "secret" };
  expect((await (await open(folder, env)).queryPendingTasks()).from).toBe("live");
  const other = await startTaskServer({ tasks });
  const opening = open(folder, { API_BASE_URL: other.origin });
  expect((await (await opening).queryPendingTasks()).from).toBe("live");
  expect(other.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
});

test("the default client takes the first source of config.json if no variable names one", async () => {
  const [folder, server] = [home(), await startTaskServer({ tasks })];
  mkdirSync(folder, { recursive: true });
  const source = { name: "team", type: "tickets", url: server.origin };
  writeFileSync(join(folder, "config.json"), JSON.stringify({ sources: [source] }));
  const client = await open(folder, {});
  expect([client.name, (await client.queryPendingTasks()).value.length]).toEqual(["team", 1]);
});

describe("a server behind a provider whose address has no path", () => {
  async function prepare() {
    const idp = await startIdentityProvider();
    const server = await startProtectedTaskServer(idp, { tasks });
    server.hasMcp = false;
    const account = {
      KEYCLOAK_URL: idp.origin,
      KEYCLOAK_REALM: "tasks",
      KEYCLOAK_CLIENT_ID: "service-basic",
      KEYCLOAK_CLIENT_SECRET: idp.secretOf("service-basic"),
    };
    return { idp, server, account, env: { MCP_SERVER_URL: server.origin } };
  }
  const live = { value: [{ id: "A" }], from: "live" };

  test("a server behind a sign-in is probed with the token", async () => {
    const [folder, { server, account, env }] = [home(), await prepare()];
    const refused = await open(folder, env, { keep: true });
    expect((await refused.queryPendingTasks()).failure?.code).toBe("source-refused");
    const before = server.refused.length;
    const client = await open(folder, { ...env, ...account, MCP_TIMEOUT: "7" });
    expect(await client.queryPendingTasks()).toMatchObject(live);
    expect(server.refused).toHaveLength(before);
  });

  test("a failing provider does not make the server count as REST", async () => {
    const [folder, { idp, server, account, env }] = [home(), await prepare()];
    server.hasMcp = true;
    idp.metadata = { token_endpoint: "nonsense" };
    await open(folder, { ...env, ...account }, { keep: true });
    expect(JSON.parse(kept(folder))).toMatchObject([{ url: `${server.origin}/mcp` }]);
  });
});

test("a program's server and secret are kept for the person only if asked", async () => {
  const [folder, server] = [home(), await startTaskServer({ tasks, key: "canary" })];
  const env = { API_BASE_URL: server.origin, FASTMCP_TOKEN: "canary" };
  const secrets = join(folder, "state/secrets");
  expect((await (await open(folder, env)).queryPendingTasks()).from).toBe("live");
  expect(existsSync(join(folder, "state/kept-sources.json"))).toBe(false);
  expect(existsSync(secrets)).toBe(false);
  await open(folder, env, { keep: true });
  expect(kept(folder)).toContain(server.origin);
  expect(readdirSync(secrets)).toHaveLength(1);
});

test("a silent server is waited for no longer than MCP_TIMEOUT", async () => {
  const server = await startTaskServer();
  server.fault = "hang";
  const started = performance.now();
  await open(home(), { MCP_SERVER_URL: server.origin, MCP_TIMEOUT: "0.3" });
  expect(performance.now() - started).toBeLessThan(2000);
});

test("an error names the wrong variable, or says what to set if no server is named", async () => {
  await expect(open(home(), {})).rejects.toMatchObject({
    code: "config-invalid",
    hint: expect.stringContaining("MCP_SERVER_URL"),
  });
  for (const env of [{ MCP_SERVER_URL: "nonsense" }, { FALLBACK_STRATEGY: "hope" }]) {
    await expect(open(home(), env)).rejects.toMatchObject({
      code: "config-invalid",
      message: expect.stringContaining(Object.keys(env)[0] ?? ""),
    });
  }
});

test("the caller's options override the configuration", async () => {
  const [folder, server] = [home(), await startTaskServer({ tasks })];
  const env = { API_BASE_URL: server.origin };
  const client = await open(folder, env, { profile: "basic", name: "mine" });
  await client.queryPendingTasks();
  await client.queryPendingTasks();
  expect([client.name, client.getMetrics().attempts]).toEqual(["mine", 2]);
});

describe("the last good response is given only to the one who asked for it", () => {
  const issuer = "https://issuer.example";
  const granted = {
    accessToken: "token",
    expiresInSeconds: 3600,
    refreshToken: null,
    scope: null,
  };
  const storeIn = (folder: string) =>
    createTokenStore({
      folder: join(folder, "state/tokens"),
      clock: machineClock,
      renewBeforeMs: 60_000,
    });

  function configure(folder: string, source: Record<string, unknown>): void {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "config.json"), JSON.stringify({ sources: [source] }));
  }

  async function signIn(folder: string, { origin }: TaskServer, subject: string): Promise<void> {
    const record: SignInRecord = {
      source: "team",
      origin,
      issuer,
      isNamed: false,
      client: {
        clientId: "sitrep",
        clientSecret: null,
        method: "none",
        from: "configured",
        redirectPort: null,
      },
      person: {
        subject,
        label: subject,
        resource: "",
        audience: "",
        scope: null,
        signedInAt: Date.now(),
      },
    };
    openSignInRecords(join(folder, "state/sign-ins")).put(record);
    const key = signInTokenKey(record);
    if (key !== null) await storeIn(folder).put(key, granted);
  }

  const nothing = { value: [], from: "none" };

  test("a cached response is not given after another person signed in", async () => {
    const [folder, server] = [home(), await startTaskServer({ tasks })];
    configure(folder, { name: "team", type: "manage-task", url: server.origin });
    await signIn(folder, server, "ana");
    const client = await open(folder, {});
    expect(await client.queryPendingTasks()).toMatchObject({ value: [{ id: "A" }], from: "live" });
    await signIn(folder, server, "bob");
    await server.stop();
    expect(await client.queryPendingTasks()).toMatchObject(nothing);
    expect(await (await open(folder, {})).queryPendingTasks()).toMatchObject(nothing);
    await signIn(folder, server, "ana");
    expect((await client.queryPendingTasks()).value).toMatchObject([{ id: "A" }]);
  });

  test("a cached response is not given to another service account", async () => {
    const [folder, server] = [home(), await startTaskServer({ tasks })];
    const use = async (clientId: string): Promise<TaskClient> => {
      const secret = "${env:SECRET}";
      const auth = { type: "oidc", issuer, clientId, secret };
      configure(folder, { name: "team", type: "manage-task", url: server.origin, auth });
      const key = { issuer, clientId, subject: "", audience: "", origin: server.origin };
      await storeIn(folder).put(key, granted);
      return open(folder, { SECRET: "s" });
    };
    expect((await (await use("first")).queryPendingTasks()).from).toBe("live");
    const second = await use("second");
    await server.stop();
    expect(await second.queryPendingTasks()).toMatchObject(nothing);
  });

  test("a cached response is not given to another configured user", async () => {
    const [folder, server] = [home(), await startTaskServer({ tasks })];
    const use = async (userId: string): Promise<TaskClient> => {
      configure(folder, { name: "team", type: "tickets", url: server.origin, with: { userId } });
      return open(folder, {});
    };
    expect((await (await use("ana")).queryPendingTasks()).from).toBe("live");
    const other = await use("bob");
    await server.stop();
    expect(await other.queryPendingTasks()).toMatchObject(nothing);
  });
});
