// Quotes against a corpus of hostile strings (ours, in test/fixtures/hostile-texts.json), and against many made up
// ones: no text ends its own quotes, and nothing that shows as nothing or reorders text passes.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cleanText, quoted, quotedName } from "../../src/core/quote.ts";
import { anyText } from "./arbitraries.ts";

type Entry = string | { repeat: [text: string, times: number] };

const corpus = JSON.parse(
  readFileSync(join(import.meta.dirname, "../fixtures/hostile-texts.json"), "utf8"),
) as Record<string, Entry[]>;
const textOf = (entry: Entry): string =>
  typeof entry === "string" ? entry : entry.repeat[0].repeat(entry.repeat[1]);
const entries = Object.values(corpus).flat();

const forbidden =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800<>`]|\p{M}{3}/u;
/** What a terminal sequence leaves behind without its escape character. */
const residue = /\[\d+(?:;\d+)*m(?![\]…])|\[\?\d+[hl]|\][012];|\]52;/u;
const plainName = /^[A-Za-z0-9#][A-Za-z0-9._#/-]{0,35}$/;

/** What is wrong with a quoted text; empty when it is safe. */
function faultsOf(text: string, maxLength: number): string[] {
  const whole = quoted(text, maxLength);
  const inner = whole.slice(1, -1);
  return [
    whole.length >= 2 && whole.startsWith('"') && whole.endsWith('"') ? "" : "it is not quoted",
    inner.includes('"') ? "a quote stands within" : "",
    forbidden.test(inner) ? "a forbidden character passed" : "",
    residue.test(inner) ? "a terminal sequence is left" : "",
    inner.length > maxLength ? "it is too long" : "",
    /[^\S ]/u.test(inner) ? "it is not a single line" : "",
  ].filter((fault) => fault !== "");
}

test("the corpus has at least 200 different strings, and ten of each family", () => {
  expect(entries.length).toBeGreaterThanOrEqual(200);
  expect(new Set(entries.map((entry) => JSON.stringify(entry))).size).toBe(entries.length);
  expect(Object.values(corpus).filter((family) => family.length < 10)).toEqual([]);
});

describe.for(Object.entries(corpus))("strings of the corpus: %s", ([, family]) => {
  test("stay between their quotes", () => {
    const broken = family.filter((entry) =>
      [1, 40, 120, 5000].some((maxLength) => faultsOf(textOf(entry), maxLength).length > 0),
    );
    expect(broken).toEqual([]);
  });

  test("are bare names only if they are plain", () => {
    const bare = family
      .map((entry) => quotedName(textOf(entry)))
      .filter((name) => !name.startsWith('"'));
    expect(bare.filter((name) => !plainName.test(name))).toEqual([]);
    const others = family.filter((entry) => quotedName(textOf(entry)).startsWith('"'));
    expect(others.map((entry) => quotedName(textOf(entry)))).toEqual(
      others.map((entry) => quoted(textOf(entry), 40)),
    );
  });
});

/** `npm run test:faults` makes 100,000. */
const strings = Number(process.env["SITREP_RUNS"] ?? 10_000);

test("A16, A17, A18: strings made of anything and of pieces of the corpus never end their quotes", () => {
  const pieces = entries.filter((entry) => typeof entry === "string");
  const anyHostile = fc
    .array(fc.oneof(fc.constantFrom(...pieces), anyText), { minLength: 1, maxLength: 4 })
    .map((parts) => parts.join(""));
  let seen = 0;
  fc.assert(
    fc.property(anyHostile, fc.integer({ min: 1, max: 300 }), (text, maxLength) => {
      seen += 1;
      const faults = faultsOf(text, maxLength);
      if (faults.length > 0) throw new Error(faults.join(", "));
    }),
    { numRuns: strings, endOnFailure: true },
  );
  expect(seen).toBe(strings);
}, 120_000);

test("only the first 4 KiB of a megabyte are looked at, in at most 30 ms", () => {
  const secret = "beyond";
  const megabytes = corpus["a megabyte"] ?? [];
  expect(megabytes).not.toEqual([]);
  for (const entry of megabytes) {
    const text = `${textOf(entry)}${secret}`;
    expect(text.length).toBeGreaterThanOrEqual(1024 * 1024);
    const times = Array.from({ length: 5 }, () => {
      const start = performance.now();
      quoted(text, 5000);
      return performance.now() - start;
    });
    expect(Math.min(...times)).toBeLessThan(30);
    expect(cleanText(text, 2_000_000).length).toBeLessThanOrEqual(4096);
    expect(cleanText(text, 2_000_000)).not.toContain(secret);
  }
});
