// The first key of `sitrep serve`: nobody else on the machine is let in, and the person's own tools have it by themselves.

import { createServer } from "node:http";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { bearer, postRpc } from "../support/rpc.ts";
import { addKeyTo, createServeFixture, runVerb } from "../support/serve-process.ts";
import { startServeProcess, type ServeFixture } from "../support/serve-process.ts";
import { prepareSources } from "../support/source-commands.ts";
import { startMcp } from "../support/mcp-program.ts";
import { triesAll } from "../support/cases.ts";

const statusOf = async (url: string, key: string | null): Promise<number> =>
  (await postRpc(url, "tools/list", { headers: key === null ? {} : bearer(key) })).status;

const keptIn = ({ home }: ServeFixture): string => join(home, "state/server-keys");

/** The record of the one server, once it says where that listens, which is noted just after the start is logged. */
async function recordOf(context: ServeFixture, url: string): Promise<string> {
  return vi.waitFor(() => {
    // The key, and a process with it.
    const [name = "", ...others] = readdirSync(keptIn(context))
      .filter((one) => !one.startsWith("."))
      .toSorted();
    expect(others).toHaveLength(1);
    const file = join(keptIn(context), name);
    expect(readFileSync(file, "utf8")).toContain(url);
    return file;
  }, 10_000);
}

/** A task that a person adds on the embedded store, through the server. */
const addTask = (url: string, headers: Record<string, string>): Promise<Response> =>
  fetch(`${url}/tasks/batch`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ tasks: [{ project_id: "shop-api", title: "Planted" }] }),
  });

describe("the first start on loopback", () => {
  test("A36, B16: another local user can connect, and cannot read, add or lock out anything", async () => {
    const context = createServeFixture();
    const { url, printed } = await startServeProcess(context);
    for (const path of ["/tasks?project=shop-api", "/metrics", "/api/v1/tickets"]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect((await fetch(url + path)).status).toBe(401);
    }
    expect((await addTask(url, {})).status).toBe(401);
    for (let time = 0; time < 30; time += 1) {
      // oxlint-disable-next-line no-await-in-loop -- in a row
      await statusOf(url, `sitrep_${"x".repeat(43)}`);
    }
    // The person is still let in, with everything.
    const key = printed();
    expect(key).toMatch(/^sitrep_[\w-]{43}$/);
    expect(await statusOf(url, key)).toBe(200);
    expect((await addTask(url, bearer(key))).status).toBe(201);
    expect((await fetch(`${url}/metrics`, { headers: bearer(key) })).status).toBe(200);
    // The control: opened, the same request plants a task.
    const open = await startServeProcess(createServeFixture(), ["--open"]);
    expect((await addTask(open.url, {})).status).toBe(201);
    expect(open.log[1]).toMatchObject({ level: "warn" });
    expect(open.printed()).toBe("");
  });

  test("prints the first key once, stores it for its owner alone, and uses it again", async () => {
    const context = createServeFixture();
    const first = await startServeProcess(context);
    const key = first.printed();
    const file = await recordOf(context, first.url);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(keptIn(context)).mode & 0o777).toBe(0o700);
    expect(JSON.stringify(first.log)).not.toContain(key);
    first.signal("SIGTERM");
    expect(await first.ended).toBe(0);
    const again = await startServeProcess(context);
    expect(again.printed()).toBe("");
    expect(await statusOf(again.url, key)).toBe(200);
    // What has ended is forgotten, so the port of the first is nobody's.
    expect(await recordOf(context, again.url)).not.toBe(file);
    expect(existsSync(file)).toBe(false);
  });

  test.runIf(triesAll)(
    "makes another key at the next start after the owner revoked the first",
    async () => {
      const context = createServeFixture();
      const first = await startServeProcess(context);
      await recordOf(context, first.url);
      expect(runVerb(context, ["key", "revoke", "first"]).code).toBe(0);
      expect(await statusOf(first.url, first.printed())).toBe(401);
      expect(await statusOf(first.url, null)).toBe(401);
      expect(readdirSync(keptIn(context))).toEqual([]);
      const second = await startServeProcess(context);
      expect(second.printed()).not.toBe(first.printed());
      expect(await statusOf(second.url, second.printed())).toBe(200);
    },
  );

  test.runIf(triesAll)(
    "shares one key between two servers that start at once on one store",
    async () => {
      const context = createServeFixture();
      const both = await Promise.all([startServeProcess(context), startServeProcess(context)]);
      const printed = both.map((one) => one.printed()).filter((key) => key !== "");
      expect(printed).toHaveLength(1);
      for (const { url } of both) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        expect(await statusOf(url, printed[0] ?? "")).toBe(200);
      }
    },
  );

  test.for([
    ["another key", []],
    ["signed tokens", [{ SITREP_TOKEN_SECRET: "s".repeat(40) }]],
  ] as const)("makes no key if there is %s", async ([what, [env = {}]]) => {
    const context = createServeFixture(env);
    if (what === "another key") addKeyTo(context, "laptop");
    const { url, printed } = await startServeProcess(context);
    expect(printed()).toBe("");
    expect(await statusOf(url, null)).toBe(401);
  });
});

describe("the person's own tools", () => {
  test("A36, B16: a source and the task tools use the first key, at this server only", async () => {
    const person = prepareSources();
    const context = { home: person.sitrepHome, env: {} };
    const server = await startServeProcess(context);
    const record = await recordOf(context, server.url);
    await addTask(server.url, bearer(server.printed()));
    const add = ["source", "add", "team", "--type", "task-tracking", "--url", server.url];
    await person.good([...add, "--with", "project=shop-api"]);
    expect(await person.good(["source", "test", "team"])).toContain("1 open");
    const { client } = await startMcp({
      folder: person.project.folder,
      env: { ...person.env, TASK_TRACKING_URL: server.url },
    });
    const listed = await client.callTool({
      name: "list_tasks",
      arguments: { project_id: "shop-api" },
    });
    expect(JSON.stringify(listed)).toContain("Planted");
    // Another user's server takes the port when this one has ended: it is sent nothing.
    server.signal("SIGKILL");
    await server.ended;
    const seen: (string | undefined)[] = [];
    const thief = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(401).end();
    });
    await new Promise<void>((resolve) =>
      thief.listen(Number(new URL(server.url).port), "127.0.0.1", resolve),
    );
    onTestFinished(() => void thief.close());
    await person.run(["source", "test", "team"]);
    await client.callTool({ name: "list_tasks", arguments: {} }).catch(() => null);
    expect(seen.length).toBeGreaterThan(1);
    expect(seen.filter((header) => header !== undefined)).toEqual([]);
    // The control: while the record's process lives, the key goes there.
    const text = readFileSync(record, "utf8");
    const own = readFileSync(`/proc/${process.pid}/stat`, "utf8").split(") ")[1]?.split(" ")[19];
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const kept = { ...(JSON.parse(text) as object), start: `${boot} ${own}` };
    const ours = record.replace(/\.\d+\.json$/, `.${process.pid}.json`);
    writeFileSync(ours, JSON.stringify(kept), { mode: 0o600 });
    await person.run(["source", "test", "team"]);
    expect(seen.at(-1)).toBe(`Bearer ${server.printed()}`);
  });
});

describe("the organization of a key", () => {
  const add = (context: ServeFixture, ...args: string[]) =>
    runVerb(context, ["key", "add", ...args]);

  test("defaults to the only organization, which is printed", () => {
    const { code, err } = add(createServeFixture(), "laptop");
    expect(code).toBe(0);
    expect(err).toContain("Using the only organization: none (this machine's tasks)");
  });

  test("B17: must be named when there are several organizations, and these are listed", () => {
    const context = createServeFixture();
    addKeyTo(context, "laptop", "--organization", "acme");
    const { code, out, err } = add(context, "ci");
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain("--organization is required: it sets whose tasks the key can see.");
    expect(err).toContain('Known organizations: "" (this machine), acme.');
    expect(add(context, "ci", "--organization", "").code).toBe(0);
  });

  test("can be any organization only with --act-as", () => {
    const context = createServeFixture();
    const { code, err } = add(context, "gateway", "--any-organization");
    expect(code).toBe(2);
    expect(err).toContain("--any-organization needs --act-as");
    addKeyTo(context, "gateway", "--act-as", "--any-organization");
    expect(runVerb(context, ["key", "list"]).out).toContain("act_as, any_organization");
  });
});
