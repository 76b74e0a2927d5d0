// The acceptance scenarios of US-053, by name: the built `sitrep mcp` over stdio, before the real REST service on loopback.

import { expect, test } from "vitest";
import type { TaskBackend } from "../../src/server/backend.ts";
import { askedBy } from "../support/principals.ts";
import { aMcpContext, runMcp, startMcp } from "../support/mcp-program.ts";
import type { McpProgram } from "../support/mcp-program.ts";
import { startRecordingProxy } from "../support/recording-proxy.ts";
import type { RecordingProxy } from "../support/recording-proxy.ts";
import { startRestService } from "../support/rest-service.ts";
import { textOf } from "../support/tool-client.ts";

const project = "ai-agent-mcp-server";
const asked = askedBy("acme");

interface Scenario extends McpProgram {
  service: RecordingProxy;
  backend: TaskBackend;
}

/** The service, what stands before it, and the tools; `ana` is a key that the service knows. */
async function given(key = "ana"): Promise<Scenario> {
  const { url, backend } = await startRestService();
  const service = await startRecordingProxy(url);
  const env = { TASK_TRACKING_URL: service.url, TASK_TRACKING_API_KEY: key };
  return { service, backend, ...(await startMcp(aMcpContext(env))) };
}

const firstLine = (text: string): string => text.split("\n", 1)[0] ?? "";

test("Scenario 1: get_next_task returns pending task", async () => {
  const { backend, service, call } = await given();
  const task = {
    task_id: "TASK-051",
    project_id: project,
    description: "Generate HLS-006",
    inputs: ["PRD-006.md"],
    outputs: ["HLS-006.md"],
  };
  await backend.addTasks({ tasks: [task] }, asked);
  const response = await call("get_next_task", { project_id: project, status_filter: "pending" });
  expect(response.structuredContent).toMatchObject({ task });
  expect(JSON.parse(textOf(response))).toMatchObject(task);
  expect(service.requests).toEqual([
    {
      method: "GET",
      path: `/tasks/next?project=${project}&status=pending`,
      authorization: "Bearer ana",
      body: null,
    },
  ]);
});

test("Scenario 2: get_next_task returns None when no tasks", async () => {
  const { call } = await given();
  const response = await call("get_next_task", { project_id: project });
  expect(response.isError).toBeUndefined();
  expect(textOf(response)).toBe("null");
  expect(response.structuredContent).toMatchObject({ task: null });
});

test("Scenario 3: update_task_status updates task to completed", async () => {
  const { backend, service, call } = await given();
  const status = "in_progress";
  await backend.addTasks(
    { tasks: [{ task_id: "TASK-051", project_id: project, title: "A", status }] },
    asked,
  );
  const response = await call("update_task_status", {
    task_id: "TASK-051",
    status: "completed",
    completion_notes: "Done",
  });
  expect(response.structuredContent).toMatchObject({
    updated_task: {
      task_id: "TASK-051",
      status: "completed",
      completion_notes: "Done",
      completed_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    },
  });
  expect(service.requests).toMatchObject([
    {
      method: "PUT",
      path: "/tasks/TASK-051/status",
      body: { status: "completed", completion_notes: "Done" },
    },
  ]);
});

test("Scenario 4: get_next_available_id returns next sequential ID", async () => {
  const { backend, service, call } = await given();
  await backend.reserveIds({ type: "US", project_id: project, count: 27 }, asked);
  const response = await call("get_next_available_id", {
    artifact_type: "US",
    project_id: project,
  });
  expect(textOf(response)).toBe("US-028");
  expect(response.structuredContent).toEqual({ next_id: "US-028" });
  expect(service.requests).toMatchObject([
    { method: "GET", path: `/ids/next?type=US&project=${project}` },
  ]);
});

test("Scenario 5: reserve_id_range reserves contiguous ID range", async () => {
  const { backend, service, call } = await given();
  await backend.reserveIds({ type: "US", project_id: project, count: 27 }, asked);
  const args = { artifact_type: "US", count: 6, project_id: project };
  const response = await call("reserve_id_range", args);
  expect(response.structuredContent).toEqual({
    reserved_ids: ["US-028", "US-029", "US-030", "US-031", "US-032", "US-033"],
    reservation_id: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
    expires_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
  });
  expect(service.requests).toMatchObject([{ method: "POST", path: "/ids/reserve" }]);
});

test("Scenario 6: add_task adds batch of tasks", async () => {
  const { service, call } = await given();
  const tasks = [
    { task_id: "TASK-046", project_id: project, description: "Generate HLS-006" },
    {
      task_id: "TASK-047",
      project_id: project,
      description: "Generate HLS-007",
      // The service's own fields are its own affair.
      sdlc_phase: "design",
      context: { story: "US-053", points: [5, null] },
    },
  ];
  const response = await call("add_task", { tasks });
  const added = { success: true, tasks_added: 2, task_ids: ["TASK-046", "TASK-047"] };
  expect(response.structuredContent).toEqual(added);
  expect(JSON.parse(textOf(response))).toEqual(added);
  expect(service.requests).toMatchObject([{ method: "POST", path: "/tasks/batch" }]);
  expect(service.requests[0]?.body).toEqual({ tasks });
});

test("Scenario 7: Handle microservice unavailable (ConnectionError)", async () => {
  const { service, call } = await given();
  await service.stop();
  const response = await call("get_next_task", { project_id: project });
  expect(response.isError).toBe(true);
  expect(textOf(response)).toBe(
    `Task Tracking microservice unavailable: Connection refused at ${service.url}\n` +
      "Code: source-unreachable. Retrying in a moment may help.",
  );
});

test("Scenario 8: Handle HTTP 404 error (task not found)", async () => {
  const { call } = await given();
  const response = await call("update_task_status", { task_id: "TASK-999", status: "completed" });
  expect(response.isError).toBe(true);
  expect(firstLine(textOf(response))).toBe("Task not found: TASK-999");
});

test("Scenario 9: Handle HTTP 401 error (invalid API key)", async () => {
  const { client, call } = await given("not-a-key");
  const args: Record<string, Record<string, unknown>> = {
    update_task_status: { task_id: "TASK-051", status: "completed" },
    add_task: { tasks: [{ title: "A" }] },
    get_next_available_id: { artifact_type: "US" },
    reserve_id_range: { artifact_type: "US", count: 1 },
  };
  const listed = (await client.listTools()).tools;
  // Notes stay on this machine.
  const tools = listed.filter(({ name }) => name !== "leave_note");
  expect(tools).toHaveLength(6);
  for (const { name } of tools) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const response = await call(name, args[name]);
    expect(`${name}: ${firstLine(textOf(response))}`).toBe(
      `${name}: Task Tracking API error: 401 - Unauthorized`,
    );
    expect(textOf(response)).not.toContain("not-a-key");
  }
});

test("Scenario 10: Environment variable validation on startup", () => {
  for (const env of [
    { TASK_TRACKING_URL: "http://127.0.0.1:8080" },
    { TASK_TRACKING_API_KEY: "" },
    { TASK_TRACKING_API_KEY: " ", TASK_TRACKING_URL: "http://127.0.0.1:8080" },
  ]) {
    const { code, stdout, stderr } = runMcp(aMcpContext(env));
    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toContain("TASK_TRACKING_API_KEY environment variable not set");
  }
  const { code, stderr } = runMcp(aMcpContext(), ["--backend", "rest"]);
  expect(code).toBe(1);
  expect(stderr).toContain("TASK_TRACKING_API_KEY environment variable not set");
});

test("the story's tools keep their error sentences when the service refuses or is unreachable", async () => {
  const { service, call } = await given();
  const reserve = { artifact_type: "US", count: 1 };
  const sentence = async (tool: string, args: Record<string, unknown> = {}): Promise<string> =>
    firstLine(textOf(await call(tool, args)));
  service.instead = { status: 500, body: "<h1>\u0007Broken</h1>" };
  expect(await sentence("reserve_id_range", reserve)).toBe(
    'Task Tracking API error: 500 - "‹h1›Broken‹/h1›"',
  );
  service.instead = { status: 401, body: '{"title":"The key ana is unknown","detail":"ana"}' };
  expect(textOf(await call("reserve_id_range", reserve))).toBe(
    "Task Tracking API error: 401 - Unauthorized\n" +
      "Code: source-refused. Retrying will not help. A human must check the key.",
  );
  service.instead = { status: 400, body: '{"detail":"TASK-1 is completed"}' };
  const done = { task_id: "TASK-1", status: "completed" };
  expect(await sentence("update_task_status", done)).toBe(
    'Invalid status transition: "TASK-1 is completed"',
  );
  await service.stop();
  const refused = `Connection refused at ${service.url}`;
  expect(await sentence("update_task_status", done)).toBe(`Network error: ${refused}`);
  expect(await sentence("reserve_id_range", reserve)).toBe(`ID reservation API error: ${refused}`);
  expect(await sentence("add_task", { tasks: [{ title: "A" }] })).toBe(
    `Batch task addition API error: ${refused}`,
  );
  expect(await sentence("get_next_available_id", { artifact_type: "US" })).toBe(
    `ID management API error: ${refused}`,
  );
});
