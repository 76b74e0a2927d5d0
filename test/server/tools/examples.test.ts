// The example of each tool in docs/task-server.md, called in its order on a real store.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { listTools } from "../../../src/server/tools/tool-server.ts";
import { temporaryBackend } from "../../support/rest-service.ts";
import { connectTools, textOf } from "../../support/tool-client.ts";

const page = readFileSync(join(import.meta.dirname, "../../../docs/task-server.md"), "utf8");
/** `…` stands for omitted fields. */
const value = (text: string): Record<string, unknown> =>
  JSON.parse(text.replaceAll(/,? ?…/g, "")) as Record<string, unknown>;

test("every tool has an example in the document, and responds as the example says", async () => {
  const examples = [...page.matchAll(/^(\w+) (\{.*\})\n {2}(\{.*\})$/gm)];
  expect(examples.map(([, tool]) => tool).toSorted()).toEqual(
    listTools(null)
      .map(({ name }) => name)
      .toSorted(),
  );
  const { call } = await connectTools({ backend: await temporaryBackend() });
  for (const [, tool = "", args = "", result = ""] of examples) {
    // oxlint-disable-next-line no-await-in-loop -- in their order
    const response = await call(tool, value(args));
    expect(response.structuredContent).toMatchObject(value(result));
  }
});

test("the refusal in the document is the tool's own response", async () => {
  const { call } = await connectTools({ backend: await temporaryBackend() });
  await call("add_task", { tasks: [{ task_id: "TASK-051", title: "A", status: "completed" }] });
  const refused = await call("update_task_status", { task_id: "TASK-051", status: "in_progress" });
  const [, shown] = /```\n(Invalid status transition.*\n.*)\n```/.exec(page) ?? [];
  expect(textOf(refused)).toBe(shown);
});
