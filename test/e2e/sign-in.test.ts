// Signing in by the built command, the built monitor and the installed hook, at a real OpenID provider.

import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { unaligned } from "../support/installation.ts";
import { builtFolder } from "../support/built.ts";
import { prepareSignIn } from "../support/sign-in-fixture.ts";
import type { SignInFixture } from "../support/sign-in-fixture.ts";
import { secretOf } from "../support/service-fixture.ts";
import type { ServiceMethod } from "../support/service-fixture.ts";
import { startTaskServer } from "../support/task-server.ts";
import { eventually } from "../support/waiting.ts";
import { firstOf, triesAll } from "../support/cases.ts";

const tokenFiles = ({ context }: SignInFixture): string[] => {
  const folder = join(context.state, "tokens");
  return existsSync(folder) ? readdirSync(folder) : [];
};

describe("a service account", () => {
  test.each<[ServiceMethod, "mcp" | "rest"]>(
    firstOf([
      ["client_secret_basic", "mcp"],
      ["client_secret_post", "rest"],
      ["private_key_jwt", "mcp"],
    ]),
  )(
    "a service account by %s over %s brings its tasks into the next session",
    async (method, over) => {
      const signIn = await prepareSignIn();
      const { context, idp, server, adding, session } = signIn;
      const env = { TEAM_SECRET: secretOf(idp, method) };
      await context.good(["install", "--yes", "--no-monitor"]);
      expect(await context.good(adding(method, over), env)).toMatch(
        /✓ ok +tasks +\d+ ms {2}1 open/,
      );
      await context.good(["refresh"]);
      const brief = await session();
      expect(brief).toMatch(/Next: LIN-1 \w+: "Add OIDC login"/);
      expect(brief).toMatch(/Tasks read \d+ s ago \(team\)\./);
      // Adding, testing and refreshing are several processes; the token is one.
      expect(idp.tokenRequests).toHaveLength(1);
      expect(server.refused).toEqual([]);
      expect(statSync(join(context.state, "tokens")).mode & 0o777).toBe(0o700);
      for (const file of tokenFiles(signIn)) {
        expect(statSync(join(context.state, "tokens", file)).mode & 0o777).toBe(0o600);
      }
    },
  );

  test("the monitor uses a service account without its variable and renews tokens of 5 s", async () => {
    const { context, idp, server, adding, session } = await prepareSignIn({
      accessTokenSeconds: 5,
    });
    await context.good(adding(), { TEAM_SECRET: secretOf(idp, "client_secret_basic") });
    await context.good(["install", "--yes"]);
    const before = server.accepted.length;
    await eventually(async () => {
      await context.good(["refresh"]);
      expect(idp.tokenRequests.length).toBeGreaterThanOrEqual(3);
    }, 200);
    expect(server.accepted.length).toBeGreaterThan(before);
    expect(server.refused).toEqual([]);
    expect(await session()).toContain("LIN-1");
  });

  test.each(firstOf(["/realms/tasks", "/auth/realms/tasks"] as const))(
    "Keycloak's variables set up a service account at %s",
    async (mount) => {
      const { context, idp, server, session } = await prepareSignIn({ mount });
      const env = {
        MCP_SERVER_URL: server.url,
        KEYCLOAK_URL: idp.origin,
        KEYCLOAK_REALM: "tasks",
        KEYCLOAK_CLIENT_ID: "service-basic",
        KEYCLOAK_CLIENT_SECRET: secretOf(idp, "client_secret_basic"),
      };
      await context.good(["install", "--yes", "--no-monitor"], env);
      expect(readFileSync(join(context.state, "kept-sources.json"), "utf8")).toContain(idp.issuer);
      await context.good(["refresh"]);
      expect(await session()).toContain("LIN-1");
    },
  );

  test.runIf(triesAll)(
    "F66: a rotated secret is reported in one line with the command that helps, and causes few requests",
    async () => {
      const { context, idp, adding, session } = await prepareSignIn();
      await context.good(["install", "--yes", "--no-monitor"]);
      await context.good(adding(), { TEAM_SECRET: secretOf(idp, "client_secret_basic") });
      await context.good(["refresh"]);
      const next = idp.rotateSecret("service-basic");
      idp.clockOffsetSeconds = 400;
      for (let call = 0; call < 5; call += 1) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other, as a person would
        await context.run(["refresh"]);
      }
      expect(idp.tokenRequests).toHaveLength(2);
      // The command that helps: nobody signs in for a service account.
      const line = "team rejects the sign-in; ask the user to run `sitrep source secret team`.";
      const brief = await session();
      expect(brief).toContain("LIN-1");
      expect(brief).toContain(line);
      expect(await context.good(["status"])).toContain("sign-in needed: sitrep source secret team");
      expect(unaligned(await context.good(["doctor"]))).toMatch(
        /! warning source team rejects the sign-in\n +\S*sitrep source secret team\n/,
      );
      // Another secret is tried at once, whatever was refused before.
      idp.clockOffsetSeconds = 400;
      await context.good(["source", "test", "team"], { TEAM_SECRET: next });
      await context.good(["refresh"]);
      expect(await session()).toMatch(/Tasks read \d+ s ago/);
    },
  );

  test("source remove deletes a service account's secret and tokens", async () => {
    const signIn = await prepareSignIn();
    const { context, idp, adding } = signIn;
    await context.good(adding(), { TEAM_SECRET: secretOf(idp, "client_secret_basic") });
    const records = (): string[] => tokenFiles(signIn).filter((name) => name.endsWith(".json"));
    expect(records()).toHaveLength(1);
    await context.good(["source", "remove", "team"]);
    expect(records()).toEqual([]);
    expect(readdirSync(join(context.state, "secrets"))).toEqual([]);
  });

  test.runIf(triesAll)(
    "a service account keeps working with a valid token when its issuer is down",
    async () => {
      const { context, idp, adding, session } = await prepareSignIn();
      await context.good(["install", "--yes", "--no-monitor"]);
      await context.good(adding(), { TEAM_SECRET: secretOf(idp, "client_secret_basic") });
      await idp.stop();
      await context.good(["refresh"]);
      expect(await session()).toMatch(/Tasks read \d+ s ago/);
    },
  );
});

describe("a secret", () => {
  test("source secret reads standard input and keeps the secret for its origin", async () => {
    const context = (await prepareSignIn()).context;
    const server = await startTaskServer({ key: "canary-5f2c", tasks: [{ title: "Add login" }] });
    const add = ["source", "add", "plain", "--type", "manage-task", "--url", server.origin];
    const keychain = ["--token-keychain", "plain-key", "--no-test"];
    await context.good([...add, ...keychain]);
    const failed = await context.run(["source", "test", "plain"]);
    expect(failed.stdout).toContain("sitrep source secret plain");
    const cli = `'${process.execPath}' '${join(builtFolder, "cli.cjs")}'`;
    const { code, stdout } = await context.hook(`${cli} source secret plain`, "canary-5f2c\n");
    expect(code).toBe(0);
    expect(stdout).toContain(`for ${server.origin} only`);
    expect(stdout).not.toContain("canary");
    expect(await context.good(["source", "test", "plain"])).toMatch(/✓ ok +tasks/);
  });

  test("F68: a secret is not sent while certificates are not checked, and doctor reports it", async () => {
    const { context, idp, server, adding } = await prepareSignIn();
    const off = { NODE_TLS_REJECT_UNAUTHORIZED: "0" };
    const env = { TEAM_SECRET: secretOf(idp, "client_secret_basic"), ...off };
    const { code, stderr } = await context.run([...adding(), "--json"], env);
    expect(code).toBe(1);
    expect(stderr).toContain('"code":"tls-off"');
    const found = (await context.run(["doctor"], off)).stdout;
    expect(found).toMatch(
      /✗ failed +certificates +NODE_TLS_REJECT_UNAUTHORIZED=0[^]*\n {4}unset NODE_TLS/,
    );
    expect(idp.requests).toEqual([]);
    expect(server.requests).toEqual([]);
    const plain = ["source", "add", "plain", "--type", "task-tracking", "--url", server.origin];
    const second = await context.run([...plain, "--token-env", "TEAM_SECRET"], env);
    expect(second.stdout).toContain("tls-off");
    expect(server.requests).toEqual([]);
  });
});

describe("an address without TLS", () => {
  test("an address without TLS is refused with the setting to add, and accepted with it", async () => {
    const { context } = await prepareSignIn();
    const add = ["source", "add", "lan", "--type", "task-tracking", "--no-test"];
    const url = ["--url", "http://tasks.lan:9/"];
    const refused = await context.run([...add, ...url]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('add to config.json: "allowInsecureHosts":["tasks.lan"]');
    const file = join(context.sitrepHome, "config.json");
    const config = JSON.parse(readFileSync(file, "utf8")) as object;
    writeFileSync(file, JSON.stringify({ ...config, allowInsecureHosts: ["tasks.lan"] }));
    await context.good([...add, ...url]);
  });

  test.runIf(triesAll)(
    "an address without TLS is accepted when a variable names the host",
    async () => {
      const { context } = await prepareSignIn();
      const env = { SITREP_ALLOW_INSECURE_HOSTS: "other.lan tasks.lan" };
      const place = ["--type", "task-tracking", "--url", "http://tasks.lan:9/", "--no-test"];
      await context.good(["source", "add", "lan", ...place], env);
      await context.good(["source", "remove", "lan"], env);
      const file = join(context.sitrepHome, "config.json");
      expect(readFileSync(file, "utf8")).not.toContain("allowInsecureHosts");
    },
  );

  test.runIf(triesAll)("an issuer without TLS is refused too", async () => {
    const { context, server } = await prepareSignIn();
    const args = ["source", "add", "lan", "--url", server.url, "--no-test"];
    const account = ["--issuer", "http://id.lan/realms/x", "--client-id", "x", "--token-env", "X"];
    const refused = await context.run([...args, "--preset", "4genthub", ...account]);
    expect(refused.stderr).toContain('"allowInsecureHosts":["id.lan"]');
  });
});

test("no hook's bundle has openid-client, jose or a keychain in it", () => {
  const hooks = ["session-start", "pre-tool-use", "guard", "statusline"];
  const words = ["client_credentials", "jwks", "keyring", "www-authenticate", "accessToken"];
  const wordsIn = (file: string): string[] => {
    const code = readFileSync(join(builtFolder, file), "utf8");
    return words.filter((word) => code.includes(word));
  };
  for (const name of hooks) expect(wordsIn(`${name}.js`)).toEqual([]);
  expect(wordsIn("programs.cjs")).toEqual(words);
});
