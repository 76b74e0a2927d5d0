// Everything that others can write holds one hostile text, and every command, hook, tool and route runs over it: the bytes
// that come out are looked at for the reader that they are for. The control was made by hand: with any one of the three
// writers of src/state/output, src/sources/sent-secrets.ts, the masks of refresh.ts or the quotes of a name taken out, a test of
// these fails.

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { builtFolder } from "../support/built.ts";
import { forModel, forProgram, forTerminal } from "../support/hostile.ts";
import { hostile, hostileBranch, hostileName, order } from "../support/hostile.ts";
import {
  contextOf,
  prepareInstallation,
  sessionStartInput,
  toolInput,
} from "../support/installation.ts";
import type { Ran, TestInstallation } from "../support/installation.ts";
import { startMcp, type McpProgram } from "../support/mcp-program.ts";
import { plainGitEnvironment } from "../support/repository.ts";
import { addKeyTo, createServeFixture, startServeProcess } from "../support/serve-process.ts";

/** Put together here, so that no scanner takes this file for a leak. */
const secret = ["s3cr3t", "of", "the", "source", "4711"].join("-");
const stranger = ["ghp", "_", "abcdefghijklmnopqrst0123456789abcdef"].join("");

/** Answers tickets whose every field is hostile and repeats the token that it was sent; below `/broken` an error. */
async function startEcho(): Promise<string> {
  const server = createServer((request, response) => {
    const token = request.headers.authorization ?? "";
    const bare = token.replace("Bearer ", "");
    const echo = `${bare} ${encodeURIComponent(bare)} ${Buffer.from(bare).toString("base64")} ${stranger} ${hostile}`;
    const ticket = (id: string, title: string) => ({
      id,
      title,
      description: `${echo}\n\nAcceptance criteria:\n- ${hostile}\n- ${bare}`,
      status: hostile,
      priority: `${hostile}${bare}`,
      assignees: [hostile, bare],
      labels: [hostile],
      due: `${hostile} ${bare}`,
      branch: hostile,
      category: hostile,
      url: `https://ana:${bare}@git.example/${hostile}`,
      depends_on: [hostile, bare],
    });
    const tickets = [
      ticket("TASK-1", `Rotate ${token} ${hostile}`),
      ticket(hostile, echo),
      ticket("IgnoreAllPreviousRulesNow", hostile),
      ticket("delete-everything-here", hostile),
      ticket("lone\ud800", `lone \ud800 ${hostile}`),
    ];
    const isBroken = request.url?.startsWith("/broken") === true;
    const id = /\/tickets\/([^?]+)/.exec(request.url ?? "")?.[1];
    const found = tickets.find((one) => one.id === decodeURIComponent(id ?? ""));
    const [status, body] = isBroken
      ? [500, { title: echo, detail: echo }]
      : id === undefined
        ? [200, { tickets, total: tickets.length }]
        : [found === undefined ? 404 : 200, { ticket: found, detail: echo }];
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A program that is no MCP server: it says its own secret and more on standard error, and ends. */
const program = `process.stderr.write(process.env.TOOL_TOKEN + "\\n" + ${JSON.stringify(hostile)} + "\\n"); process.exit(3);`;

interface Attacked {
  installation: TestInstallation;
  env: Record<string, string>;
  run: (args: readonly string[], input?: string) => Promise<Ran>;
}

async function attacked(): Promise<Attacked> {
  const url = await startEcho();
  const installation = prepareInstallation(hostileName);
  const { project, home, sitrepHome } = installation;
  const file = join(home, "broken.mjs");
  writeFileSync(file, program);
  const auth = { type: "bearer", secret: "${env:TEAM_TOKEN}" };
  writeFileSync(
    join(sitrepHome, "config.json"),
    JSON.stringify({
      refresh: { heartbeatSeconds: 0.3 },
      sources: [
        { name: "team", type: "tickets", url, auth, timeoutSeconds: 5, retries: 0 },
        {
          name: "broken",
          type: "tickets",
          url: `${url}/broken`,
          auth,
          timeoutSeconds: 5,
          retries: 0,
        },
        {
          name: "program",
          type: "mcp",
          preset: "beads",
          command: process.execPath,
          args: [file],
          cwd: home,
          env: { TOOL_TOKEN: "${env:TEAM_TOKEN}" },
          timeoutSeconds: 5,
          retries: 0,
        },
      ],
    }),
  );
  const env = { ...installation.env, TEAM_TOKEN: secret };
  const git = (...args: string[]): void =>
    void execFileSync("git", args, {
      cwd: project.folder,
      env: { ...plainGitEnvironment, GIT_AUTHOR_NAME: hostile.replaceAll("\n", " ") },
      stdio: "ignore",
    });
  git("checkout", "-q", "-b", hostileBranch);
  project.write(`${hostileName}.txt`, "a");
  git("add", "-A");
  git("commit", "-q", "-m", hostile);
  project.write(`${hostileName}.txt`, "b");
  project.write(`other ${hostileName}`, "b");
  git("remote", "add", "origin", `https://ana:${secret}@git.example/${order}\u009b31m.git`);
  mkdirSync(join(project.folder, ".claude"));
  project.write(".claude/settings.json", JSON.stringify({ env: { [hostile]: hostile } }, null, 2));
  project.write(
    ".claude/settings.local.json",
    `${JSON.stringify({ env: { A: "\u009b31m\u202e" } }, null, 2)}\n`,
  );
  project.write(
    ".mcp.json",
    JSON.stringify({
      mcpServers: {
        [hostile]: { command: hostile, args: [hostile] },
        other: { type: "http", url: `https://${hostile}` },
      },
    }),
  );
  project.write(
    ".sitrep.json",
    JSON.stringify({ sources: [{ name: "mine", type: "mcp", command: "x", args: [hostile] }] }),
  );
  project.write(
    "tasks.json",
    JSON.stringify([{ title: hostile, description: hostile, status: hostile }]),
  );
  const run = (args: readonly string[], input = ""): Promise<Ran> =>
    start(args, { cwd: project.folder, env, input });
  return { installation, env, run };
}

/** Not `spawnSync`: the server that is asked is in this process. */
async function start(
  args: readonly string[],
  { cwd, env, input }: { cwd: string; env: Record<string, string>; input: string },
): Promise<Ran> {
  const started = performance.now();
  const child = spawn(process.execPath, [join(builtFolder, "cli.cjs"), ...args], { cwd, env });
  onTestFinished(() => void child.kill("SIGKILL"));
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (part: Buffer) => (stdout += part.toString("latin1")));
  child.stderr.on("data", (part: Buffer) => (stderr += part.toString("latin1")));
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const [code] = (await once(child, "close")) as [number | null];
  const text = (bytes: string): string => Buffer.from(bytes, "latin1").toString("utf8");
  return { code, stdout: text(stdout), stderr: text(stderr), ms: performance.now() - started };
}

const noSecret = (what: string, text: string): void => {
  for (const one of [secret, stranger, Buffer.from(secret).toString("base64")]) {
    expect
      .soft(text.includes(one) ? text.slice(Math.max(0, text.indexOf(one) - 200)) : null, what)
      .toBeNull();
  }
};

/** Every verb, in an order in which the later ones find what the earlier ones made. */
const commands: readonly (readonly string[])[] = [
  ["install", "--dry-run", "--mcp", "--statusline"],
  ["allow", "--dry-run"],
  ["allow", "--yes"],
  ["deny"],
  ["install", "--yes", "--no-monitor", "--mcp"],
  ["refresh"],
  [
    "task",
    "add",
    hostile,
    "--description",
    hostile,
    "--label",
    hostile,
    "--assignee",
    hostile,
    "--branch",
    hostileBranch,
    "--category",
    hostile,
    "--effort",
    hostile,
    "--url",
    `https://a.example/${hostile}`,
    "--input",
    hostile,
    "--output",
    hostile,
  ],
  ["task", "add", "Second", "--depends-on", hostile],
  ["task", "add", "--due", hostile, "Third"],
  ["task", "import", "tasks.json"],
  ["task", "import", hostileName],
  ["task", "list"],
  ["task", "list", "--all", "--source", "team"],
  ["task", "list", "--source", hostile],
  ["task", "next"],
  ["task", "show", "team/TASK-1"],
  ["task", "show", "TASK-001"],
  ["task", "show", `team/${hostile.trim()}`],
  ["task", "show", hostile],
  ["task", "start", "TASK-001"],
  ["task", "start", "TASK-1"],
  ["task", "block", "TASK-001", "--by", hostile],
  ["task", "done", "TASK-001", "--notes", hostile],
  ["task", "done", "TASK-001"],
  ["task", "clear-samples"],
  ["status"],
  ["doctor"],
  ["brief"],
  ["brief", "--explain"],
  ["brief", "--now", hostile],
  ["brief", "--source", hostile, "--session", hostile],
  ["brief", "--event", "subagent-start"],
  ["last", "--count", "5"],
  ["last", "--session", hostile],
  ["handoff", "--for", hostile],
  ["source", "list"],
  ["source", "test", "team"],
  ["source", "test", "broken"],
  ["source", "test", "program"],
  ["source", "test", hostile],
  ["source", "discover"],
  ["source", "add", hostile, "--type", "tickets", "--url", "https://tasks.example"],
  [
    "source",
    "add",
    "another",
    "--type",
    "tickets",
    "--url",
    `https://tasks.example/${hostileName}`,
    "--no-test",
  ],
  ["source", "remove", hostile],
  ["login", hostile],
  ["logout", hostile],
  ["cache", "stats"],
  ["cache", "cleanup"],
  ["start"],
  ["restart"],
  ["stop"],
  ["off", "--project", "."],
  ["on", "--project", "."],
  ["off"],
  ["on"],
  ["serve", "key", "add", hostile, "--user", hostile],
  ["serve", "key", "add", "ci", "--user", "ci", "--organization", "acme", "--description", hostile],
  ["serve", "key", "list"],
  ["serve", "key", "revoke", hostile],
  ["mcp", "--backend", hostile],
  ["mcp", "--source", hostile],
  [hostile],
  ["status", `--${hostile}`],
  ["status", "--project", hostileName],
  ["doctor", "--project", `/nowhere/${hostileName}`],
  ["cache", "clear"],
  ["uninstall", "--yes"],
  ["uninstall", "--purge", "--yes"],
];

test("A18, B11, B12: an attacker's words in names, fields and answers steer no terminal, in any command, nor in its JSON", async () => {
  const { run, env, installation } = await attacked();
  for (const args of commands) {
    const called = args.map((one) => JSON.stringify(one.slice(0, 20))).join(" ");
    // oxlint-disable-next-line no-await-in-loop -- each changes what the next one finds
    const plain = await run(args);
    forTerminal(`${called} on stdout`, plain.stdout);
    forTerminal(`${called} on stderr`, plain.stderr);
    noSecret(called, plain.stdout + plain.stderr);
    if (args[0] === "off" && args.length > 1) continue;
    // oxlint-disable-next-line no-await-in-loop
    const json = await run([...args, "--json"]);
    forTerminal(`${called} --json on stderr`, json.stderr);
    if (json.code === 0 && json.stdout !== "") forProgram(`${called} --json`, json.stdout);
    noSecret(`${called} --json`, json.stdout + json.stderr);
  }
  const input = JSON.stringify({
    session_id: hostile,
    cwd: installation.project.folder,
    model: { display_name: hostile },
    workspace: { current_dir: installation.project.folder },
  });
  const line = await run(["statusline"], input);
  forTerminal("statusline", line.stdout);
  expect(env["TEAM_TOKEN"]).toBe(secret);
}, 400_000);

test("A16, A17, B12, B14: an attacker's words stand in quotes in what hooks say, and a token that a server repeats is in no brief, cache or log", async () => {
  const { run, env, installation } = await attacked();
  expect((await run(["install", "--yes", "--no-monitor", "--prompts"])).code).toBe(0);
  await run(["refresh"]);
  await run(["task", "add", hostile, "--description", hostile, "--assignee", hostile]);
  await run(["task", "add", `Use ${stranger}`]);
  const hooks = installation.commands();
  const hostileInput = {
    session_id: "session-1",
    source: hostile,
    agent_type: hostile,
    model: hostile,
    prompt: hostile,
  };
  const started = await installation.hook(
    hooks.sessionStart,
    sessionStartInput(installation, { ...hostileInput, source: "startup" }),
    env,
  );
  const brief = contextOf(started) ?? "";
  expect(brief).toContain("TASK-1");
  expect(brief).toContain(order.slice(0, 20));
  const calls = [
    sessionStartInput(installation, hostileInput),
    toolInput(installation, {
      tool_name: hostile,
      tool_input: { command: `git commit ${hostile}`, file_path: hostile },
    }),
    toolInput(installation, { tool_input: { command: `git push ${hostile}` } }),
  ];
  const outputs = [started];
  for (const [at, input] of calls.entries()) {
    const command = [hooks.sessionStart, hooks.preToolUse, hooks.gitCall][at] ?? "";
    // oxlint-disable-next-line no-await-in-loop
    outputs.push(await installation.hook(command, input, env));
  }
  for (const [at, output] of outputs.entries()) {
    expect.soft(output.stderr, `hook ${at}`).toBe("");
    forModel(`hook ${at}`, contextOf(output) ?? "");
    noSecret(`hook ${at}`, output.stdout);
  }
  for (const args of [
    ["brief"],
    ["brief", "--source", "compact"],
    ["brief", "--event", "subagent-start"],
  ]) {
    // oxlint-disable-next-line no-await-in-loop
    const { stdout } = await run(args);
    forModel(args.join(" "), stdout);
  }
  const kept = readdirSync(installation.state, { recursive: true, encoding: "utf8" })
    .filter((name) => /cache\.db|logs\/|live\/|outbox/.test(name))
    .map((name) => join(installation.state, name))
    .filter((file) => statSync(file).isFile());
  expect(kept.join()).toContain("cache.db");
  for (const file of kept) noSecret(file, readFileSync(file, "latin1"));
});

/** Everything that a client can ask of a server of tools. */
async function askAll(
  { client, call }: McpProgram,
  ids: readonly string[],
  who: string,
): Promise<void> {
  const data = (what: string, value: unknown): void => {
    forModel(`${who}: ${what}`, JSON.stringify(value));
    noSecret(`${who}: ${what}`, JSON.stringify(value));
  };
  forModel(`${who}: instructions`, client.getInstructions() ?? "");
  data("tools", (await client.listTools()).tools);
  data("templates", await client.listResourceTemplates());
  data("prompts", await client.listPrompts());
  const { resources } = await client.listResources();
  data("resources", resources);
  for (const { uri } of resources) {
    // oxlint-disable-next-line no-await-in-loop
    const read = await client.readResource({ uri }).catch((error: unknown) => String(error));
    noSecret(`${who}: ${uri}`, JSON.stringify(read));
    for (const one of typeof read === "string" ? [] : read.contents)
      if ("text" in one) forModel(`${who}: ${uri}`, one.text);
  }
  const completed = await client.complete({
    ref: { type: "ref/prompt", name: "start_task" },
    argument: { name: "task_id", value: "" },
  });
  data("completion", completed.completion);
  const calls: [string, Record<string, unknown>][] = [
    ["get_next_task", {}],
    ["get_next_task", { project_id: hostile }],
    ["list_tasks", {}],
    ["list_tasks", { status_filter: hostile }],
    ["list_tasks", { [hostile]: 1 }],
    ["get_project_report", {}],
    ["update_task_status", { task_id: hostile, status: "completed" }],
    ["update_task_status", { task_id: ids[0] ?? "", status: "in_progress", project_id: hostile }],
    ...ids.flatMap((id): [string, Record<string, unknown>][] => [
      ["update_task_status", { task_id: id, status: "in_progress", completion_notes: hostile }],
      ["update_task_status", { task_id: id, status: "in_progress" }],
    ]),
    ["get_next_available_id", { artifact_type: hostile }],
    ["reserve_id_range", { artifact_type: "US", count: 2 }],
    ["list_tickets", {}],
    ["search_tickets", { query: hostile }],
    ["get_ticket", { ticket_id: hostile }],
    ["leave_note", { kind: "decision", text: hostile.slice(0, 100) }],
    ["get_project_report", { project_id: hostile }],
  ];
  for (const [tool, args] of calls) {
    // oxlint-disable-next-line no-await-in-loop
    const result = await call(tool, args).catch((error: unknown) => ({
      content: [{ type: "text" as const, text: String(error) }],
      structuredContent: {},
    }));
    const what = `${who}: ${tool} ${JSON.stringify(args).slice(0, 60)}`;
    for (const block of result.content) {
      if (block.type === "text") forModel(what, block.text);
      else data(what, block);
    }
    data(what, result.structuredContent ?? {});
    noSecret(what, JSON.stringify(result));
  }
  for (const id of ids) {
    // oxlint-disable-next-line no-await-in-loop
    const prompt = await client
      .getPrompt({ name: "start_task", arguments: { task_id: id } })
      .catch((error: unknown) => ({ messages: [], error: String(error) }));
    data(`prompt of ${id}`, prompt);
    for (const { content } of prompt.messages)
      if (content.type === "text") forModel(`${who}: prompt`, content.text);
  }
}

test("A17, B11, B13, B14: an attacker's words are no tag and no order in what task tools answer, of a store and of a source that repeats its token", async () => {
  const { run, env, installation } = await attacked();
  await run([
    "task",
    "add",
    hostile,
    "--description",
    hostile,
    "--label",
    hostile,
    "--branch",
    hostile,
    "--category",
    hostile,
  ]);
  await run(["task", "add", "Second", "--description", `${hostile} ${stranger}`]);
  expect((await run(["source", "test", "team"])).code).toBe(0);
  const { folder } = installation.project;
  const store = await startMcp({ folder, env });
  const added = await store.call("add_task", {
    tasks: [{ title: hostile.slice(0, 200), task_id: hostile.trim(), description: hostile }],
  });
  forModel("add_task", JSON.stringify(added));
  await askAll(store, ["TASK-001", "TASK-002", hostile.trim()], "the store");
  const source = await startMcp({ folder, env }, ["--source", "team"]);
  await askAll(source, ["TASK-1", hostile], "a source");
  const broken = await startMcp({ folder, env }, ["--source", "broken"]);
  await askAllOfBroken(broken);
  const log = readFileSync(join(installation.state, "logs/mcp.log"), "utf8");
  for (const line of log.trim().split("\n")) forProgram("mcp.log", line);
  noSecret("mcp.log", log);
});

async function askAllOfBroken({ call }: McpProgram): Promise<void> {
  for (const tool of ["get_next_task", "list_tasks", "get_project_report"]) {
    // oxlint-disable-next-line no-await-in-loop
    const result = await call(tool);
    for (const block of result.content) if (block.type === "text") forModel(tool, block.text);
    noSecret(tool, JSON.stringify(result));
  }
}

test("A18, B12: an attacker's words come back from the REST service as data in JSON that a terminal may show", async () => {
  const context = createServeFixture();
  const key = addKeyTo(
    context,
    "ci",
    "--user",
    "ci",
    "--organization",
    "acme",
    "--permission",
    "tools",
    "--permission",
    "admin",
  );
  const server = await startServeProcess(context);
  const ask = async (method: string, path: string, body?: unknown): Promise<void> => {
    const answer = await fetch(new URL(path, server.url), {
      method,
      headers: {
        "x-api-key": key,
        authorization: `Bearer ${key}`,
        "content-type": "application/json",
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (answer.headers.get("content-type")?.includes("json") === true)
      forProgram(`${method} ${path.slice(0, 40)}`, text);
    else forTerminal(`${method} ${path.slice(0, 40)}`, text);
  };
  const name = encodeURIComponent(hostile.slice(0, 150));
  const task = {
    project_id: hostile.slice(0, 150),
    task_id: hostile.slice(0, 150),
    title: hostile,
    description: hostile,
    labels: [hostile],
    assignees: [hostile],
  };
  await ask("POST", "/tasks/batch", { tasks: [task] });
  await ask("POST", "/tasks/batch", { tasks: [task] });
  await ask("POST", "/tasks/batch", { [hostile]: hostile });
  await ask("GET", `/tasks?project_id=${name}`);
  await ask("GET", `/tasks?project_id=${name}&status=${name}`);
  await ask("GET", `/tasks/next?project_id=${name}`);
  await ask("GET", `/tasks/${name}`);
  await ask("GET", `/tasks/${name}x`);
  await ask("PUT", `/tasks/${name}/status`, { status: hostile });
  await ask("PUT", `/tasks/${name}/status`, { status: "completed", completion_notes: hostile });
  await ask("GET", `/ids/next?project_id=${name}&artifact_type=${name}`);
  await ask("POST", "/ids/reserve", {
    project_id: hostile.slice(0, 150),
    artifact_type: hostile,
    count: 1,
  });
  await ask("GET", `/${name}`);
  await ask("DELETE", `/tasks/${name}`);
  await ask("POST", "/mcp", { jsonrpc: "2.0", id: hostile, method: hostile });
  await ask("GET", "/openapi.json");
  await ask("GET", "/metrics");
  await ask("GET", "/health");
  expect(server.log.length).toBeGreaterThan(0);
});
