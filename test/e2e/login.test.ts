// People who sign in by the built command, at a real OpenID provider, for a real server that verifies their tokens.

import { chmodSync, existsSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { aNewTask } from "../support/builders.ts";
import { startIdentityProvider } from "../support/identity-provider.ts";
import { prepareLogin, configureSources, runLogin, teamSource } from "../support/login-command.ts";
import { startProtectedTaskServer } from "../support/protected-task-server.ts";
import { prepareSources } from "../support/source-commands.ts";
import type { SourceContext } from "../support/source-commands.ts";
import { startTaskServer } from "../support/task-server.ts";
import { triesAll } from "../support/cases.ts";

const json = (text: string): unknown => JSON.parse(text);

interface Listed {
  sources: { name: string; signIn: object | null }[];
}
const signInIn = (status: string): unknown =>
  (json(status) as Listed).sources.find(({ name }) => name === "team")?.signIn;

/** All that lies below a folder, by name. */
const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    // What git is given of a repository may hold a link to what is not there.
    .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true);

/** The tokens that are kept, and the files that keep them. */
function keptTokens(context: SourceContext): { files: string[]; secrets: string[] } {
  const files = filesIn(join(context.state, "tokens")).filter((file) => file.endsWith(".json"));
  const secrets = files.flatMap((file) => {
    const { token } = json(readFileSync(file, "utf8")) as {
      token: { accessToken: string; refreshToken: string };
    };
    return [token.accessToken, token.refreshToken];
  });
  return { files, secrets };
}

describe("sitrep login", () => {
  test("login in a browser puts the tasks into the next brief, and the tokens into no output or other file", async () => {
    const { context, idp, login } = await prepareLogin();
    const server = await startProtectedTaskServer(idp);
    await server.add("shop-api", [aNewTask({ id: "LIN-1", title: "Add OIDC login" })]);
    configureSources(context, teamSource(server.url));
    const ran = await login("login");
    expect(ran).toMatchObject({ code: 0, stderr: "" });
    expect(ran.events).toMatchObject([
      { event: "issuer", issuer: idp.issuer, grant: "browser" },
      { event: "address" },
      {
        event: "signed-in",
        source: "team",
        pending: 1,
        signIn: { issuer: idp.issuer, subject: "ana", isRenewed: true },
      },
    ]);
    const brief = await context.brief();
    expect(brief).toContain("LIN-1");
    const refreshed = await context.good(["refresh", "--json"]);
    const status = await context.good(["status"]);
    const statusJson = await context.good(["status", "--json"]);
    const listed = await context.good(["source", "list"]);
    expect(status).toMatch(/signed in as ana \(http:\S+\), renewed automatically/);
    expect(listed).toContain("signed in as ana");
    expect(signInIn(statusJson)).toMatchObject({ subject: "ana", isRenewed: true });

    const { files, secrets } = keptTokens(context);
    expect(files).toHaveLength(1);
    expect(secrets.every((secret) => secret.length > 20)).toBe(true);
    const shown = [ran.stdout, ran.stderr, brief, refreshed, status, statusJson, listed].join("\n");
    const others = filesIn(context.sitrepHome).filter((file) => !files.includes(file));
    expect(others.some((file) => file.endsWith("cache.db"))).toBe(true);
    for (const secret of secrets) {
      expect(shown).not.toContain(secret);
      expect(others.filter((file) => readFileSync(file).includes(secret))).toEqual([]);
    }
    for (const file of files) expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test("login --device signs in by a code at the issuer of the settings", async () => {
    const { context, idp, server, login } = await prepareLogin();
    configureSources(context, teamSource(server.url, { issuer: idp.issuer, clientId: "sitrep" }));
    const ran = await login("login", "team");
    expect(ran.code).toBe(0);
    expect(ran.events).toMatchObject([
      { event: "issuer", grant: "device" },
      { event: "code", userCode: expect.stringMatching(/^\w{4}-\w{4}$/) },
      { event: "signed-in", pending: 1 },
    ]);
    expect(await context.brief()).toContain("LIN-1");
  });

  test.runIf(triesAll)(
    "source add --login --device signs in by a code from a remote shell",
    async () => {
      const { context, server, login } = await prepareLogin();
      const url = ["--url", server.url, "--login", "--device"];
      const ran = await login("source", "add", "team", ...url);
      expect(ran).toMatchObject({ code: 0, stderr: "" });
      expect(ran.events).toMatchObject([{ grant: "device" }, { event: "code" }, { added: true }]);
      expect(await context.good(["source", "list"])).toContain("signed in as ana");
    },
  );

  test.runIf(triesAll)("source add --login recognizes the preset after the sign-in", async () => {
    const { context, server, login } = await prepareLogin();
    const ran = await login("source", "add", "team", "--url", server.url, "--login");
    expect(ran).toMatchObject({ code: 0, stderr: "" });
    await context.good(["refresh"]);
    expect(await context.brief()).toContain("LIN-1");
    const config = json(readFileSync(join(context.sitrepHome, "config.json"), "utf8"));
    expect(config).toMatchObject({
      sources: [{ name: "team", preset: "4genthub", auth: { type: "login" } }],
    });
  });

  test.runIf(triesAll)("login works for a REST service without auth settings", async () => {
    const { context, idp, server, login } = await prepareLogin();
    configureSources(context, { name: "team", type: "task-tracking", url: server.origin });
    server.metadata = { resource: server.origin };
    await context.run(["refresh"]);
    // The server refused, so it is the one that needs it.
    const ran = await login("login");
    expect(ran).toMatchObject({ code: 0 });
    expect(idp.tokenRequests.at(-1)).toMatchObject({ resource: server.origin });
    expect(await context.brief()).toContain("LIN-1");
  });

  test.runIf(triesAll)(
    "tokens of 5 s are renewed automatically, and the refresh token is replaced",
    async () => {
      const { context, idp, server, login } = await prepareLogin(5);
      configureSources(context, teamSource(server.url));
      await login("login");
      const [, first] = keptTokens(context).secrets;
      await expect
        .poll(
          async () => {
            await context.good(["refresh"]);
            return idp.tokenRequests.filter(({ grant }) => grant === "refresh_token").length;
          },
          { interval: 200 },
        )
        .toBeGreaterThan(0);
      const [, second] = keptTokens(context).secrets;
      expect(second).not.toBe(first);
      expect(await context.brief()).toMatch(/Tasks read \d+ s ago/);
    },
  );

  test.runIf(triesAll)(
    "a session that the issuer ended is reported in one line that asks to sign in, with the last good tasks",
    async () => {
      const { context, idp, server, login } = await prepareLogin();
      configureSources(context, teamSource(server.url));
      await login("login");
      const [access = ""] = keptTokens(context).secrets;
      idp.endSessions();
      idp.revoked.add(access);
      const refreshed = await context.run(["refresh", "--json"]);
      expect(json(refreshed.stdout)).toMatchObject([{ code: "sign-in-needed" }, { code: null }]);
      const brief = await context.brief();
      expect(brief).toContain("LIN-1");
      expect(brief).toContain("ask the user to run `sitrep login team`");
      expect(await context.good(["source", "list"])).toMatch(
        /signed in as ana \(\S+\), refused: sign in again/,
      );
      expect(signInIn(await context.good(["status", "--json"]))).toMatchObject({
        isRefused: true,
        isRenewed: false,
      });
      expect((await context.run(["source", "test", "team"])).stdout).toMatch(
        /source-refused: team: sign-in needed\.\n +sitrep login team\n/,
      );
      const asked = idp.tokenRequests.length;
      await context.run(["refresh"]);
      expect(idp.tokenRequests).toHaveLength(asked);
      expect((await login("login")).code).toBe(0);
      expect(signInIn(await context.good(["status", "--json"]))).toMatchObject({
        isRefused: false,
      });
      expect(await context.brief()).toMatch(/Tasks read \d+ s ago/);
    },
  );

  test("a denied, expired or changed sign-in is explained", async () => {
    const { context, idp, server, login } = await prepareLogin();
    configureSources(context, teamSource(server.url));
    idp.person = null;
    const denied = await login("login");
    expect(denied.stderr).toContain('"code":"sign-in-denied"');
    const other = await startIdentityProvider();
    idp.person = "ana";
    await login("login");
    server.metadata = { authorization_servers: [other.issuer] };
    const changed = await login("login", "team");
    expect(changed.stderr).toContain(`sitrep login team --issuer ${other.issuer}`);
    expect(other.requests).toEqual([]);
  });

  test("in a pipe, login prints the address or code once on stderr and opens a browser only with --browser", async () => {
    const { context, server, person } = await prepareLogin();
    const other = {
      name: "linear",
      type: "tickets",
      url: "http://127.0.0.1:9",
      auth: { type: "bearer", secret: "${env:LINEAR}" },
    };
    configureSources(context, teamSource(server.url), other);
    const opener = join(context.home, "xdg-open");
    const opened = join(context.home, "opened");
    const given = join(context.home, "given");
    writeFileSync(opener, `#!/bin/sh\nenv >'${given}'\nprintf '%s' "$1" >'${opened}'\n`);
    chmodSync(opener, 0o755);
    const env = {
      PATH: `${context.home}:${context.env["PATH"]}`,
      DISPLAY: ":7",
      OIDC_CLIENT_SECRET: "canary-5f2c",
      LINEAR: "canary-71d0",
    };
    await runLogin(context, ["login"], { env, person });
    expect(existsSync(opened)).toBe(false);
    const plain = context.run(["login", "team", "--browser"], env);
    await expect
      .poll(() => (existsSync(opened) ? readFileSync(opened, "utf8") : ""))
      .toMatch(/response_type=code$/);
    expect(readFileSync(given, "utf8")).toContain("DISPLAY=:7\n");
    expect(readFileSync(given, "utf8")).not.toContain("canary");
    await person({ event: "address", address: readFileSync(opened, "utf8") });
    const { code, stdout, stderr } = await plain;
    expect(code).toBe(0);
    expect(stderr).toContain(readFileSync(opened, "utf8"));
    expect(stderr).not.toMatch(/[\r\u001b]|Waiting/);
    expect(stdout).toMatch(
      /^Signed in to team as ana \(\S+\), renewed automatically\. 1 open task\.\n$/,
    );
  });

  test.each([
    ["a token", { auth: { type: "bearer", secret: "${env:TEAM_KEY}" } }, "${env:TEAM_KEY}"],
    ["a program", { url: undefined, command: "true", type: "mcp" }, "a program"],
  ])("login refuses a source that signs in with %s", async (_, more, words) => {
    const { context, server } = await prepareLogin();
    configureSources(context, { ...teamSource(server.url), auth: undefined, ...more });
    const ran = await context.run(["login", "team"]);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain(words);
  });

  test("allow shows the issuer of a source in .sitrep.json", async () => {
    const { context, server } = await prepareLogin();
    const source = teamSource(server.url, { issuer: "https://id.example" });
    writeFileSync(
      join(context.project.folder, ".sitrep.json"),
      JSON.stringify({ sources: [source] }),
    );
    const shown = await context.good(["allow", "--dry-run"]);
    expect(shown).toContain(`contacts ${server.url}, signs in at https://id.example`);
  });

  test("login says when a server needs no sign-in", async () => {
    const context = prepareSources();
    const server = await startTaskServer();
    configureSources(context, { name: "team", type: "task-tracking", url: server.origin });
    expect(await context.good(["login", "team"])).toContain("team needs no sign-in");
  });
});

const sessionStart = { hook_event_name: "SessionStart", session_id: "s-1", source: "startup" };

test("the monitor renews a person's tokens, and keeps them out of files that others can read", async () => {
  const { context, idp, server, login } = await prepareLogin(5);
  configureSources(context, teamSource(server.url));
  const config = json(readFileSync(join(context.sitrepHome, "config.json"), "utf8")) as object;
  const refresh = { schedule: "* * * * * *", heartbeatSeconds: 0.3 };
  writeFileSync(join(context.sitrepHome, "config.json"), JSON.stringify({ ...config, refresh }));
  await login("login");
  const before = keptTokens(context).secrets;
  await context.good(["install", "--yes"]);
  await context.hook(context.commands().sessionStart, {
    ...sessionStart,
    cwd: context.project.folder,
  });
  const renewals = () => idp.tokenRequests.filter(({ grant }) => grant === "refresh_token").length;
  await expect.poll(renewals, { interval: 200 }).toBeGreaterThan(0);
  await expect.poll(() => context.brief()).toMatch(/Tasks read \d+ s[^]*LIN-1/);
  const pid = context.monitorPid();
  expect(pid).not.toBeNull();
  const process = ["cmdline", "environ"].map((name) =>
    readFileSync(`/proc/${pid}/${name}`, "utf8"),
  );
  const { files, secrets } = keptTokens(context);
  const others = filesIn(context.sitrepHome).filter((file) => !files.includes(file));
  expect(others.some((file) => file.endsWith("monitor.log"))).toBe(true);
  for (const secret of [...before, ...secrets]) {
    expect(process.join("\n")).not.toContain(secret);
    expect(others.filter((file) => readFileSync(file).includes(secret))).toEqual([]);
  }
});

describe("a service account", () => {
  test("a service account signs in at the issuer that its server names, which is pinned in the settings", async () => {
    const { context, idp, server } = await prepareLogin();
    const env = { TEAM_SECRET: idp.secretOf("service-basic") };
    const account = ["--client-id", "service-basic", "--token-env", "TEAM_SECRET"];
    await context.good(["source", "add", "team", "--url", server.url, ...account], env);
    const config = json(readFileSync(join(context.sitrepHome, "config.json"), "utf8"));
    expect(config).toMatchObject({
      sources: [{ preset: "4genthub", auth: { issuer: idp.issuer, resource: server.resource } }],
    });
    const other = await startIdentityProvider();
    server.metadata = { authorization_servers: [other.issuer] };
    await context.good(["refresh"]);
    expect(await context.brief()).toContain("LIN-1");
    expect(other.requests).toEqual([]);
  });

  test("a service account's secret is not sent to an issuer that another server names", async () => {
    const { context, idp, server } = await prepareLogin();
    const second = await startTaskServer();
    server.resourceMetadata = `${second.origin}/metadata`;
    const account = ["--client-id", "service-basic", "--token-env", "TEAM_SECRET"];
    const ran = await context.run(["source", "add", "team", "--url", server.url, ...account], {
      TEAM_SECRET: idp.secretOf("service-basic"),
    });
    expect(ran.code).toBe(1);
    expect([second.bytesReceived(), idp.requests]).toEqual([0, []]);
  });
});

describe("sitrep logout", () => {
  test("logout revokes the tokens, forgets them, and names those that were not revoked", async () => {
    const { context, idp, server, login } = await prepareLogin();
    configureSources(context, teamSource(server.url));
    const ran = await login("login");
    const [, refreshToken = ""] = keptTokens(context).secrets;
    const done = json(await context.good(["logout", "--json"]));
    expect(done).toMatchObject({
      signedOut: true,
      source: "team",
      issuer: idp.issuer,
      revoked: expect.arrayContaining(["refresh token"]),
    });
    expect(JSON.stringify(done)).not.toContain(refreshToken);
    const clientId = new URL((ran.events[1] as { address: string }).address).searchParams.get(
      "client_id",
    );
    const response = await fetch(`${idp.issuer}/protocol/openid-connect/token`, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "refresh_token",
        refresh_token: refreshToken,
        client_id: clientId ?? "",
      }),
    });
    expect(await response.json()).toMatchObject({ error: "invalid_grant" });
    expect(keptTokens(context).files).toEqual([]);
    expect(signInIn(await context.good(["status", "--json"]))).toBeNull();
    expect(await context.good(["logout"])).toBe("You were not signed in.\n");
  });

  test.runIf(triesAll)("logout names the tokens that the issuer does not revoke", async () => {
    const { context, idp, server, login } = await prepareLogin();
    configureSources(context, teamSource(server.url));
    await login("login");
    idp.metadata = { revocation_endpoint: undefined };
    const said = await context.good(["logout", "team"]);
    expect(said).toContain("Signed out of team (ana).");
    expect(said).toContain(
      `The refresh token was not revoked at ${idp.issuer} (it does not revoke such tokens)`,
    );
    expect(said).toMatch(/The access token was not revoked .* It expires in \d+ (min|s)\./);
  });

  test.runIf(triesAll)("source remove signs out", async () => {
    const { context, idp, server, login } = await prepareLogin();
    configureSources(context, teamSource(server.url));
    await login("login");
    await context.good(["source", "remove", "team"]);
    expect(keptTokens(context).files).toEqual([]);
    expect(readdirSync(join(context.state, "sign-ins"))).toEqual([]);
    expect(idp.requests.some(({ path }) => path.endsWith("/revoke"))).toBe(true);
  });
});
