// The bounds of a response, known before it is parsed.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  createSizeBudget,
  createPageRoom,
  createStructureScan,
  deepestResponse,
  isTooComplex,
  mebibyte,
  maxNodes,
} from "../../../src/core/mapping/response-bounds.ts";
import { parseJson } from "../../../src/core/read.ts";

const nested = (levels: number, inside = "1"): string =>
  "[".repeat(levels) + inside + "]".repeat(levels);

const depthOf = (value: unknown): number =>
  typeof value === "object" && value !== null
    ? 1 + Math.max(0, ...Object.values(value).map(depthOf))
    : 0;

test("A30, B15: 32 levels are read, 33 are not, whatever is inside strings", () => {
  expect(isTooComplex(nested(deepestResponse))).toBe(false);
  expect(isTooComplex(nested(deepestResponse + 1))).toBe(true);
  expect(isTooComplex(JSON.stringify({ text: nested(100, '"\\') }))).toBe(false);
  expect(isTooComplex(`["\\\\",${nested(deepestResponse)}]`)).toBe(true);
});

test("a response may have 50,000 lists and objects per MiB", () => {
  const list = (count: number): string => `[${"{},".repeat(count - 1)}0]`;
  expect(isTooComplex(list(maxNodes))).toBe(false);
  expect(isTooComplex(list(maxNodes + 1))).toBe(true);
  expect(createStructureScan(2 * mebibyte)(list(maxNodes + 1))).toBe(false);
});

test("any JSON is judged by its depth, in one piece or in many, as text or as bytes", () => {
  fc.assert(
    fc.property(
      fc.json({ maxDepth: 40 }),
      fc.nat(40),
      fc.integer({ min: 1, max: 9 }),
      (json, levels, size) => {
        const text = nested(levels, json);
        const isDeep = depthOf(JSON.parse(text)) > deepestResponse;
        expect(isTooComplex(text)).toBe(isDeep);
        const scan = createStructureScan(mebibyte);
        const bytes = Buffer.from(text);
        let isOver = false;
        for (let at = 0; at < bytes.length; at += size) {
          isOver = scan(bytes.subarray(at, at + size));
        }
        expect(isOver).toBe(isDeep);
      },
    ),
  );
});

test("A30, B15: nothing before the brackets hides them from the scan but from the parser", () => {
  // Where the scan lets it pass, the parser stops before it meets them.
  const passed = ["]]]]]]", '"', '"\\', '"a\n', '{"a":"\\u12\r']
    .map((before) => before + nested(100))
    .filter((text) => !isTooComplex(text));
  expect(passed).not.toEqual([]);
  expect(passed.filter((text) => parseJson(text) !== undefined)).toEqual([]);
});

test("A31, B15: a connection may send one response for each request, a little more, and never without end", () => {
  let now = 0;
  const allowance = createSizeBudget(mebibyte, () => now);
  expect(allowance.take(mebibyte)).toBe(true);
  expect(allowance.take(1)).toBe(false);
  allowance.ask();
  expect(allowance.take(mebibyte)).toBe(true);
  now = 30_000;
  expect(allowance.take(mebibyte / 2)).toBe(true);
  expect(allowance.take(mebibyte / 2)).toBe(false);
  for (let asked = 0; asked < 1000; asked += 1) allowance.ask();
  let taken = 0;
  while (allowance.take(mebibyte)) taken += 1;
  expect(taken).toBeLessThan(30);
});

test("many small messages reach a limit too", () => {
  const allowance = createSizeBudget(mebibyte, () => 0);
  let taken = 0;
  while (allowance.take(60) && allowance.takeMessage()) taken += 1;
  expect(taken).toBeGreaterThan(400);
  expect(taken).toBeLessThan(600);
});

test("no more pages are requested when they have too much weight together", () => {
  const page = [{ id: "T-1", title: "x".repeat(400_000) }];
  const room = createPageRoom();
  expect([room(page), room(page), room(page), room(page)]).toEqual([true, true, true, false]);
});
