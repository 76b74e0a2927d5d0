// Everything that others can write holds one hostile text, and every command, hook, tool and route runs over it: the bytes
// that come out are looked at for the reader that they are for. The control was made by hand: with any one of the three
// writers of src/state/output, src/sources/sent-secrets.ts, the masks of refresh.ts or the quotes of a name taken out, a test of
// these fails.

import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { forModel, forProgram, forTerminal } from "../support/hostile.ts";
import { hostile, order } from "../support/hostile.ts";
import { contextOf, sessionStartInput, toolInput } from "../support/installation.ts";
import { startMcp, type McpProgram } from "../support/mcp-program.ts";
import { addKeyTo, createServeFixture, startServeProcess } from "../support/serve-process.ts";
import { attacked, noSecret, stranger } from "../support/attacked.ts";

test("A16, A17, B12, B14: hooks quote hostile text, and a token that a server repeats reaches no brief, cache or log", async () => {
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

test("A17, B11, B13, B14: task tools answer hostile text of a store or source without its tags, and never repeat the token", async () => {
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
  const store = await startMcp({ folder, env }, ["--tools", "all"]);
  const added = await store.call("add_task", {
    tasks: [{ title: hostile.slice(0, 200), task_id: hostile.trim(), description: hostile }],
  });
  forModel("add_task", JSON.stringify(added));
  await askAll(store, ["TASK-001", "TASK-002", hostile.trim()], "the store");
  const source = await startMcp({ folder, env }, ["--source", "team", "--tools", "all"]);
  await askAll(source, ["TASK-1", hostile], "a source");
  const broken = await startMcp({ folder, env }, ["--source", "broken", "--tools", "all"]);
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

test("A18, B12: the REST service returns hostile text as JSON that is safe to show in a terminal", async () => {
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
    const response = await fetch(new URL(path, server.url), {
      method,
      headers: {
        "x-api-key": key,
        authorization: `Bearer ${key}`,
        "content-type": "application/json",
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (response.headers.get("content-type")?.includes("json") === true)
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
