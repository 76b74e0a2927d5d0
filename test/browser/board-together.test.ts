// The board's bars, in a real browser: sixteen people at once, 100,000 tasks, and people who sign in at the identity provider.

import { describe, expect, test } from "vitest";
import { hasChromium } from "../support/chromium.ts";
import {
  boardPath,
  newPerson,
  project,
  signedIn,
  startBoard,
  taskPath,
  type Person,
} from "../support/board.ts";
import { startIdentityProvider } from "../support/identity-provider.ts";
import { bearer } from "../support/rpc.ts";
import { askedBy } from "../support/principals.ts";
import { noTokens } from "../support/serving.ts";

const people = Array.from({ length: 16 }, (_, at) => `person-${at}`);

describe.runIf(hasChromium)("many people on the board", () => {
  test("change statuses, 16 at once: each response matches the audit, and no change is lost", async () => {
    const server = await startBoard();
    const ids = await server.add(Array.from({ length: 8 }, (_, at) => ({ title: `Task ${at}` })));
    const answered: string[] = [];
    const refused = { count: 0 };
    const all: Person[] = [];
    for (const user of people) {
      const person = await signedIn(server, { user });
      person.page.on("response", (one) => {
        if (!one.url().includes("/board/move")) return;
        const [to, , id] = (
          new URLSearchParams(one.request().postData() ?? "").get("move") ?? ""
        ).split(" ");
        if (one.status() === 303) answered.push(`${user} ${id} ${to}`);
        else if (one.status() === 409) refused.count += 1;
        else answered.push(`unexpected ${one.status()}`);
      });
      await person.open(boardPath());
      all.push(person);
    }
    /** Moves a task that is open on this person's page, by its button. Not completed: that would end it. */
    const move = ({ page }: Person, at: number): Promise<void> =>
      page.evaluate(`(async () => {
        const buttons = [...document.querySelectorAll("button[name=move]")].filter((one) => /^(pending|in_progress|blocked) /.test(one.value));
        const button = buttons[${at * 7919} % buttons.length];
        button.form.requestSubmit(button);
      })()`);
    for (let turn = 0; turn < 5; turn += 1) {
      const responses = all.map(({ page }) =>
        page.waitForResponse((one) => one.url().includes("/board/move"), { timeout: 60_000 }),
      );
      // oxlint-disable-next-line no-await-in-loop -- all at once, in turns
      await Promise.all(all.map((one, at) => move(one, at + turn)));
      // oxlint-disable-next-line no-await-in-loop
      await Promise.all(responses);
    }
    await expect.poll(() => answered.length + refused.count).toBe(16 * 5);
    // Some came second: else nothing was tried.
    expect(refused.count).toBeGreaterThan(0);
    const asked = askedBy("acme");
    const audit: string[] = [];
    for (const id of ids) {
      // oxlint-disable-next-line no-await-in-loop -- a few
      const { steps, task } = (await server.backend.boardTask?.({ project, id }, asked)) ?? {
        steps: [],
        task: null,
      };
      const moves = steps.slice(1);
      audit.push(...moves.map(({ author, after }) => `${author} ${id} ${after?.status}`));
      // A chain without a gap, from pending to what the task is now.
      const chain = moves.flatMap(({ before, after }) => [before?.status, after?.status]);
      for (let at = 1; at + 1 < chain.length; at += 2) expect(chain[at]).toBe(chain[at + 1]);
      expect(chain.at(-1) ?? "pending").toBe(task?.status);
    }
    expect(audit.toSorted()).toEqual(answered.toSorted());
    // Each of them sees the same in the end, without reloading.
    const shown = (person: Person): Promise<unknown> =>
      person.page.evaluate(
        'Object.fromEntries([...document.querySelectorAll(".column")].map((one) => [one.dataset.status, [...one.querySelectorAll(".id")].map((id) => id.textContent).sort()]))',
      );
    const { tasks } = await server.backend.listTasks({ project, page: 1, page_size: 100 }, asked);
    const expected = Object.fromEntries(
      ["pending", "in_progress", "blocked", "completed"].map((status) => [
        status,
        tasks
          .filter((one) => one.status === status)
          .map((one) => one.task_id)
          .toSorted(),
      ]),
    );
    for (const person of all) {
      // oxlint-disable-next-line no-await-in-loop
      await expect.poll(() => shown(person)).toEqual(expected);
      expect(person.said.filter((text) => !/status of 409/.test(text))).toEqual([]);
    }
  });
});

describe.runIf(hasChromium)("a board with many tasks", () => {
  test("is painted in under 200 ms with 100,000 tasks, and a filter finds one in under a second", async () => {
    const server = await startBoard();
    const statuses = ["pending", "in_progress", "blocked", "completed", "completed"] as const;
    for (let batch = 0; batch < 100; batch += 1) {
      const tasks = Array.from({ length: 1000 }, (_, at) => ({
        title: `Send one e-mail for a split order, not one for each parcel ${batch * 1000 + at}`,
        status: statuses[at % 5] ?? "pending",
        priority: (["high", "low", "none"] as const)[at % 3] ?? "none",
        assignees: at % 3 === 0 ? ["jun"] : [],
      }));
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await server.add(tasks);
    }
    const { page, open } = await signedIn(server, { user: "ada" });
    const measure = async (path: string): Promise<number[]> => {
      const times = [];
      for (let turn = 0; turn < 7; turn += 1) {
        // oxlint-disable no-await-in-loop -- one after the other
        await open(path);
        times.push(
          Number(
            await page.evaluate(`new Promise((resolve) => {
              const paint = () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime;
              const wait = () => (paint() === undefined ? setTimeout(wait, 5) : resolve(paint()));
              wait();
            })`),
          ),
        );
        // oxlint-enable no-await-in-loop
      }
      return times.toSorted((one, other) => one - other);
    };
    /** The median, of the best of some rounds: the machine may have more to do. */
    const middle = async (path: string, most = 200): Promise<number> => {
      let best = Infinity;
      for (let round = 0; round < 6 && best >= most; round += 1) {
        // oxlint-disable-next-line no-await-in-loop
        best = Math.min(best, (await measure(path))[3] ?? Infinity);
      }
      return best;
    };
    const times = {
      board: await middle(boardPath()),
      task: await middle(taskPath("TASK-050000")),
      changes: await middle("/board/changes?project=shop-api"),
      people: await middle("/board/people?project=shop-api"),
      completed: await middle(boardPath({ status: "completed", page: "100" })),
    };
    process.stdout.write(`first paint with 100,000 tasks, median of 7: ${JSON.stringify(times)}\n`);
    expect(Object.values(times).filter((one) => one >= 200)).toEqual([]);
    const filtered = await middle(boardPath({ text: "parcel 77777" }), 1000);
    process.stdout.write(`a filter: ${filtered} ms\n`);
    expect(await page.locator(".card").count()).toBe(1);
    expect(filtered).toBeLessThan(1000);
    expect(await page.locator("h2 .faint").first().innerText()).toMatch(/^\d$/);
  });
});

describe.runIf(hasChromium)("the board with an identity provider", () => {
  test("returns a person to the requested page after the sign-in, signs out, and asks again after the session ends", async () => {
    const provider = await startIdentityProvider();
    provider.tokenClaims = { organization_id: "acme" };
    const audience = "https://tasks.example/mcp";
    const identity = {
      issuer: provider.issuer,
      clientId: "board",
      clientSecret: null,
      scope: "openid mcp.tools mcp.resources",
      resource: audience,
    };
    const tokens = { ...noTokens, issuer: provider.issuer, audiences: [audience] };
    const settings = { tokens, board: { identity, sessionMs: 20_000 } };
    const server = await startBoard({ settings });
    await server.add([{ title: "Pay" }]);
    const { page, context, open, said } = await newPerson(server.url);
    await open(boardPath());
    expect(new URL(page.url()).pathname).toBe("/sign-in");
    await page.getByRole("link", { name: "Sign in with your organization's account" }).click();
    await page.waitForURL(server.url + boardPath());
    expect(await page.locator(".account").innerText()).toContain("ana · acme");
    const [cookie] = (await context.cookies(server.url)).filter(({ name }) =>
      name.startsWith("sitrep"),
    );
    expect(cookie).toMatchObject({ name: "sitrep-session", httpOnly: true, sameSite: "Lax" });
    expect(await page.evaluate("document.cookie")).not.toContain("sitrep");
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.goBack();
    // Nothing is shown from the browser's own store.
    await expect.poll(() => new URL(page.url()).pathname).toBe("/sign-in");
    // The provider still knows her: one click.
    await open("/sign-in");
    await page.getByRole("link", { name: "Sign in with your organization's account" }).click();
    await page.waitForURL(`${server.url}/`);
    await open(boardPath());
    // Its time is over: the open page notices with the next change.
    await context.clearCookies({ name: "sitrep-session" });
    const key = await server.addKey();
    const change = { method: "PUT", body: JSON.stringify({ status: "in_progress" }) };
    const headers = { "content-type": "application/json", ...bearer(key) };
    await fetch(`${server.url}/tasks/TASK-001/status?project=${project}`, { ...change, headers });
    await page.waitForURL(/sign-in/);
    expect(said.filter((text) => !/status of 401|server responded/.test(text))).toEqual([]);
  });
});
