// Real task servers from npm, each at a pinned version in a cache folder: a task that is made with the server's own tools
// is in the brief after one refresh. Taskmaster (1.4 GB) runs when SITREP_TEST_TASKMASTER is set.

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectMcp } from "../support/mcp/connect.ts";
import type { McpConnection } from "../../src/sources/mcp/mcp-connection.ts";
import { ensurePackage, packageFolder } from "../../scripts/cached-packages.ts";
import { prepareSources } from "../support/source-commands.ts";
import type { SourceContext } from "../support/source-commands.ts";

interface Step {
  step: string;
  ms: number;
}

interface Tried {
  test: { steps: Step[]; count: number; isGood: boolean };
  guessed: { what: string; is: string }[];
  source: { preset?: string };
}

interface Server {
  spec: string;
  /** The package with the program that runs it. */
  runtime?: string;
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

/** The text of a tool's response, as JSON. */
const told = async (call: ReturnType<McpConnection["callTool"]>): Promise<Record<string, string>> =>
  JSON.parse((await call).texts[0] ?? "") as Record<string, string>;

const issue = (iid: number, title: string, state: string) => ({
  id: 1000 + iid,
  iid,
  project_id: 8,
  title,
  description: "",
  state,
  created_at: "2026-11-01T09:00:00.000Z",
  updated_at: "2026-11-20T09:00:00.000Z",
  closed_at: null,
  labels: ["bug"],
  milestone: null,
  due_date: iid === 6 ? "2026-12-01" : null,
  author: { id: 1, username: "ada", name: "Ada", avatar_url: null, web_url: "https://x.example" },
  assignees: [],
  web_url: `https://gitlab.example/g/p/-/issues/${iid}`,
  references: { short: `#${iid}`, relative: `#${iid}`, full: `g/p#${iid}` },
});
const issues = [
  issue(6, "Fix login", "opened"),
  issue(7, "Add tests", "opened"),
  issue(5, "Write docs", "closed"),
];

/** Passed on by reference; the other servers do not get it. */
const token = "GITLAB_PERSONAL_ACCESS_TOKEN";
const secrets = { [token]: "fake" };

/** GitLab's API as far as a list of issues needs it. */
const gitlab = createServer(({ url = "" }, response) => {
  const { pathname, searchParams } = new URL(url, "http://gitlab");
  const state = searchParams.get("state");
  const known: Record<string, unknown> = {
    "/api/v4/user": { id: 1, username: "ada", name: "Ada" },
    "/api/v4/projects/g%2Fp/issues": issues.filter((one) => state === null || one.state === state),
  };
  response.writeHead(known[pathname] === undefined ? 404 : 200, {
    "content-type": "application/json",
  });
  response.end(JSON.stringify(known[pathname] ?? { message: "404 Not Found" }));
});
beforeAll(() => new Promise<void>((resolve) => gitlab.listen(0, "127.0.0.1", resolve)));
afterAll(() => void gitlab.close());

const finished = /Write docs/;

const orchestrator = "@allpepper/task-orchestrator@3.3.3";

/** Without a preset: each is read by a guessed mapping. */
const guessed: Server[] = [
  {
    spec: "mcp-shrimp-task-manager@1.0.21",
    bin: "mcp-shrimp-task-manager",
    args: [],
    env: (folder) => ({ DATA_DIR: join(folder, "shrimp") }),
    options: () => [],
    prepare: nothing,
    fill: async (server) => {
      const task = (name: string, dependencies: string[] = []) => ({
        name,
        description: `about ${name}`,
        implementationGuide: "do it",
        dependencies,
      });
      const tasks = [task("Fix login"), task("Add tests", ["Fix login"]), task("Write docs")];
      const tasksRaw = JSON.stringify(tasks);
      await server.callTool("split_tasks", { updateMode: "clearAllTasks", tasksRaw });
      const { texts } = await server.callTool("list_tasks", { status: "all" });
      const idOf = (name: string) =>
        new RegExp(`### ${name}\\s+\\*\\*ID:\\*\\* \`([^\`]+)`).exec(texts.join("\n"))?.[1];
      const summary = "It was written and reviewed by all of us.";
      await server.callTool("execute_task", { taskId: idOf("Write docs") });
      await server.callTool("verify_task", { taskId: idOf("Write docs"), summary, score: 95 });
      return server.callTool("execute_task", { taskId: idOf("Fix login") });
    },
    shows: [/in progress[^\n]*Fix login/, /blocked by[^\n]*Add tests|Add tests[^\n]*blocked/],
    hides: finished,
  },
  {
    spec: "@zeeg/dex@0.16.0",
    bin: "dex",
    args: ["mcp"],
    env: () => ({}),
    // Its tasks are in the folder in which it starts.
    options: () => ["--only-here"],
    prepare: nothing,
    fill: async (server) => {
      const add = (name: string, more: object = {}) =>
        told(server.callTool("create_task", { name, description: `about ${name}`, ...more }));
      const login = await add("Fix login");
      await add("Add tests", { blocked_by: [login["id"]] });
      const docs = await add("Write docs");
      const done = { id: docs["id"], completed: true, result: "written" };
      return server.callTool("update_task", done);
    },
    shows: [/Fix login/, /Add tests/],
    hides: finished,
  },
  {
    spec: "@stevestomp/ohno-mcp@0.20.0",
    bin: "ohno-mcp",
    args: [],
    env: (folder) => ({ OHNO_DB_PATH: join(folder, "ohno.db") }),
    options: () => [],
    prepare: nothing,
    fill: async (server) => {
      const add = async (title: string) =>
        (await told(server.callTool("create_task", { title })))["task_id"];
      await add("Fix login");
      const move = async (title: string, status: string) =>
        server.callTool("update_task_status", { task_id: await add(title), status });
      await move("Add tests", "in_progress");
      return move("Write docs", "done");
    },
    shows: [/Fix login/, /in progress[^\n]*Add tests/],
    hides: finished,
  },
  {
    spec: orchestrator,
    runtime: "bun@1.4.5",
    bin: "bun",
    args: [
      "run",
      join(packageFolder(orchestrator), "node_modules/@allpepper/task-orchestrator/src/server.ts"),
      "--stdio",
    ],
    env: (folder) => ({ TASK_ORCHESTRATOR_HOME: join(folder, "orchestrator") }),
    options: () => [],
    prepare: nothing,
    fill: async (server) => {
      const add = (title: string, priority: string) =>
        server.callTool("manage_container", {
          operation: "create",
          containerType: "task",
          complexity: 3,
          title,
          priority,
          summary: `about ${title}`,
        });
      await add("Fix login", "HIGH");
      await add("Add tests", "LOW");
      const response = (await told(add("Write docs", "LOW"))) as unknown as {
        data: { task: { id: string; version: number } };
      };
      const { id, version } = response.data.task;
      return server.callTool("terminate", { containerType: "task", id, version, reason: "no" });
    },
    shows: [/high[^\n]*Fix login/, /low[^\n]*Add tests/],
    hides: finished,
  },
  {
    spec: "@zereight/mcp-gitlab@2.1.64",
    bin: "mcp-gitlab",
    args: [],
    env: () => ({
      GITLAB_API_URL: `http://127.0.0.1:${(gitlab.address() as AddressInfo).port}/api/v4`,
    }),
    options: () => ["--with", "project_id=g/p", "--env", `${token}=\${env:${token}}`],
    prepare: nothing,
    fill: () => Promise.resolve(),
    shows: [/g\/p#6[^\n]*Fix login/, /g\/p#7[^\n]*Add tests/],
    hides: finished,
  },
];

const servers: Server[] = [
  ...guessed,
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

const howOf = ({ guessed: lines, source }: Tried): string => {
  const tool = lines.find(({ what }) => what === "tool")?.is;
  return tool === undefined ? (source.preset ?? "mapping given") : `guessed: ${tool}`;
};

describe.each(asked)("$spec", (server) => {
  let program = "";
  beforeAll(() => {
    ensurePackage(server.spec);
    program = join(ensurePackage(server.runtime ?? server.spec), "node_modules/.bin", server.bin);
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
      env: { ...env, ...secrets },
      cwd: folder,
    } as const;
    const limits = { name: server.bin, connectTimeoutMs: 30_000, requestTimeoutMs: 30_000 };
    await using connection = await connectMcp(target, limits);
    await server.fill(connection, folder);

    const given = Object.entries(env).flatMap(([name, value]) => ["--env", `${name}=${value}`]);
    const add = ["source", "add", "npm", ...given, ...server.options(context), "--json"];
    const command = ["--", program, ...server.args];
    const tried = JSON.parse(await context.good([...add, ...command], secrets)) as Tried;
    expect(tried.test).toMatchObject({ isGood: true, count: 2 });
    expect(tried.guessed.length > 0).toBe(guessed.includes(server));
    await context.good(["refresh"], secrets);
    const brief = await context.brief();
    for (const line of server.shows) expect(brief).toMatch(line);
    expect(brief).not.toMatch(server.hides);
    expect(brief).toMatch(/Tasks read \d+ s ago \(npm\)/);
    const ms = (step: string): number =>
      tried.test.steps.find((one) => one.step === step)?.ms ?? -1;
    const version = `${connection.serverName} ${connection.serverVersion}`;
    const revision = connection.protocolVersion;
    table.push(
      `| ${server.spec} | ${version} | stdio, ${revision} | ${howOf(tried)} | ${tried.test.count} | ${ms("connect")} ms | ${ms("tasks")} ms |`,
    );
  });
});

afterAll(() => {
  const head = "| package | server | transport | read by | tasks listed | connect | list |";
  process.stdout.write(
    `\n${[head, "| --- | --- | --- | --- | --- | --- | --- |", ...table].join("\n")}\n`,
  );
});
