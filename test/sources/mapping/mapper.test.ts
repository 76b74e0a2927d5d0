// The limits of a mapping, each with an expression that exceeds it.

import { describe, expect, onTestFinished, test } from "vitest";
import { createMapper } from "../../../src/sources/mapping/mapper.ts";
import type { ResponseMap } from "../../../src/core/mapping/mapping.ts";
import type { ToolResponse } from "../../../src/core/mapping/tool-response.ts";
import { jsonAnswer, textAnswer } from "../../support/recorded-responses.ts";

function aMapper(timeoutMs = 60_000) {
  const mapper = createMapper("linear", timeoutMs);
  onTestFinished(() => mapper[Symbol.asyncDispose]());
  return mapper;
}

const mapping = (map: ResponseMap, response: ToolResponse, timeoutMs?: number) =>
  aMapper(timeoutMs).map(map, response, { owner: "acme" });

const issues = jsonAnswer({ issues: [{ id: 1 }, { id: 2 }] });
const failing = (message: RegExp) => ({
  code: "source-invalid-response",
  message: expect.stringMatching(message),
});

describe("a mapping", () => {
  test("can use the settings of its source", async () => {
    const map = { tasks: "issues", task: '{"id": $with.owner & $string(id)}' };
    expect((await mapping(map, issues))?.raw).toEqual([{ id: "acme1" }, { id: "acme2" }]);
  });

  test("skips items for which its expression returns nothing", async () => {
    const map = { tasks: "issues", task: 'id = 2 ? {"id": id}' };
    expect((await mapping(map, issues))?.raw).toEqual([{ id: 2 }]);
  });

  test("returns null, not an empty list, for a response of another shape", async () => {
    expect(await mapping({ tasks: "tasks" }, issues)).toBeNull();
    expect((await mapping({ tasks: "tasks" }, jsonAnswer({ tasks: [] })))?.raw).toEqual([]);
  });

  test("reads at most 5,000 tasks and reports that there are more", async () => {
    const many = { issues: Array.from({ length: 5001 }, (_, id) => ({ id })) };
    const mapped = await mapping({ tasks: "issues" }, jsonAnswer(many));
    expect(mapped?.raw).toHaveLength(5000);
    expect(mapped?.total).toBe(5001);
  });

  test("is ended at its time limit if it loops", async () => {
    const map = { tasks: "($f := function($n) { $f($n + 1) }; $f(1))" };
    await expect(mapping(map, issues)).rejects.toMatchObject(failing(/timeout/i));
  });

  test("is ended if it recurses too deeply", async () => {
    const map = { tasks: "($f := function($n) { 1 + $f($n + 1) }; $f(1))" };
    await expect(mapping(map, issues)).rejects.toMatchObject(failing(/stack overflow/i));
  });

  test("is ended if it builds an endless list", async () => {
    const map = { tasks: "[1..9000000]" };
    await expect(mapping(map, issues)).rejects.toMatchObject(failing(/sequence length/i));
  });

  test("is ended from outside if its regular expression never ends, and the next mapping works", async () => {
    const mapper = aMapper(500);
    const hanging = { tasks: "$match(text, /^(a+)+$/)" };
    const response = jsonAnswer({ text: `${"a".repeat(40)}!` });
    await expect(mapper.map(hanging, response, {})).rejects.toMatchObject({
      code: "source-timeout",
      message: expect.stringMatching(/500 ms/),
    });
    const line = "^(?<id>(a+)+)$";
    await expect(
      mapper.map({ text: { line } }, textAnswer(`${"a".repeat(40)}!`), {}),
    ).rejects.toMatchObject({
      code: "source-timeout",
      message: expect.stringMatching(/500 ms/),
    });
    expect((await mapper.map({ tasks: "issues" }, issues, {}))?.raw).toHaveLength(2);
  });

  test("does not delay another source's mapping if it never ends", async () => {
    const mapper = aMapper(60_000);
    const hanging = mapper.map(
      { tasks: "$match(text, /^(a+)+$/)" },
      jsonAnswer({ text: `${"a".repeat(40)}!` }),
      {},
    );
    const outcome = hanging.catch(() => "ended");
    const others = Array.from({ length: 26 }, () => mapping({ tasks: "issues" }, issues));
    const first = await Promise.race([outcome, Promise.all(others)]);
    expect(first).toHaveLength(26);
    await mapper[Symbol.asyncDispose]();
    expect(await outcome).toBe("ended");
  });

  test("never evaluates a server's text as an expression", async () => {
    const map = { tasks: "$eval(code)" };
    const response = jsonAnswer({ code: "[1,2,3]" });
    await expect(mapping(map, response)).rejects.toMatchObject(failing(/\$eval/));
  });

  test("cannot access this process", async () => {
    const map = { tasks: '[$.constructor, $."__proto__", $lookup($, "constructor")]' };
    expect((await mapping(map, issues))?.raw).toEqual([]);
  });

  test("can be cancelled while it runs", async () => {
    const mapper = createMapper("linear", 60_000);
    const mapped = mapper.map(
      { tasks: "$match(text, /^(a+)+$/)" },
      jsonAnswer({ text: `${"a".repeat(40)}!` }),
      {},
    );
    const ended = mapped.catch((error: unknown) => error);
    await mapper[Symbol.asyncDispose]();
    expect(await ended).toMatchObject(failing(/was cancelled/));
  });
});
