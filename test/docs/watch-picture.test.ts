// The picture that the README opens with shows what the built `sitrep watch` shows today, to everyone who reads it.

import { describe, expect, test } from "vitest";
import { drawTerminal, palettes } from "../../scripts/docs/terminal-svg.ts";
import { drawWatch, watchScreen } from "../../scripts/docs/watch-picture.ts";
import { hasScript } from "../support/on-terminal.ts";
import { eventually } from "../support/waiting.ts";
import { read } from "./documents.ts";

const picture = read("docs/watch.svg");

test.runIf(hasScript)("docs/watch.svg is what `npm run docs` draws, byte for byte", async () => {
  // On a busy machine git may not answer within its time, and the screen says so.
  await eventually(async () => expect(drawWatch(await watchScreen())).toBe(picture));
});

test("the README opens with it, after its title and one sentence", () => {
  const [title, sentence, image = ""] = read("README.md").split("\n\n");
  expect([title, sentence?.match(/\.(?:\s|$)/g)?.length]).toEqual(["# Sitrep", 1]);
  expect(image).toMatch(/^!\[[^\]]{40,}\]\(docs\/watch\.svg\)$/);
});

test("docs/watch.svg is small, loads nothing, and has a description for screen readers", () => {
  expect(Buffer.byteLength(picture)).toBeLessThan(60 * 1024);
  expect(picture.match(/(?:href|src|url|@import|<script|<image|on\w+=)/gi)).toBe(null);
  const [, width] = /viewBox="0 0 (\d+) \d+"/.exec(picture) ?? [];
  // Shown at 800 pixels its text is not smaller than 11.
  expect((800 / Number(width)) * 12.3).toBeGreaterThan(11);
  const [, said = ""] = /<desc id="description">([\s\S]*?)<\/desc>/.exec(picture) ?? [];
  for (const what of ["Now", "Next", "Waiting", "Wrong", "Git", "Sessions", "Sources"])
    expect(said).toMatch(new RegExp(`^${what} {2}\\S`, "m"));
});

const luminance = (color: string): number => {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(color.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};

describe("a drawn terminal", () => {
  test.each(["light", "dark"] as const)("has text with enough contrast in %s colors", (name) => {
    const { ground, bar, ...texts } = palettes[name];
    const contrast = (text: string, behind: string): number => {
      const [low = 0, high = 0] = [luminance(text), luminance(behind)].toSorted((a, b) => a - b);
      return (high + 0.05) / (low + 0.05);
    };
    const weak = Object.entries(texts).filter(([, text]) => contrast(text, ground) < 4.5);
    expect(weak).toEqual([]);
    expect(contrast(texts.faint, bar)).toBeGreaterThanOrEqual(4.5);
  });

  test("keeps columns that several blanks set apart, and shows markup as text", () => {
    const lines = [[{ column: 2, text: "a  <b> &c ", style: "text" } as const]];
    const svg = drawTerminal({ title: "t", description: "d", lines });
    const texts = [...svg.matchAll(/<text \S+ x="([\d.]+)"[^>]*>(.*?)<\/text>/g)];
    expect(texts.map(([, x, text]) => [x, text])).toEqual([
      ["32.8", "a"],
      ["55", "&lt;b&gt; &amp;c"],
    ]);
  });
});
