// The board in a real browser: by mouse, by keyboard, without script, live, and by two people at once.

import type { Page } from "playwright-core";
import { beforeEach, describe, expect, test } from "vitest";
import type { NewWireTask } from "../../src/server/wire.ts";
import {
  boardPath,
  newPerson,
  project,
  signedIn,
  startBoard,
  taskPath,
  type BoardServer,
} from "../support/board.ts";
import { axeFindings, hasChromium } from "../support/chromium.ts";
import { askedBy } from "../support/principals.ts";
import { bearer } from "../support/rpc.ts";

const few: Omit<NewWireTask, "project_id">[] = [
  {
    task_id: "S-1",
    title: "Add OIDC login",
    priority: "high",
    assignees: ["ana"],
    description: "a\nb",
  },
  { task_id: "S-2", title: "Rotate the keys", priority: "urgent" },
  { task_id: "S-3", title: "Write the docs", depends_on: ["S-1"] },
  { task_id: "S-4", title: "Refund twice", status: "in_progress", assignees: ["jun", "ada"] },
  { task_id: "S-5", title: "Ship it", status: "completed" },
  { task_id: "S-6", title: "Ask the bank", status: "blocked" },
];

let server: BoardServer;
let programKey: Promise<string>;
beforeEach(async () => {
  if (!hasChromium) return;
  server = await startBoard();
  await server.add(few);
  programKey = server.addKey({ user: "ana" });
});

const card = (page: Page, title: string) => page.locator(".card", { hasText: title });
const columnOf = (page: Page, title: string): Promise<string | null> =>
  page.locator(".column", { has: card(page, title) }).getAttribute("data-status");
const statusOf = async (id: string): Promise<string> =>
  (await server.backend.getTask({ id, project }, askedBy("acme"))).task.status;
/** A program moves a task, by REST. */
async function api(id: string, status: "in_progress" | "completed"): Promise<void> {
  const response = await fetch(`${server.url}/tasks/${id}/status?project=${project}`, {
    method: "PUT",
    headers: { "content-type": "application/json", ...bearer(await programKey) },
    body: JSON.stringify({ status }),
  });
  expect(response.status).toBe(200);
}

/** Until the page hears of changes. */
const listening = (page: Page): Promise<unknown> =>
  page.waitForResponse((one) => one.url().includes("/board/events"));

async function openBoard(user: string, query: Record<string, string> = {}) {
  const person = await signedIn(server, { user });
  await Promise.all([listening(person.page), person.open(boardPath(query))]);
  return person;
}

describe.runIf(hasChromium)("a reader of the board", () => {
  test("sees each task in the column of its status, with owner, priority and blockers", async () => {
    const { page, said } = await openBoard("ada");
    const shown = async (title: string) => [
      await columnOf(page, title),
      (await card(page, title).innerText()).replaceAll(/\s+/g, " "),
    ];
    expect(await shown("Add OIDC login")).toEqual([
      "pending",
      expect.stringMatching(/S-1 high ana/),
    ]);
    expect(await shown("Write the docs")).toEqual([
      "pending",
      expect.stringMatching(/waits for S-1/),
    ]);
    expect(await shown("Refund twice")).toEqual(["in_progress", expect.stringMatching(/jun \+1/)]);
    expect(await shown("Ship it")).toEqual(["completed", expect.stringMatching(/S-5/)]);
    expect(await page.locator("[data-status=pending] .title").allInnerTexts()).toEqual([
      "Rotate the keys",
      "Add OIDC login",
      "Write the docs",
    ]);
    expect(said).toEqual([]);
  });

  test("filters by text, by owner and by status", async () => {
    const { page, open } = await openBoard("ada");
    const titles = (): Promise<string[]> => page.locator(".card .title").allInnerTexts();
    await page.getByLabel("Text").fill("oidc");
    await page.getByRole("button", { name: "Filter" }).click();
    await page.waitForURL(/text=oidc/);
    expect(await titles()).toEqual(["Add OIDC login"]);
    await open(boardPath({ owner: "jun" }));
    expect(await titles()).toEqual(["Refund twice"]);
    await open(boardPath({ text: "100%" }));
    expect(await titles()).toEqual([]);
    await open(boardPath({ status: "blocked" }));
    expect(await titles()).toEqual(["Ask the bank"]);
  });

  test("goes from the projects to a task with its history, to each person's tasks, and to the last changes", async () => {
    await api("S-2", "in_progress");
    const { page, said } = await signedIn(server, { user: "ada" });
    await page.getByRole("link", { name: project }).click();
    await page.getByRole("link", { name: "Rotate the keys" }).click();
    const history = page.locator(".activity");
    await expect.poll(() => history.innerText()).toMatch(/ana .* status pending → in progress/);
    await page.getByRole("link", { name: "Who works on what" }).click();
    const mine = page.locator("section", { hasText: "You" });
    await expect.poll(() => mine.innerText()).toContain("Refund twice");
    expect(await page.locator("section", { hasText: "ana" }).innerText()).toContain(
      "Rotate the keys",
    );
    await page.getByRole("link", { name: "Changes" }).click();
    const [latest] = await page.locator("tbody tr").allInnerTexts();
    expect(latest).toMatch(/ana\s+S-2 Rotate the keys\s+status pending → in progress/);
    expect(said).toEqual([]);
  });
});

describe.runIf(hasChromium)("a user of the board changes a task", () => {
  test("with the mouse: a card is dragged to another column", async () => {
    const { page } = await openBoard("ada");
    await card(page, "Rotate the keys").dragTo(page.locator("[data-status=in_progress]"));
    await expect.poll(() => columnOf(page, "Rotate the keys")).toBe("in_progress");
    expect(await statusOf("S-2")).toBe("in_progress");
    expect(await page.locator("#said").innerText()).toBe("Moved to In progress.");
    // A completed task stays.
    await api("S-2", "completed");
    await expect.poll(() => columnOf(page, "Rotate the keys")).toBe("completed");
    expect(await card(page, "Rotate the keys").getAttribute("draggable")).toBeNull();
  });

  test("by keyboard: arrows select a task, Shift and arrows change its status, and it keeps the focus", async () => {
    const { page } = await openBoard("ada");
    await card(page, "Rotate the keys").locator("a").focus();
    await page.keyboard.press("ArrowDown");
    const focused = (): Promise<string | null> =>
      page.locator(":focus").evaluate((one) => one.textContent);
    expect(await focused()).toBe("Add OIDC login");
    await page.keyboard.press("Shift+ArrowRight");
    await expect.poll(() => columnOf(page, "Add OIDC login")).toBe("in_progress");
    await expect.poll(focused).toBe("Add OIDC login");
    await page.keyboard.press("Shift+ArrowLeft");
    // The page shows it after the server has it, and until then the arrows go from where it was.
    await expect.poll(() => columnOf(page, "Add OIDC login")).toBe("pending");
    await expect.poll(focused).toBe("Add OIDC login");
    expect(await statusOf("S-1")).toBe("pending");
    await page.keyboard.press("ArrowRight");
    expect(await focused()).toBe("Refund twice");
    // By the menu, with what every keyboard and screen reader has.
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    expect((await focused())?.trim()).toBe("Blocked");
    await page.keyboard.press("Enter");
    await expect.poll(() => columnOf(page, "Refund twice")).toBe("blocked");
  });

  test("without a script, by forms for status, assignee, comment and new task", async () => {
    const key = await server.addKey({ user: "ada" });
    const { page, open } = await newPerson(server.url, { javaScriptEnabled: false });
    await open(boardPath());
    await page.getByLabel("Key").fill(key);
    await page.getByRole("button", { name: "Sign in" }).click();
    // To where the person wanted to go.
    expect(page.url()).toBe(server.url + boardPath());
    await card(page, "Rotate the keys").getByText("Move").click();
    await card(page, "Rotate the keys").getByRole("button", { name: "In progress" }).click();
    expect(page.url()).toBe(server.url + boardPath());
    expect(await columnOf(page, "Rotate the keys")).toBe("in_progress");
    await page.getByText("Add a task").click();
    await page.getByLabel("Title").fill("Pay & <go>");
    await page.getByLabel("Priority").selectOption("low");
    await page.getByRole("button", { name: "Add the task" }).click();
    await card(page, "Pay & <go>").getByRole("link").click();
    await page.getByRole("button", { name: "Assign to me" }).click();
    await page.getByLabel("Text").fill("First line\nSecond line");
    await page.getByRole("button", { name: "Comment" }).click();
    expect(await page.locator(".activity pre").innerText()).toBe("First line\nSecond line");
    await page.getByLabel("Notes").fill("done in staging");
    await page.getByRole("button", { name: "Completed" }).click();
    const { tasks } = await server.backend.listTasks(
      { project, status: "completed", page: 1, page_size: 100 },
      askedBy("acme"),
    );
    expect(tasks.find(({ title }) => title === "Pay & <go>")).toMatchObject({
      assignees: ["ada"],
      priority: "low",
      completion_notes: "done in staging",
    });
  });
});

describe.runIf(hasChromium)("several people on the board", () => {
  test("see a change by another person or a program without reloading", async () => {
    const [ada, jun] = [await openBoard("ada"), await openBoard("jun")];
    await card(jun.page, "Ask the bank").dragTo(jun.page.locator("[data-status=completed]"));
    await expect.poll(() => columnOf(ada.page, "Ask the bank")).toBe("completed");
    await api("S-1", "in_progress");
    await expect.poll(() => columnOf(ada.page, "Add OIDC login")).toBe("in_progress");
    expect(ada.said).toEqual([]);
  });

  test("keep a page that they type into until they are done", async () => {
    const { page } = await openBoard("ada");
    await page.getByText("Add a task").click();
    await page.getByLabel("Title").fill("Half a sen");
    await api("S-2", "in_progress");
    const title = page.getByLabel("Title");
    await title.press("End");
    await title.pressSequentially("tence");
    expect(await title.inputValue()).toBe("Half a sentence");
    await page.getByRole("button", { name: "Add the task" }).click();
    await expect.poll(() => columnOf(page, "Half a sentence")).toBe("pending");
    expect(await columnOf(page, "Rotate the keys")).toBe("in_progress");
  });

  test("cannot overwrite each other: the second sees the first one's change, and the second change is refused", async () => {
    const person = (user: string) => signedIn(server, { user }, { javaScriptEnabled: false });
    const [ada, jun] = [await person("ada"), await person("jun")];
    await ada.open(taskPath("S-2"));
    await jun.open(taskPath("S-2"));
    await ada.page.getByRole("button", { name: "In progress" }).click();
    await jun.page.getByLabel("Notes").fill("I had begun yesterday");
    await jun.page.getByRole("button", { name: "Blocked" }).click();
    expect(await jun.page.getByRole("alert").innerText()).toMatch(
      /^ada changed this task \d+ s ago: status pending → in progress\. Your change was not made/,
    );
    expect(await jun.page.getByLabel("Notes").inputValue()).toBe("I had begun yesterday");
    expect(await statusOf("S-2")).toBe("in_progress");
    // Having seen it, she can.
    await jun.page.getByRole("button", { name: "Blocked" }).click();
    expect(await statusOf("S-2")).toBe("blocked");
    // The same for who has it, with what she typed.
    await ada.open(taskPath("S-1"));
    await jun.open(taskPath("S-1"));
    await ada.page.getByRole("button", { name: "Assign to me" }).click();
    await jun.page.getByLabel("Names, separated by commas").fill("jun, leo");
    await jun.page.getByRole("button", { name: "Assign", exact: true }).click();
    expect(await jun.page.getByRole("alert").innerText()).toContain("assignees ana → ada");
    expect(await jun.page.getByLabel("Names, separated by commas").inputValue()).toBe("jun, leo");
  });

  test("hear the refusal announced by the script, and see the current board", async () => {
    const { page } = await openBoard("jun");
    await page.evaluate("EventSource.prototype.addEventListener = () => {}");
    await page.route("**/board?**", (route) =>
      route.request().resourceType() === "fetch" ? route.abort() : route.continue(),
    );
    await api("S-2", "completed");
    await card(page, "Rotate the keys").getByText("Move").click();
    await page.unroute("**/board?**");
    await card(page, "Rotate the keys").getByRole("button", { name: "In progress" }).click();
    await expect
      .poll(() => page.locator("#said").innerText())
      .toMatch(/^ana changed this task .* Your change was not made/);
    await expect.poll(() => columnOf(page, "Rotate the keys")).toBe("completed");
  });
});

describe.runIf(hasChromium)("the board for everybody", () => {
  const pages = [
    "/",
    boardPath(),
    taskPath("S-1"),
    taskPath("S-5"),
    "/board/people?project=shop-api",
  ];
  pages.push(
    "/board/changes?project=shop-api",
    "/board?project=none",
    boardPath({ status: "completed" }),
  );

  test.each([
    [320, "light"],
    [768, "dark"],
    [1440, "light"],
  ] as const)(
    "has no axe violation at %d pixels in %s, and nothing is wider than the screen",
    async (width, colorScheme) => {
      const { page, open, said } = await signedIn(
        server,
        {},
        { colorScheme, viewport: { width, height: 900 } },
      );
      const check = async (): Promise<void> => {
        const where = page.url();
        expect.soft(await axeFindings(page), where).toEqual([]);
        expect.soft(await page.evaluate("document.documentElement.scrollWidth"), where).toBe(width);
      };
      for (const path of pages) {
        // oxlint-disable no-await-in-loop -- one page
        await open(path);
        await page.evaluate(
          "document.querySelectorAll('details').forEach((one) => (one.open = true))",
        );
        await check();
        // oxlint-enable no-await-in-loop
      }
      await page.getByRole("button", { name: "Sign out" }).click();
      await check();
      await page.getByLabel("Key").fill("wrong");
      await page.getByRole("button", { name: "Sign in" }).click();
      await check();
      expect(said.filter((text) => !/status of 40[14]/.test(text))).toEqual([]);
    },
  );

  test("offers to skip to the content at the first Tab", async () => {
    const { page } = await openBoard("ada");
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Skip to the content");
  });
});
