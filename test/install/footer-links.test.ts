// Our links in a person's settings: they come and go, and every other byte stays.

import { describe, expect, test } from "vitest";
import { countTaskLinks, cutTaskLinks, setTaskLinks } from "../../src/install/footer-links.ts";
import type { TaskLink } from "../../src/core/task/task-links.ts";
import { failureOf, parsed, settingsPath as file } from "../support/settings-entries.ts";
import {
  bodies,
  layouts,
  rawArray,
  rawObject,
  rawOf,
  render,
  type Raw,
} from "../support/settings-corpus.ts";

const link: TaskLink = { pattern: "#(?<id>\\d+)", url: "https://a.example/{id}", label: "a#{id}" };
const key: TaskLink = { pattern: "ENG-(?<id>\\d+)", url: "https://a.example/{id}" };
const written = (one: TaskLink): object => ({ type: "regex", ...one, addedBy: "sitrep" });
const set = (text: string | null, links: readonly TaskLink[]): string =>
  setTaskLinks(file, text, links);

/** Another person's entries, one of them with our very pattern, and one of a kind that is not known yet. */
const theirs = rawArray(
  rawOf({ type: "regex", pattern: link.pattern, url: "https://theirs.example/{id}" }),
  rawOf({ type: "later", addedBy: "someone" }),
  '"sitrep"',
);
const lists: [string, Raw | null][] = [
  ["no links", null],
  ["links of others", theirs],
];
const corpus = layouts.flatMap((layout) =>
  bodies.flatMap((body) =>
    lists.map(([name, list]) => {
      const own: [string, Raw][] = list === null ? [] : [['"footerLinksRegexes"', list]];
      const text = render(rawObject(...body.before, ...own, ...body.after), layout);
      return { name: `${layout.name}, ${name} ${body.name}`, text };
    }),
  ),
);

describe("links of task ids", () => {
  test.each(corpus)("come and go without a trace: $name", ({ text }) => {
    const after = set(text, [link, key]);
    const before = parsed(text);
    const list = (before["footerLinksRegexes"] ?? []) as unknown[];
    const expected = { ...before, footerLinksRegexes: [...list, written(link), written(key)] };
    expect(parsed(after)).toEqual(expected);
    expect(set(after, [link, key])).toBe(after);
    expect(cutTaskLinks(file, after)).toBe(text);
    expect(set(after, [])).toBe(text);
  });

  test("are written where there is no file", () => {
    expect(parsed(set(null, [link]))).toEqual({ footerLinksRegexes: [written(link)] });
  });

  test("of another project stay, but one with the same pattern is replaced", () => {
    const other = { ...link, url: "https://b.example/{id}" };
    expect(parsed(set(set(null, [link, key]), [other]))).toEqual({
      footerLinksRegexes: [written(other), written(key)],
    });
  });

  test("are counted, those of others are not", () => {
    const text = render({ object: [['"footerLinksRegexes"', theirs]] }, layouts[0] as never);
    expect(countTaskLinks(file, text)).toBe(0);
    expect(countTaskLinks(file, set(text, [link, key]))).toBe(2);
  });

  test("are not written over a value that is not a list, which an uninstall leaves alone", () => {
    const text = '{"footerLinksRegexes": {"type": "regex"}}';
    expect(failureOf(() => set(text, [link])).code).toBe("settings-unexpected");
    expect(cutTaskLinks(file, text)).toBe(text);
  });
});
