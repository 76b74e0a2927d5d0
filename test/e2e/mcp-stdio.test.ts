// The built `sitrep mcp` as a client starts it: the embedded store, both protocol eras, its beginning and its end.

import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { aMcpContext, mcpProgram, runMcp, spawnMcp, startMcp } from "../support/mcp-program.ts";
import type { McpContext } from "../support/mcp-program.ts";
import { prepareInstallation } from "../support/installation.ts";
import { allowWrites } from "../support/allow-writes.ts";
import { startRestService } from "../support/rest-service.ts";
import { startTaskServer } from "../support/task-server.ts";
import { textOf } from "../support/tool-client.ts";
import { tokensOfTools } from "../support/tokens.ts";
import { firstOf, triesAll } from "../support/cases.ts";

const initialize = `${JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "test", version: "1.0.0" },
  },
})}\n`;

const logFile = ({ env }: McpContext): string =>
  join(env["SITREP_HOME"] ?? "", "state/logs/mcp.log");
const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe("sitrep mcp on the embedded store", () => {
  test.for(["legacy", "2026-07-28"] as const)(
    "serves a client of revision %s, and its writes appear in the next brief",
    async (revision) => {
      const installation = prepareInstallation();
      const { folder } = installation.project;
      const { client, call, stderr } = await startMcp(
        { folder, env: installation.env },
        ["--tools", "report"],
        revision,
      );
      expect(client.getServerVersion()?.name).toBe("sitrep");
      expect((await client.listTools()).tools).toHaveLength(6);
      const tasks = [{ title: "Add OIDC login", priority: "high" }, { title: "Write the docs" }];
      await call("add_task", { tasks });
      expect(installation.ok("brief")).toMatch(/Next: TASK-001 high: "Add OIDC login/);
      await call("update_task_status", { task_id: "TASK-001", status: "completed" });
      expect(installation.ok("brief")).toMatch(/Next: TASK-002: "Write the docs/);
      const { resources } = await client.listResources();
      expect(resources.map(({ uri }) => uri)).toContain(
        "sitrep://projects/shop-api/tasks/TASK-002",
      );
      expect((await call("get_project_report")).structuredContent).toMatchObject({
        by_status: { completed: 1, pending: 1 },
      });
      expect(stderr()).toBe("");
    },
  );

  test.for(["legacy", "2026-07-28"] as const)(
    "notifies a client of revision %s after a write to the tasks",
    async (revision) => {
      let changes = 0;
      const { call } = await startMcp(aMcpContext(), [], revision, () => (changes += 1));
      await call("get_next_task");
      expect(changes).toBe(0);
      await call("add_task", { tasks: [{ title: "A" }] });
      await expect.poll(() => changes).toBe(1);
    },
  );

  test("leave_note keeps a note for the next session on the branch, unless handoff.off exists", async () => {
    const installation = prepareInstallation();
    const { folder, git } = installation.project;
    const { call } = await startMcp({ folder, env: installation.env });
    expect(installation.sitrep("handoff")).toMatchObject({ code: 0, stdout: "" });
    const note = { kind: "dead_end", text: 'A "second" cache; password=hunter2hunter2' };
    expect((await call("leave_note", note)).structuredContent).toEqual({ kept: true });
    git("checkout", "-q", "-b", "other");
    await call("leave_note", { kind: "decision", text: "Elsewhere" });
    git("checkout", "-q", "main");
    const words = `dead end "A 'second' cache; password=[secret]"`;
    expect(installation.ok("brief")).toMatch(/^Left off \(\d\d:\d\d\): dead end "[^"]*"$/m);
    expect(installation.ok("brief")).toContain(words);
    expect(installation.ok("handoff", "--for", "Jun")).toMatch(
      /^# Handoff · shop-api · main · \d\d:\d\d · for Jun\nQuotes are data.*\nDead end: "A 'second' cache.*"\n$/,
    );
    expect(JSON.parse(installation.ok("handoff", "--json"))).toMatchObject({
      for: null,
      place: "main",
      notes: [{ kind: "dead_end" }],
    });
    expect((await call("leave_note", { kind: "idea", text: "x" })).isError).toBe(true);
    writeFileSync(join(installation.state, "handoff.off"), "");
    expect((await call("leave_note", note)).structuredContent).toEqual({ kept: false });
    expect(installation.sitrep("handoff").stderr).toContain("handoff.off");
    expect(installation.ok("brief")).not.toContain("Left off");
  });

  test("only one of two concurrent sessions can take a task", async () => {
    const context = aMcpContext();
    const [one, other] = await Promise.all([startMcp(context), startMcp(context)]);
    await one.call("add_task", { tasks: [{ title: "A" }] });
    const take = { task_id: "TASK-001", status: "in_progress" };
    const taken = await Promise.all([
      one.call("update_task_status", take),
      other.call("update_task_status", take),
    ]);
    const refused = taken.filter(({ isError }) => isError);
    expect(refused.map(textOf)).toEqual([
      expect.stringMatching(/^Invalid status transition: Task TASK-001 is in_progress already/),
    ]);
  });

  test("names the project after its folder, and lists the projects when asked for an unknown one", async () => {
    const context = aMcpContext();
    mkdirSync(join(context.folder, "src"));
    const { call } = await startMcp({ ...context, folder: context.folder });
    await call("add_task", { tasks: [{ title: "A", project_id: "shop-api" }] });
    expect((await call("list_tasks", { project_id: "." })).structuredContent).toMatchObject({
      total: 1,
      tasks: [{ project_id: "shop-api" }],
    });
    expect(textOf(await call("list_tasks", { project_id: "shop" }))).toMatch(
      /^There is no project shop on this machine\.\nCode: project-unknown\. .*shop-api/,
    );
  });

  test("does not start on an unreadable store, and says why", () => {
    const context = aMcpContext();
    const state = join(context.env["SITREP_HOME"] ?? "", "state");
    mkdirSync(state, { recursive: true, mode: 0o700 });
    writeFileSync(join(state, "tasks.db"), "rubbish of some length, so that it is read at all");
    const { code, stdout, stderr } = runMcp(context);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain("tasks.db cannot be used");
  });
});

describe("standard output of sitrep mcp", () => {
  test("contains only protocol messages, even after invalid input", async () => {
    const context = aMcpContext();
    const child = spawnMcp(context);
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString("utf8")));
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString("utf8")));
    child.stdin.write(initialize);
    child.stdin.write('not json\n{"jsonrpc":"2.0","id":7,"method":"none"}\n\n[]\n');
    child.stdin.write('{"jsonrpc":"2.0","id":8,"method":"ping"}\n');
    await expect.poll(() => stdout).toContain('"id":8');
    child.stdin.end();
    await new Promise((resolve) => child.once("close", resolve));
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { jsonrpc: string });
    expect(lines.every(({ jsonrpc }) => jsonrpc === "2.0")).toBe(true);
    expect(stderr).toBe("");
  });
});

describe("exit of sitrep mcp", () => {
  test.for(firstOf(["its input ends", "SIGTERM", "SIGINT"] as const, 2))(
    "exits with 0 on %s",
    async (what) => {
      const child = spawnMcp(aMcpContext());
      child.stdin.write(initialize);
      await new Promise((resolve) => child.stdout.once("data", resolve));
      if (what === "its input ends") child.stdin.end();
      else child.kill(what);
      const code = await new Promise((resolve) => child.once("exit", resolve));
      expect(code).toBe(0);
    },
  );

  test("exits when its parent is killed, even if another process holds its input open", async () => {
    const context = aMcpContext();
    const script = `
      const { spawn } = require("node:child_process");
      const holder = spawn("/bin/sh", ["-c", "printf '%s' \\"$OPENING\\"; exec tail -f /dev/null"], {
        stdio: ["ignore", "pipe", "ignore"],
      });
      const own = spawn(process.execPath, [${JSON.stringify(mcpProgram)}], {
        stdio: [holder.stdout, "inherit", "inherit"],
      });
      process.stdout.write(own.pid + " " + holder.pid + "\\n");
    `;
    const env = { ...context.env, OPENING: initialize };
    const parent = spawn(process.execPath, ["-e", script], { cwd: context.folder, env });
    let stdout = "";
    parent.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString("utf8")));
    await expect.poll(() => stdout).toContain('"id":1');
    const [, pid = 0, holder = 0] = (/^(\d+) (\d+)$/m.exec(stdout) ?? []).map(Number);
    onTestFinished(() => [pid, holder].filter(isAlive).forEach((one) => process.kill(one)));
    expect(isAlive(pid)).toBe(true);
    parent.kill("SIGKILL");
    await expect.poll(() => isAlive(pid)).toBe(false);
    expect(isAlive(holder)).toBe(true);
  });

  test.runIf(triesAll)("completes or discards a batch as a whole when its input ends", async () => {
    const context = aMcpContext();
    const child = spawnMcp(context);
    child.stdin.write(initialize);
    await new Promise((resolve) => child.stdout.once("data", resolve));
    const tasks = Array.from({ length: 200 }, (_, at) => ({ title: `Task ${at}` }));
    const params = { name: "add_task", arguments: { tasks } };
    child.stdin.end(`${JSON.stringify({ jsonrpc: "2.0", id: 2, method: "tools/call", params })}\n`);
    await new Promise((resolve) => child.once("exit", resolve));
    const { call } = await startMcp(context);
    const { structuredContent } = await call("list_tasks");
    expect([0, 200]).toContain((structuredContent as { total: number }).total);
  });
});

describe("the log of sitrep mcp", () => {
  test("has one line per start and call, without keys or written text", async () => {
    const { url } = await startRestService();
    const context = aMcpContext({ TASK_TRACKING_URL: url, TASK_TRACKING_API_KEY: "ana" });
    context.env["TASK_TRACKING_API_KEY"] = "ana";
    const { call, stderr } = await startMcp(context);
    await call("add_task", { tasks: [{ title: "a secret title", task_id: "T-1" }] });
    await call("update_task_status", {
      task_id: "T-1",
      status: "completed",
      completion_notes: "a secret note",
    });
    const lines = readFileSync(logFile(context), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toEqual([
      {
        time: expect.stringMatching(/Z$/),
        pid: expect.any(Number),
        msg: "started",
        version: expect.any(String),
        transport: "stdio",
        authentication: expect.any(String),
        backend: url,
        project: "shop-api",
        tools: 7,
      },
      expect.objectContaining({ tool: "add_task", http_status: 200, parameters: ["tasks"] }),
      {
        time: expect.any(String),
        pid: expect.any(Number),
        msg: "tool call",
        tool: "update_task_status",
        principal: "local",
        http_status: 200,
        duration_ms: expect.any(Number),
        parameters: ["task_id", "status", "completion_notes"],
        values: { task_id: "T-1", status: "completed" },
      },
    ]);
    expect(JSON.stringify(lines)).not.toMatch(/secret|"ana"/);
    expect(stderr()).toBe("");
  });
});

describe("settings of sitrep mcp", () => {
  test("reads variables from the file given by --env-file, never from a .env in the folder", async () => {
    const { url } = await startRestService();
    const context = aMcpContext();
    const file = join(context.folder, ".env");
    writeFileSync(file, `TASK_TRACKING_URL=${url}\nTASK_TRACKING_API_KEY="ana"\n`);
    const backendOf = async (args: string[]): Promise<unknown> => {
      const { client } = await startMcp(context, args);
      const { contents } = await client.readResource({ uri: "config://settings" });
      expect(JSON.stringify(contents)).not.toContain("ana");
      return JSON.parse((contents[0] as { text: string }).text);
    };
    expect(await backendOf([])).toMatchObject({ backend: "store" });
    expect(await backendOf(["--env-file", file])).toMatchObject({ backend: "rest" });
    // Node reads this option too, wherever it stands, and may be the first to miss the file.
    const missing = runMcp(context, ["--env-file", `${file}.none`]);
    expect(missing.code).toBeGreaterThan(0);
    expect(missing.stderr).toContain(`${file}.none`);
  });

  test("names an invalid setting, and exits with 2 for a usage error", () => {
    const context = aMcpContext({
      TASK_TRACKING_API_KEY: "k",
      TASK_TRACKING_URL: "http://tasks.example",
    });
    expect(runMcp(context)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("TASK_TRACKING_URL: http:// sends everything in the clear"),
    });
    const secure = { TASK_TRACKING_API_KEY: "k", TASK_TRACKING_URL: "https://tasks.example" };
    expect(runMcp(aMcpContext({ ...secure, NODE_TLS_REJECT_UNAUTHORIZED: "0" }))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("no secret is sent"),
    });
    expect(runMcp(aMcpContext({ SITREP_RESERVATION_HOURS: "soon" }))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("SITREP_RESERVATION_HOURS must be a number"),
    });
    expect(runMcp(aMcpContext(), ["--nonsense"])).toMatchObject({ code: 2, stdout: "" });
    expect(runMcp(aMcpContext(), ["--backend", "x"])).toMatchObject({ code: 2 });
  });

  test("--state takes precedence over the session's environment", async () => {
    const installation = prepareInstallation();
    installation.ok("install", "--yes", "--no-monitor", "--mcp");
    const strange = join(installation.home, "strange");
    const env = { ...installation.env, SITREP_HOME: strange, HOME: strange };
    const { folder } = installation.project;
    const { call } = await startMcp({ folder, env }, ["--state", installation.state]);
    await call("add_task", { tasks: [{ title: "Mine" }] });
    expect(existsSync(strange)).toBe(false);
    const done = { task_id: "embedded/TASK-001", status: "completed" };
    expect(await call("update_task_status", done)).not.toHaveProperty("isError", true);
    expect(installation.ok("task", "list", "--all")).toMatch(/^TASK-001 +completed .*Mine$/m);
  });
});

describe("the tools that sitrep mcp lists", () => {
  const five = ["get_next_task", "update_task_status", "add_task", "list_tasks", "leave_note"];
  const listed = async (context: McpContext, args: readonly string[] = []): Promise<string[]> => {
    const { client } = await startMcp(context, args);
    return (await client.listTools()).tools.map(({ name }) => name);
  };

  test.for(["legacy", "2026-07-28"] as const)(
    "are five for a client of revision %s, in at most 800 tokens, and a call of another says how to switch it on",
    async (revision) => {
      const { client, call } = await startMcp(aMcpContext(), [], revision);
      const { tools } = await client.listTools();
      expect(tools.map(({ name }) => name)).toEqual(five);
      expect(tokensOfTools(tools)).toBeLessThanOrEqual(800);
      const refused = await call("reserve_id_range", { artifact_type: "US", count: 1 });
      expect(refused).toMatchObject({
        isError: true,
        structuredContent: { code: "not-supported" },
      });
      expect(textOf(refused)).toMatch(/^reserve_id_range is switched off\. .*--tools ids/);
      const reserved = await startMcp(aMcpContext(), ["--tools", "ids"], revision);
      expect(
        await reserved.call("reserve_id_range", { artifact_type: "US", count: 1 }),
      ).toMatchObject({ structuredContent: { reserved_ids: ["US-001"] } });
    },
  );

  test("are those of --tools, else of SITREP_TOOLS, else of config.json", async () => {
    const context = aMcpContext();
    const folder = join(context.env["SITREP_HOME"] ?? "");
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, "config.json"), JSON.stringify({ tools: ["report"] }));
    expect(await listed(context)).toEqual([
      ...five.slice(0, 4),
      "get_project_report",
      "leave_note",
    ]);
    context.env["SITREP_TOOLS"] = "all";
    expect(await listed(context)).toHaveLength(12);
    expect(await listed(context, ["--tools", "tasks"])).toEqual(five);
    expect(await listed(context, ["--tools", "ids,report"])).toHaveLength(8);
    expect(runMcp(context, ["--tools", "ids,id"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(
        "--tools must be one or more of tasks, ids, tickets, report, all",
      ),
    });
    context.env["SITREP_TOOLS"] = "some";
    expect(runMcp(context)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("SITREP_TOOLS must be one or more of tasks, ids"),
    });
  });

  test("have ids with a REST service, and tickets with a ticket service", async () => {
    const key = { TASK_TRACKING_URL: "http://127.0.0.1:9", TASK_TRACKING_API_KEY: "k" };
    const rest = await listed(aMcpContext(key));
    expect(rest).toEqual([
      ...five.slice(0, 4),
      "get_next_available_id",
      "reserve_id_range",
      "leave_note",
    ]);
    const desk = { API_BASE_URL: "http://127.0.0.1:9", FASTMCP_TOKEN: "t" };
    const tickets = await listed(aMcpContext(desk));
    expect(tickets.filter((name) => !five.includes(name))).toEqual([
      "list_tickets",
      "get_ticket",
      "search_tickets",
      "create_ticket",
    ]);
  });
});

describe("sitrep mcp on a configured source", () => {
  test("writes to the source's server, and the write appears in the next brief", async () => {
    await using server = await startTaskServer();
    await server.add("shop-api", []);
    const installation = prepareInstallation();
    const source = { name: "team", type: "manage-task", url: server.origin };
    const config = { sources: [source] };
    writeFileSync(join(installation.sitrepHome, "config.json"), JSON.stringify(config));
    const { folder } = installation.project;
    const context = { folder, env: installation.env };
    allowWrites(installation.env, folder, "team");
    const { call } = await startMcp(context, ["--tools", "tickets"]);
    const added = await call("add_task", { tasks: [{ title: "From a tool" }] });
    expect(added.structuredContent).toMatchObject({ success: true, tasks_added: 1 });
    expect(server.tasks.map(({ title }) => title)).toEqual(["From a tool"]);
    expect(installation.ok("brief")).toContain("From a tool");
    expect(textOf(await call("list_tickets"))).toMatch(/^team cannot list tickets\./);
  });
});
