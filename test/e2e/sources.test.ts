// Sources by the built command, against real servers on loopback: adding, testing, trusting, secrets, fallbacks.

import { chmodSync, existsSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openSignInRecords } from "../../src/sources/auth/login/sign-in-record.ts";
import type { SignInRecord } from "../../src/sources/auth/login/sign-in-record.ts";
import { aNewTask } from "../support/builders.ts";
import { builtFolder } from "../support/built.ts";
import { prepareSources } from "../support/source-commands.ts";
import { startTaskServer } from "../support/task-server.ts";
import { firstOf, triesAll } from "../support/cases.ts";

const json = (text: string): unknown => JSON.parse(text);
const login = aNewTask({ id: "LIN-1", title: "Add OIDC login", priority: "high" });

async function withServer() {
  const [context, server] = [prepareSources(), await startTaskServer()];
  await server.add("shop-api", [login, aNewTask({ id: "LIN-2", title: "Rotate keys" })]);
  return { context, server };
}

const configOf = (sitrepHome: string): { sources?: unknown[] } =>
  json(readFileSync(join(sitrepHome, "config.json"), "utf8")) as { sources?: unknown[] };

describe("sitrep source", () => {
  test("source add tests a server and puts its tasks into the next brief", async () => {
    const { context, server } = await withServer();
    const shown = await context.good(["source", "add", "team", "--url", server.url]);
    expect(shown).toMatch(/✓ ok +connect +\d+ ms {2}task-server 1\.0\.0, MCP \S+/);
    expect(shown).toMatch(/✓ ok +tools +\d+ ms {2}4 tools, preset 4genthub/);
    expect(shown).toMatch(/✓ ok +tasks +\d+ ms {2}2 open/);
    expect(shown).toContain("LIN-1");
    expect(configOf(context.sitrepHome)).toMatchObject({
      refresh: { heartbeatSeconds: 0.3 },
      sources: [{ name: "team", type: "mcp", url: server.url, preset: "4genthub" }],
    });
    expect(shown).toMatch(/config\.json\. The next brief will include its tasks\.\n$/);
    // No monitor runs.
    const brief = await context.brief();
    expect(brief).toContain('Next: LIN-1 high: "Add OIDC login"');
    expect(brief).toMatch(/Tasks read \d+ s ago \(team\)\./);
    const untested = ["--url", "http://127.0.0.1:9/mcp", "--preset", "4genthub", "--no-test"];
    expect(await context.good(["source", "add", "away", ...untested])).toMatch(
      /\. The next refresh will read its tasks\.\n$/,
    );
    expect(await context.brief()).toContain("away");
    await context.good(["cache", "clear"]);
    expect(await context.brief()).toMatch(/away[^]*team|team[^]*away/);
    await context.good(["source", "remove", "away"]);
    await context.good(["refresh"]);
    expect(json(await context.good(["source", "list", "--json"]))).toMatchObject([
      { name: "team", from: "config" },
      { name: "embedded", from: "built-in" },
    ]);
    await context.good(["source", "remove", "team"]);
    expect(await context.good(["task", "list"])).not.toContain("(team)");
    expect(configOf(context.sitrepHome).sources).toEqual([]);
    await context.good(["refresh"]);
    expect(await context.brief()).not.toContain("LIN-1");
  });

  test("source add refuses a name that is taken, and suggests removing only this project's source", async () => {
    const { context, server } = await withServer();
    const other = { name: "team", type: "mcp", preset: "4genthub", url: server.url };
    context.configure({ ...other, projects: ["/work/shop-web"] });
    context.configure({ ...other, name: "here", projects: [context.project.folder] });
    const add = async (name: string): Promise<string> => {
      const ran = await context.run(["source", "add", name, "--url", server.url, "--only-here"]);
      expect([ran.code, ran.stdout]).toEqual([1, ""]);
      return ran.stderr;
    };
    const team = await add("team");
    expect(team).toContain('already has a source "team" for /work/shop-web.');
    expect(team).toContain("Choose another name.\n");
    expect(team).not.toContain("remove");
    const here = await add("here");
    expect(here).toContain('already has a source "here".');
    expect(here).toContain("or remove it first: sitrep source remove here");
  });

  test.each(
    firstOf([
      ["task-tracking", ["--type", "task-tracking"]],
      ["manage-task", ["--type", "manage-task"]],
      ["tickets", ["--type", "tickets"]],
    ]),
  )("source add adds a REST service: %s", async (_, options) => {
    const { context, server } = await withServer();
    const shown = await context.good(["source", "add", "team", "--url", server.origin, ...options]);
    expect(shown).toMatch(/✓ ok +tasks +\d+ ms {2}2 open/);
  });

  test.runIf(triesAll)(
    "source add refuses a service that answers every path with 404, and its last good tasks stay",
    async () => {
      const { context, server } = await withServer();
      const add = ["source", "add", "team", "--type", "task-tracking", "--url", server.origin];
      const page = { status: 404, headers: { "content-type": "text/html" }, body: "<h1>404</h1>" };
      server.fault = page;
      const refused = await context.run(add);
      expect([refused.code, refused.stdout]).toEqual([1, expect.stringContaining("HTTP 404")]);
      expect(configOf(context.sitrepHome).sources).toBeUndefined();
      server.fault = null;
      await context.good(add);
      await context.good(["refresh"]);
      server.fault = page;
      await context.run(["refresh"]);
      const brief = await context.brief();
      expect(brief).toContain("team reports an error");
      expect(brief).toContain("Next: LIN-1");
    },
  );

  test.runIf(triesAll)(
    "source add refuses an unknown --with setting and lists the known ones",
    async () => {
      const { context, server } = await withServer();
      const add = ["source", "add", "team", "--url", server.url, "--with"];
      const { code, stderr } = await context.run([...add, "brnachId=7"]);
      expect([code, stderr]).toEqual([1, expect.stringContaining("4genthub has no setting")]);
      expect(stderr).toContain("Its settings: branchId");
      expect(server.requests.length).toBeGreaterThan(0);
      expect(configOf(context.sitrepHome).sources).toBeUndefined();
      await context.good([...add, "branchId=main"]);
    },
  );

  test.runIf(triesAll)(
    "source add refuses a mapping by which no item can be read, and says what is missing",
    async () => {
      const { context, server } = await withServer();
      const file = join(context.project.folder, "mapping.json");
      const add = ["source", "add", "team", "--url", server.url, "--mapping", file];
      const map = (task: string) => {
        const list = {
          tool: "manage_task",
          arguments: { action: "list" },
          tasks: "data.tasks",
          task,
        };
        writeFileSync(file, JSON.stringify({ list }));
      };
      map('{"id": idd, "title": title, "status": status}');
      const refused = await context.run(add);
      expect(refused.code).toBe(1);
      expect(refused.stdout).toContain(
        'returned 2 items, none a task: 2 without an id. Fields of the first item: "title, status".',
      );
      map('{"id": title = "Rotate keys" ? null : id, "title": title}');
      expect(await context.good(add)).toContain("1 open, 1 more have no id and cannot be read");
      await context.good(["refresh"]);
      expect(await context.brief()).toContain("(team, 1 more could not be read).");
    },
  );

  test("a server that lists its tasks needs no manage_connection", async () => {
    const { context, server } = await withServer();
    server.admit = async ({ url }, response) => {
      const isLacking = url === "/mcp/manage_connection";
      if (isLacking) response.writeHead(404).end("<h1>404</h1>");
      return !isLacking;
    };
    const add = ["source", "add", "team", "--type", "manage-task", "--url", server.origin];
    expect(await context.good(add)).toMatch(/✓ ok +connect[^]*✓ ok +tasks +\d+ ms {2}2 open/);
    expect(await context.good(["source", "test", "team"])).toContain("2 open");
  });

  test.runIf(triesAll)(
    "source add shows the failed step and its reason, and adds nothing",
    async () => {
      const { context, server } = await withServer();
      server.fault = "page";
      const args = ["source", "add", "team", "--type", "task-tracking", "--url", server.origin];
      const failed = await context.run([...args, "--json"]);
      expect(failed.code).toBe(1);
      expect(json(failed.stdout)).toMatchObject({
        added: false,
        test: { isGood: false, steps: [{ code: null }, { code: "source-invalid-response" }] },
      });
      expect(configOf(context.sitrepHome).sources).toBeUndefined();
      await context.good([...args, "--no-test"]);
      expect(configOf(context.sitrepHome).sources).toHaveLength(1);
      const tested = await context.run(["source", "test", "team"]);
      expect(tested.code).toBe(1);
      expect(tested.stdout).toMatch(/✗ failed +connect +\d+ ms {2}source-invalid-response: /);
    },
  );

  test.each([
    [["--url", "http://tasks.example/mcp", "--preset", "linear"], "sends everything in the clear"],
    [["--url", "https://a:b@tasks.example/mcp", "--preset", "linear"], "must not contain a user"],
    [["--url", "https://tasks.example/mcp", "--preset", "lineer"], 'no preset "lineer"'],
    [["--url", "http://127.0.0.1:1/mcp", "--preset", "github"], '"owner"'],
    [
      ["--url", "http://127.0.0.1:1", "--type", "tickets", "--preset", "linear"],
      'preset: "tickets" sources',
    ],
    [
      ["--url", "http://127.0.0.1:1", "--header", "X-Key", "--preset", "linear"],
      "--header needs a token",
    ],
    [["--url", "http://127.0.0.1:1", "--resource", "urn:x"], "--client-auth and --resource need"],
    [["--url", "http://127.0.0.1:1", "--scope", "x"], "--scope and --audience need --login"],
    [["--url", "http://127.0.0.1:1", "--no-browser"], "--device and --browser need --login"],
    [["--url", "http://127.0.0.1:1", "--token-env", "A", "--token-file", "b"], "Use only one of"],
    [
      ["--token-env", "A", "--preset", "linear", "--", "board"],
      'pass secrets to a "command" in "env"',
    ],
  ])("source add refuses before any request: %j", async (args, words) => {
    const context = prepareSources();
    const { code, stdout, stderr } = await context.run(["source", "add", "x", ...args]);
    expect(code).not.toBe(0);
    expect(stdout + stderr).toContain(words);
    expect(configOf(context.sitrepHome).sources).toBeUndefined();
  });
});

describe("a secret", () => {
  const add = ["source", "add", "team", "--type", "task-tracking", "--token-env", "TEAM_KEY"];

  test("a secret is kept with its origin, mode 0600, and shown nowhere", async () => {
    const { context, server } = await withServer();
    server.key = "canary-5f2c";
    const env = { TEAM_KEY: "canary-5f2c" };
    const shown = await context.good([...add, "--url", server.origin], env);
    const listed = await context.good(["source", "list"]);
    expect(listed).toContain("secret ${env:TEAM_KEY}");
    const config = readFileSync(join(context.sitrepHome, "config.json"), "utf8");
    await context.good(["refresh"]);
    const brief = await context.brief();
    const status = await context.good(["status", "--json"]);
    expect(brief).toContain("LIN-1");
    expect(shown + listed + config + brief + status).not.toContain("canary");
    const folder = join(context.state, "secrets");
    const [file = ""] = readdirSync(folder);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
    await context.good(["source", "remove", "team"]);
    expect(readdirSync(folder)).toEqual([]);
  });

  test.runIf(triesAll)(
    "the secret of a source that is not added is forgotten, and the hint names a command that works",
    async () => {
      const { context, server } = await withServer();
      server.key = "canary-5f2c";
      const failing = [...add, "--url", server.origin];
      expect((await context.run(failing, { TEAM_KEY: "canary-wrong" })).code).toBe(1);
      expect(readdirSync(join(context.state, "secrets"))).toEqual([]);
      const mcp = ["source", "add", "team", "--url", server.url, "--token-env", "TEAM_KEY"];
      const missing = await context.run([...mcp]);
      expect(missing.stderr).toContain("add the source with --no-test and then run:");
      // One that was there keeps its own.
      await context.good(failing, { TEAM_KEY: "canary-5f2c" });
      expect((await context.run(failing, { TEAM_KEY: "canary-5f2c" })).code).toBe(1);
      expect(readdirSync(join(context.state, "secrets"))).toHaveLength(1);
    },
  );

  test.runIf(triesAll)("the secret of a command is read from standard input", async () => {
    const { context } = await withServer();
    const given = ["--env", "BOARD_TOKEN=${env:BOARD_TOKEN}", "--no-test", "--", "true"];
    await context.good(["source", "add", "board", "--preset", "backlog.md", ...given]);
    const cli = `'${process.execPath}' '${join(builtFolder, "cli.cjs")}'`;
    const kept = await context.hook(`${cli} source secret board`, "canary-5f2c\n");
    expect(kept).toMatchObject({ code: 0 });
    expect(kept.stdout).toContain('for stdio:["true"] only');
  });

  test("source remove refuses while others can read its sign-in: nobody could sign out afterwards", async () => {
    const { context, server } = await withServer();
    const record = {
      source: "team",
      origin: server.origin,
      issuer: "http://127.0.0.1:9",
      client: { clientId: "x", method: "none", from: "configured" },
      person: { signedInAt: 1 },
    };
    const source = { name: "team", type: "task-tracking", url: server.origin };
    writeFileSync(join(context.sitrepHome, "config.json"), JSON.stringify({ sources: [source] }));
    openSignInRecords(join(context.state, "sign-ins")).put(record as unknown as SignInRecord);
    const [file = ""] = readdirSync(join(context.state, "sign-ins"));
    chmodSync(join(context.state, "sign-ins", file), 0o644);
    const refused = await context.run(["source", "remove", "team"]);
    expect(refused.stderr).toContain("is accessible to other users");
    expect(await context.good(["source", "list"])).toContain("team");
    chmodSync(join(context.state, "sign-ins", file), 0o600);
    await context.good(["source", "remove", "team"]);
    expect(readdirSync(join(context.state, "sign-ins"))).toEqual([]);
  });

  test.runIf(triesAll)(
    "a refused secret is reported in one line with the command that helps; the last good tasks stay",
    async () => {
      const { context, server } = await withServer();
      server.key = "canary-5f2c";
      await context.good([...add, "--url", server.origin], { TEAM_KEY: "canary-5f2c" });
      await context.good(["refresh"]);
      server.key = "another";
      const refreshed = await context.run(["refresh", "--json"]);
      expect(json(refreshed.stdout)).toMatchObject([{ code: "source-refused" }, { code: null }]);
      const brief = await context.brief();
      expect(brief).toContain("LIN-1");
      expect(brief).toContain(
        "team rejects the sign-in; ask the user to run `sitrep source secret team`",
      );
    },
  );

  test("a secret file that others can read is not used", async () => {
    const { context, server } = await withServer();
    const file = join(context.home, "token");
    writeFileSync(file, "canary-5f2c", { mode: 0o644 });
    const args = ["source", "add", "team", "--type", "task-tracking", "--url", server.origin];
    const failed = await context.run([...args, "--token-file", file]);
    expect(failed.stdout).toContain("secret-unsafe");
    expect(server.requests).toEqual([]);
  });

  test("a secret is not sent to an origin that only the environment names", async () => {
    const { context, server } = await withServer();
    server.key = "canary-5f2c";
    const named = { TASK_TRACKING_URL: server.origin, TASK_TRACKING_API_KEY: "canary-5f2c" };
    await context.good(["source", "test"], named);
    await context.good(["refresh"]);
    expect(await context.brief()).toContain("LIN-1");
    const other = await startTaskServer();
    await context.run(["source", "test"], { TASK_TRACKING_URL: other.origin });
    await context.run(["refresh"], { TASK_TRACKING_URL: other.origin });
    expect(other.requests.length).toBeGreaterThan(0);
    expect(JSON.stringify(other.requests)).not.toContain("canary");
  });
});

describe("the environment", () => {
  test("refresh takes no secret from its environment, which a repository can set", async () => {
    const { context, server } = await withServer();
    server.key = "canary-5f2c";
    const add = ["source", "add", "team", "--type", "task-tracking", "--url", server.origin];
    await context.good([...add, "--token-env", "TEAM_KEY"], { TEAM_KEY: "canary-5f2c" });
    await context.good(["refresh"], { TEAM_KEY: "planted" });
    expect(JSON.stringify(server.requests)).not.toContain("planted");
    await context.good(["refresh"]);
  });

  test("a server from a variable has its protocol detected and remembered", async () => {
    const { context, server } = await withServer();
    await context.good(["source", "test"], { MCP_SERVER_URL: server.origin });
    await context.good(["refresh"]);
    expect(await context.brief()).toMatch(/Tasks read \d+ s ago \(mcp-server\)/);
    expect(json(await context.good(["source", "list", "--json"]))).toMatchObject([
      { name: "mcp-server", type: "manage-task", transport: "http", from: "environment" },
      { name: "embedded" },
    ]);
  });

  test.runIf(triesAll)("a REST server from a variable needs no path", async () => {
    const { context, server } = await withServer();
    server.hasMcp = false;
    await context.good(["source", "test"], { MCP_SERVER_URL: server.origin });
    const [found] = json(await context.good(["source", "list", "--json"])) as unknown[];
    expect(found).toMatchObject({ name: "mcp-server", type: "manage-task", url: server.origin });
    expect(found).not.toHaveProperty("transport");
  });

  test.each(
    firstOf(
      [
        [{ MCP_SERVER_URL: "nonsense" }, "MCP_SERVER_URL"],
        [{ MCP_SERVER_URL: "https://a.example/mcp", MCP_TIMEOUT: "soon" }, "MCP_TIMEOUT"],
        [{ MCP_SERVER_URL: "https://a.example/mcp", MCP_TRANSPORT: "pigeon" }, "MCP_TRANSPORT"],
        [{ FALLBACK_STRATEGY: "give_up" }, "FALLBACK_STRATEGY"],
        [{ RATE_LIMIT_REQUESTS_PER_MINUTE: "-1" }, "RATE_LIMIT_REQUESTS_PER_MINUTE"],
      ],
      1,
    ),
  )("a variable that cannot be parsed is named in the error: %j", async (env, variable) => {
    const context = prepareSources();
    const failed = await context.run(["source", "test"], env);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain(variable);
  });
});

describe("a project's own file", () => {
  const fileOf = (context: { project: { folder: string } }) =>
    join(context.project.folder, ".sitrep.json");

  async function withFile() {
    const { context, server } = await withServer();
    const canary = join(context.home, "started");
    const write = (more: object = {}): void =>
      writeFileSync(
        fileOf(context),
        JSON.stringify({
          sources: [
            { name: "team", type: "task-tracking", url: server.origin, ...more },
            { name: "local", type: "mcp", preset: "linear", command: "touch", args: [canary] },
          ],
        }),
      );
    write();
    return { context, server, canary, write };
  }

  test(".sitrep.json starts and contacts nothing before it is allowed, or after an edit", async () => {
    const { context, server, canary, write } = await withFile();
    await context.good(["refresh"]);
    expect(await context.brief()).not.toContain("team");
    expect([server.requests.length, existsSync(canary)]).toEqual([0, false]);

    const listed = await context.run(["source", "list"]);
    expect(listed.stderr).toContain("does nothing until it is allowed: sitrep allow");
    expect(await context.good(["allow", "--dry-run"])).toContain(`contacts ${server.origin}`);
    await context.good(["refresh"]);
    expect(server.requests).toEqual([]);

    expect(await context.good(["allow", "--yes"])).toContain(`starts touch ${canary}`);
    await context.run(["refresh"]);
    expect(server.requests.length).toBeGreaterThan(0);
    expect(existsSync(canary)).toBe(true);
    expect(await context.brief()).toContain("LIN-1");

    write({ with: { project: "another" } });
    const asked = server.requests.length;
    await context.good(["refresh"]);
    expect(server.requests).toHaveLength(asked);
    expect(await context.brief()).not.toContain("LIN-1");
  });

  test.runIf(triesAll)("allow shows a long .sitrep.json whole", async () => {
    const { context } = await withFile();
    const long = "x".repeat(900);
    const source = {
      name: "team",
      type: "manage-task",
      command: "sh",
      args: ["-c", `: ${long}; run-me-last`],
      env: { A: `\${env:${"A".repeat(300)}}`, B: "${env:SEND_ME_TOO}" },
    };
    writeFileSync(fileOf(context), JSON.stringify({ sources: [source] }));
    const shown = await context.good(["allow", "--dry-run"]);
    expect(shown).toContain("run-me-last");
    expect(shown).toContain("${env:SEND_ME_TOO}");
  });

  test.runIf(triesAll)(
    "deny makes .sitrep.json inert again, and allow refuses one that is invalid",
    async () => {
      const { context, server, write } = await withFile();
      await context.good(["allow", "--yes"]);
      await context.good(["deny"]);
      await context.good(["refresh"]);
      expect(server.requests).toEqual([]);
      write({ color: "red" });
      const failed = await context.run(["allow"]);
      expect(failed.code).toBe(1);
      expect(failed.stderr).toContain("color");
    },
  );

  test.runIf(triesAll)(
    "allowing one project's .sitrep.json does not allow the same file in another",
    async () => {
      const { context, server } = await withFile();
      await context.good(["allow", "--yes"]);
      const other = prepareSources();
      writeFileSync(fileOf(other), readFileSync(fileOf(context)));
      await other.good(["refresh"], { SITREP_HOME: context.sitrepHome });
      expect(server.requests).toEqual([]);
    },
  );
});

describe("several servers", () => {
  test("sources are merged; a fallback waits until every other one fails", async () => {
    const { context, server } = await withServer();
    const spare = await startTaskServer();
    await spare.add("shop-api", [aNewTask({ id: "SPARE-1", title: "From the mirror" })]);
    const add = (name: string, url: string, ...more: string[]) =>
      context.good(["source", "add", name, "--type", "task-tracking", "--url", url, ...more]);
    await add("team", server.origin);
    await add("mirror", spare.origin, "--fallback");
    const config = configOf(context.sitrepHome);
    const embedded = { name: "embedded", type: "embedded", enabled: false };
    const sources = [...(config.sources ?? []), embedded];
    writeFileSync(join(context.sitrepHome, "config.json"), JSON.stringify({ ...config, sources }));

    await context.good(["refresh"]);
    const usual = await context.brief();
    expect(usual).toContain("LIN-1");
    expect(usual).not.toMatch(/SPARE-1|mirror/);

    await server.stop();
    await context.run(["refresh"]);
    const down = await context.brief();
    expect(down).toContain("SPARE-1");
    expect(down).not.toContain("LIN-1");
    expect(down).toMatch(/team cannot be reached/);
    expect(down).toMatch(/Tasks read \d+ s ago \(mirror\)/);

    await server.start();
    await context.good(["refresh"]);
    expect(await context.brief()).toContain("LIN-1");
  });
});

test.runIf(triesAll)(
  "source discover passes a program's variables on, secrets by reference, and prints none",
  async () => {
    const { context } = await withServer();
    const program = join(context.home, "board.mjs");
    const sdk = (path: string) =>
      import.meta.resolve(`@modelcontextprotocol/sdk/server/${path}.js`);
    writeFileSync(
      program,
      `import { McpServer } from ${JSON.stringify(sdk("mcp"))};
     import { StdioServerTransport } from ${JSON.stringify(sdk("stdio"))};
     const { BOARD, BOARD_API_KEY, REGION } = process.env;
     if ([BOARD, BOARD_API_KEY, REGION].join() !== "shop,canary-5f2c,eu") process.exit(3);
     const server = new McpServer({ name: "board", version: "1" });
     const tasks = JSON.stringify({ success: true, data: { tasks: [{ id: "B-1", title: "Fix" }] } });
     const answer = async () => ({ content: [{ type: "text", text: tasks }] });
     for (const tool of ["manage_task", "manage_git_branch"]) server.registerTool(tool, {}, answer);
     await server.connect(new StdioServerTransport());`,
    );
    const env = { BOARD: "shop", BOARD_API_KEY: "canary-5f2c", REGION: "${MY_REGION}" };
    const board = { command: process.execPath, args: [program], env };
    const file = join(context.project.folder, ".mcp.json");
    writeFileSync(file, JSON.stringify({ mcpServers: { board } }));
    const person = { MY_REGION: "eu" };
    const probe = ["source", "discover", "--probe", "board"];
    const shown = await context.good([...probe, "--json"], person);
    expect(shown).not.toContain("canary");
    const [found] = json(shown) as { add: string; preset: string }[];
    expect(found).toMatchObject({ preset: "4genthub" });
    expect(found?.add).toContain(
      "--env BOARD=shop --env 'BOARD_API_KEY=${env:BOARD_API_KEY}' --env 'REGION=${env:MY_REGION}' --",
    );
    const add = found?.add.replaceAll("'", "").split(" ").slice(1) ?? [];
    const ofPerson = { ...person, BOARD_API_KEY: "canary-5f2c" };
    expect(await context.good(add, ofPerson)).toContain("1 open");
  },
);

test("source discover reads Claude Code's files, guesses presets, and starts only what --probe names", async () => {
  const { context, server } = await withServer();
  const canary = join(context.home, "started");
  writeFileSync(
    join(context.project.folder, ".mcp.json"),
    JSON.stringify({
      mcpServers: {
        "Our Tasks": {
          type: "http",
          url: server.url,
          headers: { Authorization: "Bearer canary-5f2c" },
        },
        trap: { command: "touch", args: [canary, "backlog.md"] },
      },
    }),
  );
  writeFileSync(
    join(context.home, ".claude.json"),
    JSON.stringify({
      mcpServers: { linear: { type: "http", url: "https://mcp.linear.app/mcp" } },
      projects: {
        [context.project.folder]: { mcpServers: { gh: { command: "github-mcp-server" } } },
      },
    }),
  );
  const shown = await context.good(["source", "discover"]);
  expect(shown).toContain("linear: looks like linear");
  expect(shown).toContain(
    "sitrep source add linear --preset linear --url https://mcp.linear.app/mcp",
  );
  expect(shown).toContain("gh: looks like github");
  expect(shown).toContain("Our Tasks: unknown");
  expect(shown).not.toContain("canary-5f2c");
  expect([server.requests.length, existsSync(canary)]).toEqual([0, false]);
  const asked = json(await context.good(["source", "discover", "--probe", "Our Tasks", "--json"]));
  expect(asked).toContainEqual(
    expect.objectContaining({
      name: "Our Tasks",
      preset: "4genthub",
      add: expect.stringContaining("sitrep source add our-tasks --preset 4genthub"),
    }),
  );
  expect(existsSync(canary)).toBe(false);
});
