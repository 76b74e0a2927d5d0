// The plan for a settings file, over random JSON in random white space.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  install,
  isOneInsertion,
  ourEntries,
  parsed,
  uninstall,
  withOurs,
} from "../support/settings-entries.ts";

const group = fc.oneof(
  fc.record({
    matcher: fc.string(),
    hooks: fc.array(fc.record({ type: fc.string(), command: fc.string() }), { maxLength: 3 }),
  }),
  fc.jsonValue({ maxDepth: 2 }),
);
const groups = fc.array(group, { maxLength: 3 });
const hooks = fc.dictionary(
  fc.constantFrom("SessionStart", "PreToolUse", "Stop", "Notification"),
  groups,
);
const settings = fc
  .tuple(
    fc.dictionary(
      fc.string().filter((key) => key !== "hooks"),
      fc.jsonValue(),
    ),
    fc.option(hooks),
    fc.dictionary(fc.string({ minLength: 20 }), fc.jsonValue()),
  )
  .map(([before, own, after]) =>
    JSON.stringify({ ...before, ...(own === null ? {} : { hooks: own }), ...after }),
  );

const space = fc.array(fc.constantFrom(" ", "\t", "\n", "\r\n", "  "), { maxLength: 3 });
const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/** Random settings with random white space between tokens, but none in an empty container. */
const loose = fc
  .tuple(settings, fc.array(space, { minLength: 1, maxLength: 40 }), fc.boolean())
  .map(([text, spaces, bom]) => {
    const tokens = text.match(token) ?? [];
    const pieces = tokens.map((one, index) => {
      const isEmpty = /[{[]/.test(one) && /[}\]]/.test(tokens[index + 1] ?? "");
      return isEmpty ? one : one + (spaces[index % spaces.length] ?? []).join("");
    });
    return (bom ? "\uFEFF" : "") + pieces.join("");
  });

const isEmptyContainer = (value: unknown): boolean =>
  typeof value === "object" && value !== null && Object.keys(value).length === 0;

/** True when an install fills a container that is there and empty. */
function fillsEmpty(text: string): boolean {
  const own = parsed(text)["hooks"] as Record<string, unknown> | undefined;
  const containers = [own ?? parsed(text), own?.["SessionStart"], own?.["PreToolUse"]];
  return containers.some(isEmptyContainer);
}

const numRuns = Math.min(500, Number(process.env["SITREP_RUNS"] ?? 100));

describe("for any settings", () => {
  test("F71: an install adds Sitrep's groups and nothing else", () => {
    fc.assert(
      fc.property(loose, (text) => {
        expect(JSON.stringify(parsed(install(text)))).toBe(JSON.stringify(withOurs(parsed(text))));
      }),
      { numRuns },
    );
  });

  test("an install only inserts text, and a second one changes nothing", () => {
    fc.assert(
      fc.property(loose, (text) => {
        let before = text;
        for (const count of [1, 2, 3]) {
          const after = install(text, ourEntries.slice(0, count));
          expect(isOneInsertion(before, after)).toBe(true);
          before = after;
        }
        expect(install(before)).toBe(before);
      }),
      { numRuns },
    );
  });

  test("F76: an uninstall restores every byte, except empty containers that were filled", () => {
    fc.assert(
      fc.property(loose, (text) => {
        fc.pre(!fillsEmpty(text));
        expect(uninstall(install(text))).toBe(text);
      }),
      { numRuns },
    );
  });

  test("an uninstall after another program reformatted the file leaves exactly the other settings", () => {
    fc.assert(
      fc.property(loose, fc.constantFrom(0, 1, 4, "\t"), (text, indent) => {
        fc.pre(!fillsEmpty(text));
        const reformatted = JSON.stringify(parsed(install(text)), null, indent);
        expect(parsed(uninstall(reformatted))).toEqual(parsed(text));
      }),
      { numRuns },
    );
  });
});
