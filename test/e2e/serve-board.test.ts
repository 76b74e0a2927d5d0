// The board of the built program: a person signs in at the identity provider, and the files of the page are served.

import { expect, test } from "vitest";
import { formBrowser } from "../support/board-client.ts";
import { startIdentityProvider } from "../support/identity-provider.ts";
import { addKeyTo, createServeFixture, startServeProcess } from "../support/serve-process.ts";
import { bearer } from "../support/rpc.ts";

test("a person signs in at the identity provider and changes the status of a task that a program added", async () => {
  const provider = await startIdentityProvider();
  provider.tokenClaims = { organization_id: "acme" };
  const context = createServeFixture({
    SITREP_ISSUER: provider.issuer,
    SITREP_AUDIENCE: "https://tasks.example/mcp",
    SITREP_BOARD_CLIENT_ID: "board",
  });
  const key = addKeyTo(context, "program", "--organization", "acme");
  const { url } = await startServeProcess(context);
  const added = await fetch(`${url}/tasks/batch`, {
    method: "POST",
    headers: { "content-type": "application/json", ...bearer(key) },
    body: JSON.stringify({ tasks: [{ project_id: "shop-api", title: "Pay & go" }] }),
  });
  expect(added.status).toBe(201);
  const browser = formBrowser(url);
  expect((await browser.get("/")).headers.get("location")).toBe("/sign-in?to=%2F");
  const start = await browser.get("/sign-in/start");
  const back = await provider.browser().open(start.headers.get("location") ?? "");
  expect((await browser.get(back ?? "")).headers.get("location")).toBe("/");
  const path = "/board?project=shop-api";
  const page = await (await browser.get(path)).text();
  expect(page).toContain("Pay &amp; go");
  for (const [, file = ""] of page.matchAll(/(?:src|href)="(\/board\/\w+\.[0-9a-f]+\.\w+)"/g)) {
    // oxlint-disable-next-line no-await-in-loop -- two
    expect((await browser.get(file)).status).toBe(200);
  }
  const [, move = ""] = /value="(completed [^"]+)"/.exec(page) ?? [];
  const moved = await browser.post(`/board/move?project=shop-api`, {
    csrf: await browser.csrf(),
    move,
  });
  expect(moved.status).toBe(303);
  const response = await fetch(`${url}/tasks/TASK-001`, { headers: bearer(key) });
  expect(await response.json()).toMatchObject({ task: { status: "completed" } });
  expect(await (await browser.get("/board/changes?project=shop-api")).text()).toContain("You");
});
