// What may change something on the board, for whom, and what every response says.

import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { beforeEach, describe, expect, test } from "vitest";
import { boardPath, project, startBoard, taskPath, type BoardServer } from "../../support/board.ts";
import { formBrowser, signedInBrowser, type FormBrowser } from "../../support/board-client.ts";
import { askedBy } from "../../support/principals.ts";
import { bearer } from "../../support/rpc.ts";

let server: BoardServer;
let browser: FormBrowser;
let csrf: string;

const read = async (id = "T-1", organization = "acme") =>
  (await server.backend.getTask({ id, project }, askedBy(organization))).task;
const action = (name: string, query: Record<string, string> = { project, id: "T-1" }): string =>
  `/board/${name}?${new URLSearchParams(query).toString()}`;

async function signIn(
  holder: Parameters<BoardServer["addKey"]>[0],
): Promise<[FormBrowser, string]> {
  const one = await signedInBrowser(server.url, await server.addKey(holder));
  return [one, await one.csrf()];
}

beforeEach(async () => {
  server = await startBoard();
  await server.add([{ task_id: "T-1", title: "Pay" }]);
  [browser, csrf] = await signIn({ user: "ada" });
});

describe("a request that another site's page makes the browser send", () => {
  const fields = async () => ({
    move: `completed ${(await read()).updated_at} T-1`,
    assignees: "eve",
    version: (await read()).updated_at,
    comment: "Buy now",
    title: "Buy now",
  });
  const origin = (): string => new URL(server.url).origin;
  const none = {};
  const tries: [string, () => Record<string, string>][] = [
    [
      "from another site",
      () => ({ origin: "https://evil.example", "sec-fetch-site": "cross-site" }),
    ],
    ["from another port of this host", () => ({ origin: origin(), "sec-fetch-site": "same-site" })],
    ["from an opaque origin", () => ({ origin: "null", "sec-fetch-site": "cross-site" })],
    ["typed by nobody", () => ({ "sec-fetch-site": "none" })],
    ["that says nothing of where it is from", () => none],
    [
      "from another origin, of a browser without Sec-Fetch-Site",
      () => ({ origin: "http://127.0.0.1:1" }),
    ],
  ];

  test.for(tries)(
    "is refused (%s), whatever its form and even with the token",
    async ([, headersOf]) => {
      const before = await read();
      for (const name of ["move", "assign", "comment", "add"]) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        const response = await browser.post(
          action(name),
          { csrf, ...(await fields()) },
          headersOf(),
        );
        expect.soft(response.status, name).toBe(403);
      }
      const key = await server.addKey();
      expect.soft((await browser.post("/sign-in", { key }, headersOf())).status).toBe(403);
      expect.soft((await browser.post("/sign-out", { csrf }, headersOf())).status).toBe(403);
      expect((await browser.get("/")).status).toBe(200);
      expect(await read()).toEqual(before);
    },
  );

  test("changes nothing if it lacks the session's token or has another session's", async () => {
    const before = await read();
    const [, foreign] = await signIn({ user: "jun" });
    for (const token of ["", "0".repeat(64), foreign, csrf.toUpperCase()]) {
      for (const name of ["move", "assign", "comment", "add"]) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        const response = await browser.post(action(name), { csrf: token, ...(await fields()) });
        expect.soft(response.status, name).toBe(422);
        // oxlint-disable-next-line no-await-in-loop
        expect.soft(await response.text()).toContain("your text is below, send it again");
      }
      // oxlint-disable-next-line no-await-in-loop
      await browser.post("/sign-out", { csrf: token });
    }
    expect((await browser.get("/")).status).toBe(200);
    expect(await read()).toEqual(before);
  });

  test("is refused if its body is not a form, or too large", async () => {
    const headers = { "sec-fetch-site": "same-origin", "content-type": "text/plain" };
    expect((await browser.post(action("comment"), { csrf, comment: "x" }, headers)).status).toBe(
      403,
    );
    const large = await browser.post(action("comment"), { csrf, comment: "x".repeat(1024 * 1024) });
    expect(large.status).toBe(413);
    const long = await browser.post(action("comment"), { csrf, comment: "x".repeat(10_001) });
    expect(long.status).toBe(422);
  });

  test("changes nothing by GET", async () => {
    for (const name of ["move", "assign", "comment", "add", "sign-out"]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect.soft((await browser.get(action(name))).status, name).toBe(401);
    }
    expect((await browser.get("/sign-out")).status).toBe(401);
  });
});

describe("another organization's project", () => {
  test("does not exist for the board, nor do its tasks", async () => {
    const [stranger, token] = await signIn({ user: "eve", organization: "zeta" });
    const before = await read();
    const pages = [boardPath(), taskPath("T-1"), action("people"), action("changes")];
    const missing = pages.map((path) => path.replaceAll("shop-api", "web-api"));
    for (const [at, path] of pages.entries()) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const [response, other] = [await stranger.get(path), await stranger.get(missing[at] ?? "")];
      expect.soft(response.status, path).toBe(404);
      // oxlint-disable-next-line no-await-in-loop -- the same as for a project that nobody has
      const texts = [await response.text(), await other.text()];
      expect.soft(texts[0]?.replaceAll("shop-api", "web-api"), path).toBe(texts[1]);
    }
    expect(await (await stranger.get("/")).text()).not.toContain("shop-api");
    const fields = {
      csrf: token,
      move: `completed ${before.updated_at} T-1`,
      assignees: "eve",
      version: before.updated_at,
      comment: "mine",
    };
    for (const name of ["move", "assign", "comment"]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect.soft((await stranger.post(action(name), fields)).status, name).toBe(404);
    }
    expect(await read()).toEqual(before);
    // A task that she adds to "the same" project is her own organization's.
    await stranger.post(action("add", { project }), { csrf: token, title: "Hers" });
    expect(await (await browser.get(boardPath())).text()).not.toContain("Hers");
    expect(await (await stranger.get(boardPath())).text()).not.toContain("Pay");
  });
});

describe("the permissions on the board", () => {
  test("are those of the same operations over REST", async () => {
    const [reader, token] = await signIn({ permissions: ["list_tasks"] });
    expect((await reader.get(boardPath())).status).toBe(200);
    for (const name of ["move", "assign", "comment", "add"]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const response = await reader.post(action(name), { csrf: token });
      expect.soft(response.status, name).toBe(403);
    }
    const [none] = await signIn({ permissions: ["get_next_task"] });
    expect((await none.get(boardPath())).status).toBe(403);
    expect((await none.get("/board/events")).status).toBe(403);
  });

  test("come with the same limit of requests as the API, counted separately", async () => {
    server = await startBoard({ settings: { requestsPerMinute: 2 } });
    const key = await server.addKey();
    const one = await signedInBrowser(server.url, key);
    const statuses = [];
    for (let turn = 0; turn < 23; turn += 1) {
      // oxlint-disable-next-line no-await-in-loop -- they are counted in order
      statuses.push((await one.get("/")).status);
    }
    expect(statuses).toEqual([...Array.from({ length: 22 }, () => 200), 429]);
    const response = await fetch(`${server.url}/tasks?project=shop-api`, { headers: bearer(key) });
    expect(response.status).toBe(200);
  });
});

describe("each response of the board", () => {
  test("loads only this server's files, cannot be framed, is not stored and links to no other site", async () => {
    const paths = [
      "/",
      boardPath(),
      taskPath("T-1"),
      "/sign-in",
      "/board?project=none",
      "/board/task",
    ];
    for (const path of paths) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const { headers } = await browser.get(path);
      expect
        .soft(headers.get("content-security-policy"), path)
        .toBe(
          "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types board",
        );
      expect.soft(headers.get("x-content-type-options"), path).toBe("nosniff");
      expect.soft(headers.get("cache-control"), path).toBe("no-store");
      expect.soft(headers.get("referrer-policy"), path).toBe("same-origin");
    }
    const page = await (await browser.get("/")).text();
    const [, script = ""] = /src="(\/board\/script[^"]+)"/.exec(page) ?? [];
    const file = await formBrowser(server.url).get(script);
    expect(file.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
    expect(file.headers.get("cache-control")).toContain("immutable");
    expect(page).not.toMatch(/<script(?![^>]*src=)|<style|\son\w+=|style=/);
  });

  test("is a refusal if the host name is not the server's", async () => {
    // fetch sends no other host than the address has.
    const { port } = new URL(server.url);
    const asked = get({
      host: "127.0.0.1",
      port,
      path: "/sign-in",
      headers: { host: "evil.example" },
    });
    const [response] = (await once(asked, "response")) as [IncomingMessage];
    response.resume();
    expect(response.statusCode).toBe(403);
  });
});

test("a REST change that names the version it read is refused once the task has changed", async () => {
  const key = await server.addKey({ user: "jun" });
  const put = (body: object): Promise<Response> =>
    fetch(`${server.url}/tasks/T-1/status?project=${project}`, {
      method: "PUT",
      headers: { "content-type": "application/json", ...bearer(key) },
      body: JSON.stringify(body),
    });
  const { updated_at: seen } = await read();
  expect((await put({ status: "in_progress", if_unchanged_since: seen })).status).toBe(200);
  const refused = await put({ status: "blocked", if_unchanged_since: seen });
  expect(refused.status).toBe(409);
  expect(await refused.json()).toMatchObject({ code: "task-changed" });
  expect((await read()).status).toBe("in_progress");
});

test("each change has a later version, even in the same millisecond", async () => {
  await server.add(Array.from({ length: 40 }, (_, at) => ({ task_id: `V-${at}`, title: "x" })));
  const move = async (id: string): Promise<string[]> => {
    const versions = [(await read(id)).updated_at];
    for (const status of ["in_progress", "pending", "blocked"] as const) {
      const change = { id, project, status, completion_notes: "" };
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const response = await server.backend.updateTaskStatus(change, askedBy("acme"));
      versions.push(response.updated_task.updated_at);
    }
    return versions;
  };
  const all = await Promise.all(Array.from({ length: 40 }, (_, at) => move(`V-${at}`)));
  for (const versions of all) expect(new Set(versions).size).toBe(4);
});

test("assignments and comments are in the history and in the API's responses", async () => {
  const { updated_at: version } = await read();
  await browser.post(action("assign"), { csrf, version, assignees: " jun,ada ,, jun" });
  await browser.post(action("comment"), { csrf, comment: "Line one\r\nLine two" });
  expect((await read()).assignees).toEqual(["jun", "ada"]);
  const page = await (await browser.get(taskPath("T-1"))).text();
  expect(page).toContain("assignees none → jun, ada");
  expect(page).toContain("Line one\nLine two");
  // Neither is lost or doubled by what does not fit.
  expect((await browser.post(action("assign"), { csrf, version, assignees: "eve" })).status).toBe(
    409,
  );
  expect(
    (await browser.post(action("comment", { project, id: "none" }), { csrf, comment: "x" })).status,
  ).toBe(404);
});

test("a project starts to exist with its first task", async () => {
  const response = await browser.post("/board/add", { csrf, project: "new shop", title: "Begin" });
  expect(response.headers.get("location")).toBe(boardPath({ project: "new shop" }));
  expect(await (await browser.get(boardPath({ project: "new shop" }))).text()).toContain("Begin");
  const empty = await browser.post(action("add", { project }), {
    csrf,
    title: " ",
    description: "Kept\ntext",
  });
  expect(empty.status).toBe(422);
  expect(await empty.text()).toContain("Kept\ntext</textarea");
});
