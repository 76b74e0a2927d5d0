// Real task servers from npm, each at a pinned version in a cache folder: a task that is made with the server's own tools
// is in the brief after one refresh. Taskmaster (1.4 GB) runs when SITREP_TEST_TASKMASTER is set.

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectMcp } from "../support/mcp/connect.ts";
import type { McpConnection } from "../../src/sources/mcp/connection.ts";
import { ensurePackage } from "../../scripts/cached-packages.ts";
import { prepareSources } from "../support/source-commands.ts";
import type { SourceContext } from "../support/source-commands.ts";

interface Step {
  step: string;
  ms: number;
}

interface Tried {
  test: { steps: Step[]; count: number; isGood: boolean };
}

interface Server {
  spec: string;
  bin: string;
  args: string[];
  /** For the server, in a project's folder. */
  env: (folder: string) => Record<string, string>;
  options: (context: SourceContext) => string[];
  prepare: (context: SourceContext, program: string) => void;
  /** Makes two open tasks and a finished one with the server's own tools. */
  fill: (server: McpConnection, folder: string) => Promise<unknown>;
  /** What the brief shows. */
  shows: RegExp[];
  hides: RegExp;
}

const memoryMapping = {
  list: {
    tool: "read_graph",
    tasks: "entities",
    task: `entityType = "task" ? {
      "id": name,
      "title": $substringAfter(observations[$contains($, /^title: /)][0], ": "),
      "status": $substringAfter(observations[$contains($, /^status: /)][0], ": ")
    }`,
  },
};

const nothing = (): void => undefined;
const finished = /Write docs/;

const servers: Server[] = [
  {
    spec: "backlog.md@1.52.0",
    bin: "backlog",
    args: ["mcp", "start"],
    env: () => ({}),
    options: () => [],
    prepare: ({ project, env }, program) => {
      const options = ["--defaults", "--integration-mode", "none", "--check-branches", "false"];
      const args = ["init", "demo", ...options, "--include-remote", "false"];
      const { status, stderr } = spawnSync(program, args, { cwd: project.folder, env });
      if (status !== 0) throw new Error(String(stderr));
    },
    fill: async (server) => {
      await server.callTool("task_create", {
        title: "Fix login",
        priority: "High",
        dueDate: "2026-12-01",
      });
      await server.callTool("task_create", { title: "Add tests", status: "In Progress" });
      return server.callTool("task_create", { title: "Write docs", status: "Done" });
    },
    shows: [/TASK-1 high[^\n]*Fix login/, /TASK-2[^\n]*in progress[^\n]*Add tests/],
    hides: finished,
  },
  {
    spec: "@kazuph/mcp-taskmanager@1.1.1",
    bin: "mcp-taskmanager",
    args: [],
    env: (folder) => ({ TASK_MANAGER_FILE_PATH: join(folder, "tasks.json") }),
    options: () => [],
    prepare: nothing,
    fill: async (server) => {
      const tasks = ["Write docs", "Fix login", "Add tests"].map((title) => ({
        title,
        description: `about: ${title}`,
      }));
      await server.callTool("request_planning", { originalRequest: "Ship login", tasks });
      const done = { requestId: "req-1", taskId: "task-1", completedDetails: "written" };
      return server.callTool("mark_task_done", done);
    },
    shows: [/task-2[^\n]*Fix login/, /task-3[^\n]*Add tests/],
    hides: finished,
  },
  {
    spec: "@modelcontextprotocol/server-memory@2026.8.31",
    bin: "mcp-server-memory",
    args: [],
    env: (folder) => ({ MEMORY_FILE_PATH: join(folder, "memory.jsonl") }),
    options: ({ home }) => {
      const file = join(home, "mapping.json");
      writeFileSync(file, JSON.stringify(memoryMapping));
      return ["--mapping", file];
    },
    prepare: nothing,
    fill: (server) => {
      const entity = (name: string, title: string, status: string) => ({
        name,
        entityType: "task",
        observations: [`title: ${title}`, `status: ${status}`],
      });
      const entities = [
        entity("login", "Fix login", "open"),
        entity("tests", "Add tests", "in progress"),
        entity("docs", "Write docs", "done"),
        { name: "ana", entityType: "person", observations: ["title: not a task"] },
      ];
      return server.callTool("create_entities", { entities });
    },
    shows: [/login[^\n]*Fix login/, /tests[^\n]*in progress[^\n]*Add tests/],
    hides: /Write docs|not a task/,
  },
];

const taskmaster: Server = {
  spec: "task-master-ai@0.43.1",
  bin: "task-master-ai",
  args: [],
  env: () => ({ TASK_MASTER_TOOLS: "all" }),
  options: () => [],
  prepare: nothing,
  fill: async (server, projectRoot) => {
    const options = {
      skipInstall: true,
      addAliases: false,
      initGit: false,
      storeTasksInGit: false,
    };
    await server.callTool("initialize_project", { projectRoot, yes: true, rules: [], ...options });
    const titles = ["Fix login", "Add tests", "Write docs"];
    for (const title of titles) {
      const task = { projectRoot, title, description: title, priority: "high" };
      await server.callTool("add_task", task);
    }
    return server.callTool("set_task_status", { projectRoot, id: "3", status: "done" });
  },
  shows: [/1 high[^\n]*Fix login/, /2 high[^\n]*Add tests/],
  hides: finished,
};

const asked =
  process.env["SITREP_TEST_TASKMASTER"] === undefined ? servers : [...servers, taskmaster];
const table: string[] = [];

describe.each(asked)("$spec", (server) => {
  let program = "";
  beforeAll(() => {
    program = join(ensurePackage(server.spec), "node_modules/.bin", server.bin);
  });

  test("its tasks are in the brief after one refresh", async () => {
    const context = prepareSources();
    const { folder } = context.project;
    server.prepare(context, program);
    const env = server.env(folder);
    const target = {
      transport: "stdio",
      command: program,
      args: server.args,
      env,
      cwd: folder,
    } as const;
    const limits = { name: server.bin, connectTimeoutMs: 30_000, requestTimeoutMs: 30_000 };
    await using connection = await connectMcp(target, limits);
    await server.fill(connection, folder);

    const given = Object.entries(env).flatMap(([name, value]) => ["--env", `${name}=${value}`]);
    const add = ["source", "add", "npm", ...given, ...server.options(context), "--json"];
    const tried = JSON.parse(await context.good([...add, "--", program, ...server.args])) as Tried;
    expect(tried.test).toMatchObject({ isGood: true, count: 2 });
    await context.good(["refresh"]);
    const brief = await context.brief();
    for (const line of server.shows) expect(brief).toMatch(line);
    expect(brief).not.toMatch(server.hides);
    expect(brief).toMatch(/Tasks read \d+ s ago \(npm\)/);
    const ms = (step: string): number =>
      tried.test.steps.find((one) => one.step === step)?.ms ?? -1;
    const version = `${connection.serverName} ${connection.serverVersion}`;
    const revision = connection.protocolVersion;
    table.push(
      `| ${server.spec} | ${version} | stdio, ${revision} | ${tried.test.count} | ${ms("connect")} ms | ${ms("tasks")} ms |`,
    );
  });
});

afterAll(() => {
  const head = "| package | server | transport | tasks listed | connect | list |";
  process.stdout.write(
    `\n${[head, "| --- | --- | --- | --- | --- | --- |", ...table].join("\n")}\n`,
  );
});
