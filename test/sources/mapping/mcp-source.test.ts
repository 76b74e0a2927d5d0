import { describe, expect, test } from "vitest";
import { listCapabilities } from "../../../src/core/ports.ts";
import { aNewTask } from "../../support/builders.ts";
import {
  jsonAnswer,
  recorded,
  shop,
  signal,
  sourceWith,
  structuredAnswer,
  textAnswer,
} from "../../support/recorded-responses.ts";

const list = { tool: "list", tasks: "tasks" };
const one = { id: 1, title: "Fix login" };

describe("a mapped answer", () => {
  test("is read from structuredContent, else from JSON in any text block, else by a text pattern", async () => {
    const mapping = {
      list: { ...list, text: { line: "^- (?<id>\\S+) (?<title>.+)$", none: "^nothing$" } },
    };
    const prose = "- 3 From prose";
    const inText = JSON.stringify({ tasks: [{ id: 2, title: "From a text block" }] });
    const cases = [
      [{ ...textAnswer(prose, inText), structured: { tasks: [one] } }, ["1"]],
      [{ ...textAnswer(prose, inText), structured: { other: true } }, ["2"]],
      [textAnswer("Here they are:", `\`\`\`json\n${inText}\n\`\`\``), ["2"]],
      [textAnswer("Here they are:", prose), ["3"]],
      [textAnswer("nothing"), []],
    ] as const;
    for (const [response, ids] of cases) {
      const { source } = sourceWith(mapping, () => response);
      expect((await source.listOpen(shop, signal)).tasks.map(({ id }) => id)).toEqual(ids);
    }
  });

  test("may be wrapped in result, as an object or as text", async () => {
    for (const result of [{ tasks: [one] }, JSON.stringify({ tasks: [one] })]) {
      const { source } = sourceWith({ list }, () => structuredAnswer({ result }));
      expect((await source.listOpen(shop, signal)).tasks).toHaveLength(1);
    }
  });

  test.each([
    ["a page", textAnswer("<html>\u001b[31m<b>Sign in</b> to ⟦proceed⟧</html>"), "Sign in"],
    ["another shape", jsonAnswer({ data: [] }), "{'data':[]}"],
    ["nothing at all", textAnswer(), "nothing"],
    ["brackets that never end", textAnswer("[".repeat(100_000)), "[[["],
  ])(
    "in another shape is an error with the server's name and a clean, short sample: %s",
    async (_, response, sample) => {
      const { source } = sourceWith({ list }, () => response);
      const error: Error = await source.listOpen(shop, signal).then(
        () => new Error("no failure"),
        (cause: Error) => cause,
      );
      expect(error).toMatchObject({ code: "source-invalid-response" });
      expect(error.message).toMatch(
        /^server: the mapping found no tasks in the response from list/,
      );
      expect(error.message).toContain(sample);
      expect(error.message.length).toBeLessThan(260);
      expect(error.message).not.toMatch(/[\u0000-\u001f<>]/);
    },
  );

  test.each([
    ["isError", { ...textAnswer("no such project"), isError: true }, "no such project"],
    ["success: false", jsonAnswer({ success: false, error: "down" }), "down"],
    ["success: false without an error", jsonAnswer({ success: false, message: "gone" }), "gone"],
    ["status: error", jsonAnswer({ status: "error", message: "no request" }), "no request"],
    ["an error alone", jsonAnswer({ error: { message: "denied" } }), "denied"],
  ])("is a failure if it reports one: %s", async (_, response, words) => {
    const { source } = sourceWith({ list: { tool: "list", tasks: "$" } }, () => response);
    await expect(source.listOpen(shop, signal)).rejects.toMatchObject({
      code: "source-failed",
      message: `server: list reports: "${words}"`,
    });
  });

  test("lists each task once, without items that have no id", async () => {
    const tasks = [one, { ...one, title: "again" }, { title: "no id" }, "text", null, { id: "" }];
    const { source } = sourceWith({ list }, () => jsonAnswer({ tasks }));
    expect((await source.listOpen(shop, signal)).tasks.map(({ title }) => title)).toEqual([
      "Fix login",
    ]);
  });

  test("with endless pages is read up to a limit", async () => {
    let page = 0;
    const mapping = { list: { ...list, arguments: { page: "${cursor?}" }, cursor: "next" } };
    const { source, calls } = sourceWith(mapping, () => {
      page += 1;
      return jsonAnswer({ tasks: [{ id: page, title: "" }], next: page });
    });
    await source.listOpen(shop, signal);
    expect(calls).toHaveLength(50);
  });
});

describe("a mapped source", () => {
  test("reads the memory server's entities that are tasks", async () => {
    const observation = (name: string) =>
      `$substringAfter(observations[$contains($, /^${name}: /)][0], ": ")`;
    const mapping = {
      list: {
        tool: "read_graph",
        tasks: "entities",
        task: `entityType = "task" ? {"id": name, "title": ${observation("title")}, "status": ${observation("status")}}`,
      },
    };
    const some = sourceWith(mapping, () => recorded("server-memory", "02-read_graph"));
    expect((await some.source.listOpen(shop, signal)).tasks).toMatchObject([
      { id: "task-1", title: "Fix login", status: "pending" },
    ]);
    const none = sourceWith(mapping, () => recorded("server-memory", "04-open_nodes"));
    expect((await none.source.listOpen(shop, signal)).tasks).toEqual([]);
  });

  test("can do only what its mapping has a call for", () => {
    const { source } = sourceWith({ list, get: list, update: list }, () => textAnswer());
    expect(listCapabilities(source)).toEqual(["list", "get", "update"]);
  });

  test("gives null when the server says that it does not have a task", async () => {
    const { source } = sourceWith({ list, get: { tool: "view", tasks: "$" } }, () =>
      recorded("backlog.md", "11-task_view"),
    );
    expect(await source.get?.(shop, "task-999", signal)).toBeNull();
  });

  test("reads by read calls and changes by write calls", async () => {
    const { source, calls } = sourceWith({ list, search: list, create: list, update: list }, () =>
      jsonAnswer({ tasks: [one] }),
    );
    await source.search?.(shop, "x", signal);
    await source.create?.(shop, aNewTask(), signal);
    await source.update?.(shop, "1", { status: "completed" }, signal);
    expect(calls.map(({ kind }) => kind)).toEqual(["read", "write", "write"]);
  });
});

test("a status word of the mapping becomes our status", async () => {
  const tasks = [
    { ...one, status: "Wartet auf Kunde" },
    { id: 2, title: "Other", status: "?" },
  ];
  const { source } = sourceWith({ list, statusWords: { blocked: "Wartet auf Kunde" } }, () =>
    jsonAnswer({ tasks }),
  );
  expect((await source.listOpen(shop, signal)).tasks).toEqual([
    expect.not.objectContaining({ rawStatus: expect.anything() }),
    expect.objectContaining({ status: "pending", rawStatus: "?" }),
  ]);
  expect((await source.listOpen(shop, signal)).tasks[0]?.status).toBe("blocked");
});
