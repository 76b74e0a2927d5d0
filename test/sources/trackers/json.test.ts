// A `json` source with a mapping of its own: what it sends, and what its configuration may say.

import { describe, expect, test } from "vitest";
import { issueText } from "../../../src/core/read.ts";
import { Config } from "../../../src/config/schema.ts";
import { SourceConfig } from "../../../src/config/source-config.ts";
import { requireKnownSettings } from "../../../src/sources/setting-names.ts";
import { listSources } from "../../../src/sources/source-pool.ts";
import { signal } from "../../support/recorded-responses.ts";
import { temporaryRepository } from "../../support/repository.ts";
import { temporaryFolder } from "../../support/temporary.ts";
import { project, sourceAt, startTracker, token, type Asked } from "../../support/trackers.ts";

const items = [
  { key: "A", name: "First" },
  { key: "B", name: "Second" },
];
const task = '{"id": key, "title": name}';

/** A service that answers every request with `body`. */
async function serviceWith(body: unknown) {
  const fake = await startTracker("github");
  fake.fault = () => ({ body });
  const last = (): Asked | undefined => fake.asked.at(-1);
  return { fake, last };
}

describe("the request of a mapping", () => {
  test("has its method, its path below the address, its parameters and its headers", async () => {
    const { fake, last } = await serviceWith({ results: items });
    const source = sourceAt(
      `${fake.origin}/base/`,
      {
        with: { team: "a/b" },
        auth: { type: "header", header: "X-Api-Key", secret: "${env:TOKEN}" },
        mapping: {
          headers: { "Api-Version": "7", "X-Second-Key": "${env:SECOND}" },
          list: {
            path: "/v1/${project.name}/${team}/tasks",
            query: { state: "open", none: "${none?}", fields: ["a", "b"] },
            tasks: "results",
            task,
          },
        },
      },
      { TOKEN: token, SECOND: "second-secret" },
    );
    expect((await source.listOpen(project, signal)).tasks.map(({ id }) => id)).toEqual(["A", "B"]);
    expect(last()).toMatchObject({
      method: "GET",
      path: "/base/v1/shop-api/a%2Fb/tasks",
      query: { state: "open", fields: "a,b" },
      headers: { "x-api-key": token, "api-version": "7", "x-second-key": "second-secret" },
    });
  });

  test("follows the cursor in the body, and stops at the last page", async () => {
    const fake = await startTracker("github");
    fake.fault = ({ body }) => {
      const { after } = body as { after?: string };
      return {
        body: after === "x" ? { list: items.slice(1) } : { list: items.slice(0, 1), next: "x" },
      };
    };
    const list = {
      method: "POST",
      path: "/q",
      body: { after: "${cursor?}" },
      tasks: "list",
      task,
      cursor: "next",
    };
    const source = sourceAt(fake.origin, { mapping: { list } });
    expect((await source.listOpen(project, signal)).tasks.map(({ id }) => id)).toEqual(["A", "B"]);
    expect(fake.asked.map(({ body }) => body)).toEqual([{}, { after: "x" }]);
  });

  test("is sent once if it writes, even when the server fails", async () => {
    const fake = await startTracker("github");
    fake.fault = () => ({ status: 503, body: {} });
    const mapping = {
      list: { path: "/", task },
      update: { method: "POST", path: "/t/${id}/${status}" },
    };
    const source = sourceAt(fake.origin, { mapping });
    await expect(
      source.update?.(project, "A", { status: "completed" }, signal),
    ).rejects.toMatchObject({ status: 503 });
    expect(fake.asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "POST /t/A/completed",
    ]);
  });
});

test("an unreadable response is requested whole again, even if it has not changed", async () => {
  const { fake } = await serviceWith({ message: "no list" });
  const source = sourceAt(fake.origin, {
    mapping: { list: { path: "/", tasks: "results", task } },
  });
  const failure = { code: "source-invalid-response" };
  await expect(source.listOpen(project, signal)).rejects.toMatchObject(failure);
  await expect(source.listOpen(project, signal)).rejects.toMatchObject(failure);
  expect(fake.asked.map(({ headers }) => headers["if-none-match"])).toEqual([undefined, undefined]);
});

test("a 304 to a request without a validator is a failure", async () => {
  const fake = await startTracker("github");
  fake.fault = () => ({ status: 304 });
  const source = sourceAt(fake.origin, { mapping: { list: { path: "/", task } } });
  await expect(source.listOpen(project, signal)).rejects.toMatchObject({
    code: "source-failed",
    status: 304,
  });
});

describe("the configuration of a json source", () => {
  const list = { path: "/tasks", task };
  const own = { name: "x", type: "json", url: "https://a.example", mapping: { list } };
  const mistakeIn = (value: object): string => {
    const found = SourceConfig.safeParse(value);
    return found.success ? "valid" : issueText(found.error);
  };

  test.each([
    [{}, "valid"],
    [{ mapping: undefined, preset: "github" }, "valid"],
    [{ mapping: undefined }, 'preset: give a "preset" or a "mapping"'],
    [{ url: undefined }, "url: is missing"],
    [{ command: "x" }, "command: "],
    [{ mapping: { list: { tool: "list" } } }, 'mapping.list.tool: "json" sources do not use it'],
    [{ mapping: { list: { task } } }, "mapping.list.path: is missing"],
    [{ mapping: { list, get: { task } } }, "mapping.get.path: is missing"],
    [{ mapping: { list: { ...list, each: { tool: "x" } } } }, "mapping.list.each.tool: "],
    [{ mapping: { list: { ...list, method: "HEAD" } } }, "mapping.list.method: "],
    [{ type: "mcp" }, 'mapping.list.path: "mcp" sources do not use it'],
    [
      { mapping: { list, headers: { "X-Api-Key": "abc" } } },
      "mapping.headers.X-Api-Key: a secret must be a reference",
    ],
    [
      { mapping: { list, headers: { Authorization: "Bearer abc" } } },
      "mapping.headers.Authorization: a secret must",
    ],
    [{ mapping: { list, headers: { "X-Api-Key": "${env:KEY}" } } }, "valid"],
    [{ mapping: { list, headers: { "a b": "x" } } }, "is not a valid header name"],
    [{ transport: "http" }, 'transport: "json" sources do not use it'],
    [
      { auth: { type: "basic", user: "a:b", secret: "${env:X}" } },
      "auth.user: must not contain a colon",
    ],
  ])("with %j reports: %s", (change, words) => {
    expect(mistakeIn(JSON.parse(JSON.stringify({ ...own, ...change })) as object)).toContain(words);
  });

  test("names an unknown setting, preset or expression", () => {
    const choice = { type: "json", preset: "github" } as const;
    expect(() => requireKnownSettings("x", choice, { repositry: "o/r" })).toThrow(
      'github has no setting "repositry"',
    );
    expect(() =>
      requireKnownSettings("x", choice, { repository: "o/r", assignee: "ada" }),
    ).not.toThrow();
    expect(() => sourceAt("http://127.0.0.1:9", { preset: "beads" })).toThrow(
      'there is no API preset "beads"',
    );
    const wrong = { mapping: { list: { path: "/", task: "{{" } } };
    expect(() => sourceAt("http://127.0.0.1:9", wrong)).toThrow("Invalid JSONata expression");
  });

  test("is incomplete if neither the settings nor a remote name a repository", () => {
    expect(() => sourceAt("http://127.0.0.1:9", { preset: "github" })).toThrow(
      '"with" lacks "owner"',
    );
  });
});

describe("a tracker's source for all projects", () => {
  const namesIn = (path: string, more: object): string[] => {
    const source = {
      name: "gh",
      type: "json",
      url: "https://api.github.com",
      preset: "github",
      ...more,
    };
    const config = Config.parse({ sources: [source] });
    const folder = temporaryFolder();
    const files = { allowed: folder, keptSources: `${folder}/kept.json` };
    return listSources(config, files, { path, name: "r" }).map((one) => one.config.name);
  };

  test("is skipped in a project without a remote at its host", () => {
    const { folder, git } = temporaryRepository();
    git("remote", "add", "origin", "git@gitlab.com:o/r.git");
    expect(namesIn(folder, {})).toEqual(["embedded"]);
    expect(namesIn(folder, { with: { repository: "o/r" } })).toEqual(["gh", "embedded"]);
    expect(namesIn(folder, { url: "https://api.linear.app", preset: "linear" })).toEqual([
      "gh",
      "embedded",
    ]);
    git("remote", "add", "second", "git@github.com:o/r.git");
    expect(namesIn(folder, {})).toEqual(["gh", "embedded"]);
  });
});
