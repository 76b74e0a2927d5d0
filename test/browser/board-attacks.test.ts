// The board in a real browser, against those who write tasks: no text of theirs runs, loads or becomes a part of a page.

import { randomUUID } from "node:crypto";
import type { Page } from "playwright-core";
import { describe, expect, onTestFinished, test } from "vitest";
import { rowFromTask } from "../../src/store/task-row.ts";
import { markup, texts } from "../support/attack-texts.ts";
import { signedIn, startBoard, type BoardServer } from "../support/board.ts";
import { aNewTask } from "../support/builders.ts";
import { hasChromium } from "../support/chromium.ts";

const ownElements =
  "html head meta title link script body a header nav main p form input button span strong h1 h2 div details summary label select option textarea section ol ul li dl dt dd time table thead tbody tr th td br pre";

/** What of others ran, was loaded, or became a part of the page. A text, as all that runs in the page. */
const harm = (page: Page): Promise<unknown> =>
  page.evaluate(`(() => {
    const own = new Set("${ownElements}".split(" "));
    const all = [...document.querySelectorAll("*")];
    const addresses = (name) => all.map((one) => one.getAttribute(name)).filter((one) => one !== null);
    return {
      ran: "pwned" in window,
      foreign: all.map((one) => one.localName).filter((name) => !own.has(name)),
      handlers: all.flatMap((one) => one.getAttributeNames()).filter((name) => /^on|^style$|^autofocus$/.test(name)),
      scripts: document.scripts.length,
      links: addresses("href").filter((one) => !/^(?:#|\\/(?!\\/)|https?:\\/\\/)/.test(one)),
      actions: addresses("action").filter((one) => !/^\\/(?!\\/)/.test(one)),
      moved: location.host,
    };
  })()`);

interface Place {
  readonly project: string;
  readonly id: string;
}

/** A task whose every text is `text`, also in its history and a comment. Not by the API, which refuses some. */
async function attack({ store }: BoardServer, text: string, { project, id }: Place): Promise<void> {
  const key = { organization: "acme", project };
  const now = new Date().toISOString();
  const task = {
    ...aNewTask({ title: text.slice(0, 5000), description: text.slice(0, 65_536) }),
    id,
    status: "in_progress" as const,
    assignees: [text.slice(0, 200)],
    labels: [text.slice(0, 200)],
    due: text.slice(0, 40),
    url: text.slice(0, 500),
    branch: text.slice(0, 200),
    completionNotes: text.slice(0, 5000),
  };
  const row = rowFromTask(task, key, now);
  const waiting = rowFromTask(
    { ...task, id: `${id}2`, status: "pending", dependsOn: [id] },
    key,
    now,
  );
  const before = { ...row, title: `${text.slice(0, 900)} before`, status: "pending" };
  const [author, change] = [text.slice(0, 200), randomUUID()];
  const step = { ...key, change, task_id: id, at: now, author, is_undo: 0, is_undone: 0 };
  const body = text.slice(0, 10_000);
  const comment = { ...key, id: randomUUID(), task_id: id, at: now, author, body };
  await store.write(async (db) => {
    await db
      .insertInto("tasks")
      .values([row, { ...waiting, held: 1 }])
      .execute();
    await db
      .insertInto("task_history")
      .values({ ...step, before: JSON.stringify(before) })
      .execute();
    await db.insertInto("task_comments").values(comment).execute();
  });
}

const queryOf = (fields: Record<string, string>): string =>
  new URLSearchParams(fields).toString().slice(0, 8000);

/** So many texts on one page: a page for each takes minutes. */
const together = 12;

describe.runIf(hasChromium)("a text from others on the board", () => {
  test(
    "runs no attack string, loads nothing and adds no element, on any page",
    { timeout: 600_000 },
    async () => {
      const server = await startBoard();
      const { page, said } = await signedIn(server, { user: "ada" });
      const asked: string[] = [];
      page.on("request", (one) => one.url().startsWith(server.url) || asked.push(one.url()));
      const harmless = {
        ran: false,
        foreign: [],
        handlers: [],
        scripts: 1,
        links: [],
        actions: [],
        moved: new URL(server.url).host,
      };
      const check = async (path: string, text: string): Promise<void> => {
        const response = await page.goto(server.url + path, { waitUntil: "domcontentloaded" });
        expect.soft(response?.status(), path).toBe(200);
        expect.soft(await harm(page), text).toEqual(harmless);
      };
      // oxlint-disable no-await-in-loop -- one page after the other
      for (const [at, text] of texts.entries()) {
        const own = { project: `p${at} ${text.slice(0, 150)}`, id: `t${at} ${text.slice(0, 100)}` };
        await attack(server, text, own);
        await check(`/board/task?${queryOf(own)}`, text);
        const project = `shared ${Math.floor(at / together)}`;
        await attack(server, text, { ...own, project });
        if ((at + 1) % together !== 0 && at + 1 !== texts.length) continue;
        await check(`/board?${queryOf({ ...own, text, owner: text })}`, text);
        for (const view of ["", "/people", "/changes"])
          await check(`/board${view}?${queryOf({ project })}`, text);
        await check(`/sign-in?${queryOf({ to: text })}`, text);
      }
      // oxlint-enable no-await-in-loop
      await page.goto(`${server.url}/`);
      expect(await harm(page)).toEqual(harmless);
      expect(asked).toEqual([]);
      expect(said.filter((one) => !/status of 4/.test(one))).toEqual([]);
    },
  );

  test("is stopped by the content security policy if it is not escaped, also in the live script", async () => {
    const server = await startBoard();
    await server.add([{ title: "Pay" }]);
    const { page, context, open } = await signedIn(server, { user: "ada" });
    const openBroken = (policy: boolean) => async () => {
      await context.route("**/board?**", async (route) => {
        const response = await route.fetch();
        const body = (await response.text()).replace(
          "</ol>",
          () => `${markup.slice(0, -5).join("\n")}</ol>`,
        );
        const headers = { ...response.headers() };
        if (!policy) delete headers["content-security-policy"];
        await route.fulfill({ response: response, body, headers });
      });
      await open("/board?project=shop-api");
      await page.waitForResponse((one) => one.url().includes("/board/events"));
      await page.waitForTimeout(1500);
      await context.unroute("**/board?**");
      return await page.evaluate('"pwned" in window');
    };
    expect(await openBroken(true)()).toBe(false);
    // Without it they run: the test would notice.
    expect(await openBroken(false)()).toBe(true);
  });

  test("the board cannot be shown in a frame by a page of another site", async () => {
    const server = await startBoard();
    const { context } = await signedIn(server, { user: "ada" });
    const page = await context.newPage();
    onTestFinished(() => page.close());
    await page.route("https://evil.example/", (route) =>
      route.fulfill({
        contentType: "text/html",
        body: `<iframe src="${server.url}/"></iframe><form method=post action="${server.url}/sign-out"><button>win</button></form>`,
      }),
    );
    await page.goto("https://evil.example/");
    const frame = page.frames()[1];
    // Chromium's own page says that it was refused.
    expect(frame?.url()).toMatch(/^chrome-error:/);
    // Nor send a form of its own.
    const sent = page.waitForResponse((one) => one.url().endsWith("/sign-out"));
    await page.getByRole("button", { name: "win" }).click();
    expect((await sent).status()).toBe(403);
    await page.goto(`${server.url}/`);
    expect(await page.locator("h1").innerText()).toBe("Projects");
  });
});
