// The real client, 2.1.329: it calls our tools through the `.mcp.json` that `install --mcp` wrote.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { install } from "../support/installed.ts";
import type { TestInstallation } from "../support/installation.ts";
import { bash, runClaude } from "./claude.ts";
import { countIn, textsOf } from "./fake-messages-api.ts";
import type { MessagesRequest, ToolCall } from "./fake-messages-api.ts";

const done = { text: "done" };
const own = (name: string): string => `mcp__sitrep__${name}`;
const search = (query: string): { calls: ToolCall[] } => ({
  calls: [{ tool: "ToolSearch", input: { query } }],
});
const call = (name: string, input: Record<string, unknown> = {}): { calls: ToolCall[] } => ({
  calls: [{ tool: own(name), input }],
});

interface LogLine {
  msg: string;
  pid: number;
  tool?: string;
  http_status?: number;
}

function logOf({ state }: TestInstallation): LogLine[] {
  const text = readFileSync(join(state, "logs/mcp.log"), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as LogLine);
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** What the last search of a request found first. The client puts remarks of its own between the messages. */
function firstFound({ messages }: MessagesRequest): string | undefined {
  const results = messages.map((message) => JSON.stringify(message));
  const last = results.findLast((text) => text.includes("tool_reference")) ?? "";
  return /"tool_name":"(\w+)"/.exec(last)?.[1];
}

async function withTools(...args: string[]): Promise<TestInstallation> {
  const installation = await install();
  installation.ok("install", "--yes", "--mcp", ...args);
  installation.ok("task", "add", "Add OIDC login", "--priority", "high");
  installation.ok("task", "add", "Write the docs", "--priority", "low");
  return installation;
}

describe("Claude Code", () => {
  test("takes and completes the next task with Sitrep's tools, and the next brief shows the result", async () => {
    const installation = await withTools();
    const taken = { task_id: "TASK-001", status: "in_progress" };
    const finished = { task_id: "TASK-001", status: "completed", completion_notes: "deployed" };
    const replies = [
      search("select:mcp__sitrep__get_next_task,mcp__sitrep__update_task_status"),
      call("get_next_task"),
      call("update_task_status", taken),
      call("update_task_status", finished),
      bash("echo working on"),
    ];
    const session = await runClaude(installation, {
      script: (_, index) => replies[index - 1] ?? done,
    });
    expect(session.exitCode).toBe(0);
    const text = textsOf(session.requests.at(-1));
    expect(text).toMatch(/"task":\{"task_id":"TASK-001","project_id":"shop-api"/);
    expect(text).toMatch(/"updated_task":\{"task_id":"TASK-001",.*"status":"completed"/);
    expect(text).toContain("working on");
    // It was its own doing, and is no news.
    expect(countIn(session.requests.at(-1), "PreToolUse:Bash hook additional context")).toBe(0);
    expect(session.debug).not.toMatch(/MCP server "sitrep".*(error|failed|stderr)/i);

    const next = await runClaude(installation, { script: () => done });
    const brief = textsOf(next.requests[0]);
    expect(brief).toMatch(/Next: TASK-002 low: "Write the docs/);
    expect(brief).not.toContain("Next: TASK-001");

    const log = logOf(installation);
    expect(log.map(({ msg, tool, http_status: status }) => [msg, tool, status])).toEqual([
      ["started", undefined, undefined],
      ["tool call", "get_next_task", 200],
      ["tool call", "update_task_status", 200],
      ["tool call", "update_task_status", 200],
      ["started", undefined, undefined],
    ]);
    await expect.poll(() => log.some(({ pid }) => isAlive(pid))).toBe(false);
  });

  test("finds each tool first when it searches for its purpose", async () => {
    const queries = {
      get_next_task: "what task to work on next",
      update_task_status: "mark task completed",
      add_task: "create new task to-do",
      list_tasks: "list tasks backlog",
      get_next_available_id: "next available id",
      reserve_id_range: "reserve range of ids",
      list_tickets: "list support tickets",
      get_ticket: "read one ticket by its id",
      search_tickets: "search support tickets",
      create_ticket: "create ticket bug report",
      get_project_report: "project progress report statistics",
    };
    const searches = Object.entries(queries);
    const installation = await withTools();
    const config = join(installation.sitrepHome, "config.json");
    writeFileSync(config, JSON.stringify({ tools: ["all"] }));
    const session = await runClaude(installation, {
      script: (_, index) => {
        const [, query] = searches[index - 1] ?? [];
        return query === undefined ? done : search(query);
      },
    });
    const found = session.requests.slice(1).map(firstFound);
    expect(found).toEqual(Object.keys(queries).map(own));
  });

  test("reads a refusal that says what to do", async () => {
    const replies = [
      search("select:mcp__sitrep__update_task_status"),
      call("update_task_status", { task_id: "TASK-999", status: "completed" }),
    ];
    const session = await runClaude(await withTools(), {
      script: (_, index) => replies[index - 1] ?? done,
    });
    expect(textsOf(session.requests.at(-1))).toContain(
      "Task not found: TASK-999\nCode: task-not-found. Retrying will not help.",
    );
  });

  test("may not call the tools if a person declined the permission rule", async () => {
    const installation = await withTools("--no-mcp-permission");
    const replies = [search("select:mcp__sitrep__get_next_task"), call("get_next_task")];
    const session = await runClaude(installation, {
      script: (_, index) => replies[index - 1] ?? done,
    });
    expect(textsOf(session.requests.at(-1))).not.toContain('"task":{');
    expect(logOf(installation).map(({ msg }) => msg)).toEqual(["started"]);
  });
});
