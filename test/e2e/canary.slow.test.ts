// A secret, and the tokens that it brings, are in no byte that Sitrep writes or says, but for the records that keep them.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { builtFolder } from "../support/built.ts";
import { isRunning } from "../support/installation.ts";
import { keyPair } from "../support/identity-keys.ts";
import { filesWith, isIn, watchProcesses } from "../support/secret-scan.ts";
import { prepareSignIn } from "../support/sign-in-fixture.ts";
import { startTaskServer } from "../support/task-server.ts";

const clientSecret = "canary-client-5f2c9e";
const apiKey = "canary-key-71d0aa";
// What processes are given is in no file elsewhere.
const hasProc = process.platform === "linux";
const given = "GIVEN_ON_PURPOSE=1";

test.skipIf(!hasProc)(
  "A39, A43: secrets and tokens are in no log, cache, context, argument, environment, backup or error",
  { timeout: 120_000 },
  async () => {
    const { context, idp, server, session } = await prepareSignIn({
      clients: [
        {
          client_id: "service-canary",
          client_secret: clientSecret,
          token_endpoint_auth_method: "client_secret_post",
          grant_types: ["client_credentials"],
          redirect_uris: [],
          response_types: [],
        },
      ],
    });
    const plain = await startTaskServer({ key: apiKey, tasks: [{ title: "Add login" }] });
    const tokens: string[] = [];
    idp.changeTokenAnswer = (response) => void tokens.push(String(response["access_token"]));
    const secrets = (): string[] => [clientSecret, apiKey, ...tokens];
    const watch = watchProcesses(context.home, given, secrets);
    onTestFinished(watch.stop);
    let said = "";
    const run = async (args: readonly string[], env: Record<string, string> = {}) => {
      const ran = await context.run(args, env);
      said += ran.stdout + ran.stderr;
      return ran;
    };
    const put = async (name: string, secret: string): Promise<void> => {
      const cli = `'${process.execPath}' '${join(builtFolder, "cli.cjs")}'`;
      const ran = await context.hook(`${cli} source secret ${name}`, `${secret}\n`);
      said += ran.stdout + ran.stderr;
      expect(ran.code).toBe(0);
    };
    const sessionText = async (): Promise<string> => {
      const text = await session();
      said += text;
      return text;
    };

    // A service account by standard input, and one by a variable of the command that starts the monitor.
    const account = ["--issuer", idp.issuer, "--client-id", "service-canary"];
    const how = ["--client-auth", "client_secret_post", "--no-test", "--preset", "4genthub"];
    const add = ["source", "add", "team", "--url", server.url, ...account, ...how];
    await run([...add, "--token-keychain", "team"]);
    await put("team", clientSecret);
    await run(
      [
        "source",
        "add",
        "plain",
        "--type",
        "manage-task",
        "--url",
        plain.origin,
        "--header",
        "X-API-Key",
        "--token-env",
        "PLAIN_KEY",
      ],
      { PLAIN_KEY: apiKey, GIVEN_ON_PURPOSE: "1" },
    );
    await run(["install", "--yes"], { PLAIN_KEY: apiKey, GIVEN_ON_PURPOSE: "1" });
    await run(["source", "test"]);
    await run(["refresh"]);
    expect(await sessionText()).toMatch(/Tasks read \d+ s ago \(team, plain\)/);

    // Everything goes wrong: the servers quote what they were sent, refuse it, redirect; the issuer refuses and redirects.
    const quoting = JSON.stringify({ error: `bad ${apiKey} ${tokens.join(" ")}` });
    for (const fault of [
      { status: 500, body: quoting },
      { status: 400, body: quoting },
      { status: 401, body: quoting, headers: { "www-authenticate": `Bearer ${apiKey}` } },
      { redirect: `http://127.0.0.1:9/${apiKey}` },
      "cut-json" as const,
    ]) {
      [server.fault, plain.fault] = [fault, fault];
      // oxlint-disable-next-line no-await-in-loop -- one state after the other
      for (const args of [["refresh"], ["source", "test"], ["source", "test", "--json"]])
        await run(args);
      // oxlint-disable-next-line no-await-in-loop -- as above
      await sessionText();
    }
    [server.fault, plain.fault] = [null, null];
    idp.revoked.add(tokens.at(-1) ?? "");
    idp.rotateSecret("service-canary");
    // Another secret ends the rest after the refusals, and the issuer is asked with it at once.
    await put("team", `${clientSecret}-b`);
    const refused = await run(["source", "test", "team"]);
    expect(refused.stdout + refused.stderr).toContain("refused the service account");
    idp.redirects.set("token", "http://127.0.0.1:9/");
    await put("team", `${clientSecret}-c`);
    const redirected = async (): Promise<string> => {
      const { stdout, stderr } = await run(["source", "test", "team", "--json"]);
      return stdout + stderr;
    };
    // In a moment: it has just been asked.
    await expect.poll(redirected, { interval: 1000 }).toContain("redirects to another address");
    for (const args of [
      ["status"],
      ["status", "--json"],
      ["doctor"],
      ["source", "list", "--json"],
      ["last"],
      ["restart"],
      ["uninstall", "--yes"],
    ]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await run(args);
    }
    const pid = context.monitorPid();

    expect(tokens.length).toBeGreaterThan(1);
    expect(isIn(said, secrets())).toBe(false);
    const records = [join(context.state, "secrets"), join(context.state, "tokens")];
    expect(filesWith(context.home, secrets(), records)).toEqual([]);
    // They are where they are kept, so that the search is known to find them.
    expect(filesWith(context.home, secrets(), []).length).toBeGreaterThanOrEqual(2);
    expect([...watch.found]).toEqual([]);
    expect(watch.seen.size).toBeGreaterThan(20);
    expect(pid === null || !isRunning(pid)).toBe(true);
  },
);

test.skipIf(!hasProc)(
  "the search finds a secret in a file, an argument and an environment variable",
  async () => {
    const { context } = await prepareSignIn();
    const key = keyPair("client").privatePem;
    writeFileSync(join(context.home, "leak"), Buffer.from(clientSecret).toString("base64"));
    expect(filesWith(context.home, [clientSecret, key], [])).toEqual(["leak"]);
    const watch = watchProcesses(context.home, given, () => [clientSecret]);
    onTestFinished(watch.stop);
    // Each runs until it was seen.
    const end = join(context.home, "end");
    const waiting = `sh -c 'while [ ! -e "${end}" ]; do :; done'`;
    const running = [
      context.hook(`${waiting} ${clientSecret}`, ""),
      context.hook(waiting, "", { LEAK: clientSecret }),
    ];
    const kinds = (): string[] => [...watch.found].map((one) => one.split(":")[0] ?? "");
    await expect.poll(() => new Set(kinds())).toEqual(new Set(["arguments", "environment"]));
    writeFileSync(end, "");
    await Promise.all(running);
  },
);
