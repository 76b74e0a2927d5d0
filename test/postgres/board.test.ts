// The board of two servers on one PostgreSQL: a session, a change and a comment at one are known at the other.

import { describe, expect, onTestFinished, test } from "vitest";
import {
  boardPath,
  openBoardStore,
  project,
  startBoard,
  taskPath,
  type BoardServer,
} from "../support/board.ts";
import { formBrowser, signedInBrowser, type FormBrowser } from "../support/board-client.ts";
import { serverUrl, temporaryDatabase } from "../support/postgres.ts";
import { addKey } from "../support/serving.ts";

/** The stream of a board; gives what has come so far. */
async function listen(
  server: BoardServer,
  { cookies }: FormBrowser,
  query = `?project=${project}`,
) {
  const end = new AbortController();
  onTestFinished(() => end.abort());
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  const path = `${server.url}/board/events${query}`;
  const response = await fetch(path, { headers: { cookie }, signal: end.signal });
  const stream = { text: "", isOver: false, status: response.status };
  void (async () => {
    const decoder = new TextDecoder();
    try {
      for await (const part of response.body ?? []) stream.text += decoder.decode(part);
    } catch {
      // It was cut.
    }
    stream.isOver = true;
  })();
  await expect.poll(() => stream.text).toContain("retry");
  return stream;
}

const changesIn = ({ text }: { text: string }): number => text.split("event: change").length - 1;

async function startPair() {
  const url = await temporaryDatabase();
  const [first, second] = [await openBoardStore({ url }), await openBoardStore({ url })];
  const [one, two] = [await startBoard({ on: first }), await startBoard({ on: second })];
  const browser = await signedInBrowser(one.url, await addKey(first.keys, { name: "laptop" }));
  return { one, two, browser, keys: first.keys };
}

describe.runIf(serverUrl !== null)("two servers of the board", () => {
  test("show what either of them changes: tasks and comments, to their project and organization", async () => {
    const { one, two, browser, keys } = await startPair();
    const stranger = await signedInBrowser(one.url, await addKey(keys, { organization: "zeta" }));
    await one.add([{ task_id: "T-1", title: "Pay" }]);
    const [own, everything, foreign, other] = [
      await listen(one, browser),
      await listen(one, browser, ""),
      await listen(one, stranger),
      await listen(one, browser, "?project=other"),
    ];
    const at = formBrowser(two.url, browser.cookies);
    const csrf = await at.csrf();
    const page = await (await at.get(boardPath())).text();
    const [, version = ""] = /value="in_progress (\S+) T-1"/.exec(page) ?? [];
    const moved = await at.post(`/board/move?project=${project}`, {
      csrf,
      move: `in_progress ${version} T-1`,
    });
    expect(moved.status).toBe(303);
    await expect.poll(() => changesIn(own)).toBeGreaterThan(0);
    const before = changesIn(own);
    await at.post(`/board/comment?project=${project}&id=T-1`, { csrf, comment: "Mind the gap" });
    await expect.poll(() => changesIn(own)).toBeGreaterThan(before);
    await expect.poll(() => changesIn(everything)).toBe(changesIn(own));
    expect([changesIn(foreign), changesIn(other)]).toEqual([0, 0]);
    expect(await (await browser.get(taskPath("T-1"))).text()).toContain("Mind the gap");
  });

  test("a revoked key ends its streams and sessions on both", async () => {
    const { one, two, browser, keys } = await startPair();
    const streams = [await listen(one, browser, ""), await listen(two, browser, "")];
    await keys.revoke("laptop", new Date());
    await expect.poll(() => streams.every(({ isOver }) => isOver)).toBe(true);
    expect((await formBrowser(two.url, browser.cookies).get("/")).status).toBe(303);
  });

  test("a server that stops ends its streams at once, and the other one goes on", async () => {
    const { one, two, browser } = await startPair();
    const [first, second] = [await listen(one, browser, ""), await listen(two, browser, "")];
    const started = performance.now();
    expect(await one.stop()).toBe(true);
    expect(performance.now() - started).toBeLessThan(1500);
    await expect.poll(() => first.isOver).toBe(true);
    expect(second.isOver).toBe(false);
  });
});
