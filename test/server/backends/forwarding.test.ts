// A server in front of a task service: the service knows each caller, and the metrics show the breaker.

import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createForwardingBackend } from "../../../src/server/backends/forwarding-backend.ts";
import { plainProjectNames } from "../../../src/server/backends/project-names.ts";
import { createStoreBackend, dayMs } from "../../../src/server/backends/store-backend.ts";
import { openStore } from "../../../src/store/database/database.ts";
import { bearer, postRpc, rpcAnswer } from "../../support/rpc.ts";
import { startServing } from "../../support/serving.ts";
import type { ServingSources } from "../../support/serving.ts";
import { temporaryFolder } from "../../support/temporary.ts";

const project = "shop-api";

async function startBoth(): Promise<{ front: ServingSources; back: ServingSources }> {
  const store = await openStore({ file: join(temporaryFolder(), "tasks.db") });
  const clock = (): Date => new Date();
  const projects = plainProjectNames;
  const stored = createStoreBackend({ store, projects, clock, reservationMs: dayMs });
  onTestFinished(() => stored[Symbol.asyncDispose]());
  const back = await startServing({ parts: { backend: stored } });
  const key = await back.addKey({
    mayActAs: true,
    inAnyOrganization: true,
    organization: "front",
    user: "front",
  });
  const backend = createForwardingBackend({ url: back.url, key });
  onTestFinished(() => backend[Symbol.asyncDispose]());
  const breaker = (): ReturnType<typeof backend.metrics>["breaker"] => backend.metrics().breaker;
  return { back, front: await startServing({ parts: { backend, breaker } }) };
}

const call = async (url: string, key: string, name: string, args: object): Promise<string> => {
  const params = { name, arguments: args };
  return JSON.stringify(
    await rpcAnswer(await postRpc(url, "tools/call", { params, headers: bearer(key) })),
  );
};

test("the service gets the user and organization of each caller, and keeps them apart", async () => {
  const { front, back } = await startBoth();
  const ada = await front.addKey({ user: "ada", organization: "acme" });
  const eve = await front.addKey({ user: "eve", organization: "evil" });
  await call(front.url, ada, "create_ticket", { title: "zebra" });
  expect(await call(front.url, ada, "list_tickets", {})).toContain("zebra");
  expect(await call(front.url, eve, "list_tickets", {})).not.toContain("zebra");
  const principals = back.log.map(({ principal }) => principal);
  expect(principals).toContain("ada@acme");
  expect(principals).toContain("eve@evil");
});

test("a caller without an organization sees nothing of the organization of the server's own key", async () => {
  const { front, back } = await startBoth();
  const inside = await back.addKey({ organization: "front" });
  await call(back.url, inside, "create_ticket", { title: "zebra" });
  const nobody = await front.addKey({ user: "ada", organization: "" });
  expect(await call(front.url, nobody, "list_tickets", {})).not.toContain("zebra");
  expect(back.log.at(-1)?.["principal"]).toBe("ada@");
});

test("concurrent calls keep their own user and organization", async () => {
  const { front } = await startBoth();
  const keys = await Promise.all(
    [1, 2, 3, 4].map((at) => front.addKey({ user: `u${at}`, organization: `org-${at}` })),
  );
  const task = (at: number): object => ({ project_id: project, title: `of org-${at + 1}` });
  await Promise.all(
    keys.flatMap((key, at) =>
      Array.from({ length: 10 }, () => call(front.url, key, "add_task", { tasks: [task(at)] })),
    ),
  );
  const lists = await Promise.all(
    keys.map((key) => call(front.url, key, "list_tasks", { project_id: project })),
  );
  for (const [at, list] of lists.entries()) {
    expect(list.match(/of org-\d/g)?.every((found) => found === `of org-${at + 1}`)).toBe(true);
    expect(list).toContain('"total":10,"page"');
  }
});

test("a name that does not fit into a header fails only its own call", async () => {
  const { front } = await startBoth();
  const key = await front.addKey({ user: "åda", organization: "acme" });
  // Enough to open the breaker if they counted as failures of the service.
  for (let round = 0; round < 6; round += 1) {
    expect(await call(front.url, key, "list_tickets", {})).toContain("Code: not-supported");
  }
  const other = await front.addKey({ user: "ada", organization: "acme" });
  expect(await call(front.url, other, "list_tickets", {})).not.toContain('"isError":true');
});

test("the metrics show an open circuit breaker when the service is down", async () => {
  const { front, back } = await startBoth();
  const key = await front.addKey({ permissions: ["tools", "admin"] });
  const metrics = async (): Promise<string> =>
    (await fetch(`${front.url}/metrics`, { headers: bearer(key) })).text();
  expect(await metrics()).toContain('sitrep_breaker_state{state="closed"} 1');
  await back.stop();
  const refused = await call(front.url, key, "list_tasks", { project_id: project });
  expect(refused).toContain("Connection refused");
  const asked = await fetch(`${front.url}/tasks?project=${project}`, { headers: bearer(key) });
  expect(asked.status).toBe(503);
  expect(await asked.json()).toMatchObject({ code: "source-cooldown" });
  expect(await metrics()).toContain('sitrep_breaker_state{state="open"} 1');
  expect((await fetch(`${front.url}/health`)).status).toBe(503);
});
