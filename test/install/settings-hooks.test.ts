// The plan for a settings file, over a corpus of several hundred files.

import { describe, expect, test } from "vitest";
import {
  bodies,
  corpus,
  fileOf,
  hooksShapes,
  layouts,
  rawOf,
  render,
} from "../support/settings-corpus.ts";
import type { Raw, Sample } from "../support/settings-corpus.ts";
import {
  allEntries,
  install,
  isOneInsertion,
  ourEntries,
  parsed,
  uninstall,
  withOurs,
} from "../support/settings-entries.ts";
import { oneIn } from "../support/cases.ts";

/** The names of the samples for which something does not hold. */
const exceptions = (samples: readonly Sample[], holds: (sample: Sample) => boolean): string[] =>
  oneIn(5, samples)
    .filter((sample) => !holds(sample))
    .map(({ name }) => name);

const roundTripping = corpus.filter(({ shape }) => !shape.fillsEmpty);
const filling = corpus.filter(({ shape }) => shape.fillsEmpty);
const pretty = corpus.filter(({ layout }) => layout.indent !== null);

/** The hooks of a file with our groups put where a careful hand would. */
function rawWithOurs(hooks: Raw | null): Raw {
  const events: [string, Raw][] =
    hooks !== null && typeof hooks !== "string" && "object" in hooks ? [...hooks.object] : [];
  for (const { event, group } of ourEntries) {
    const index = events.findIndex(([key]) => JSON.parse(key) === event);
    const [key, groups] = events[index] ?? [JSON.stringify(event), { array: [] }];
    const others = typeof groups !== "string" && "array" in groups ? groups.array : [];
    const changed: [string, Raw] = [key, { array: [...others, rawOf(group)] }];
    if (index === -1) events.push(changed);
    else events[index] = changed;
  }
  return { object: events };
}

function handMade({ body, shape, layout }: Sample): string {
  const hooks = rawWithOurs(shape.hooks);
  if (shape.hooks !== null) return render(fileOf(body, hooks), layout);
  const last: [string, Raw][] = [...body.after, ['"hooks"', hooks]];
  return render(fileOf({ ...body, after: last }, null), layout);
}

/** What an install adds, one entry after another: the texts in between, first and last included. */
function steps(text: string): string[] {
  return [0, 1, 2, 3].map((count) => install(text, ourEntries.slice(0, count)));
}

test("the corpus has the size and variety that it claims", () => {
  expect(corpus.length).toBe(layouts.length * hooksShapes.length * bodies.length);
  expect(corpus.length).toBeGreaterThan(800);
  expect(new Set(corpus.map(({ text }) => text)).size).toBeGreaterThan(700);
});

describe("an install", () => {
  test("adds our groups after all others and changes nothing else that Claude Code reads", () => {
    const wrong = exceptions(corpus, ({ text }) => {
      const [is, ought] = [parsed(install(text)), withOurs(parsed(text))];
      return JSON.stringify(is) === JSON.stringify(ought);
    });
    expect(wrong).toEqual([]);
  });

  test("F71: an install keeps every byte outside its insertions", () => {
    const wrong = exceptions(corpus, ({ text }) => {
      const texts = steps(text);
      const isEach = texts
        .slice(1)
        .every((after, index) => isOneInsertion(texts[index] ?? "", after));
      return isEach && texts[0] === text && texts.at(-1) === install(text);
    });
    expect(wrong).toEqual([]);
  });

  test("keeps the file's indentation, line endings and byte order mark", () => {
    expect(exceptions(pretty, (sample) => install(sample.text) === handMade(sample))).toEqual([]);
  });

  test("F75: an install done twice is the same as one done once", () => {
    expect(exceptions(corpus, ({ text }) => install(install(text)) === install(text))).toEqual([]);
  });

  test("uses only the file's own line ending", () => {
    const crlf = corpus.filter(({ layout, text }) => layout.eol === "\r\n" && text.includes("\n"));
    expect(crlf.length).toBeGreaterThan(100);
    expect(exceptions(crlf, ({ text }) => !/(?<!\r)\n/.test(install(text)))).toEqual([]);
  });
});

test("F75: an install over an earlier version adds what is new, and an uninstall restores the original bytes", () => {
  const earlier = allEntries.filter(({ event }) => event !== "Stop" && event !== "PreCompact");
  expect(allEntries.length - earlier.length).toBe(2);
  const updated = (text: string): string => install(install(text, earlier), allEntries);
  expect(exceptions(roundTripping, ({ text }) => uninstall(updated(text)) === text)).toEqual([]);
  const hooks = parsed(updated("{}"))["hooks"] as Record<string, unknown[]>;
  for (const { event, group } of allEntries) expect(hooks[event]).toContainEqual(group);
  expect(Object.values(hooks).flat()).toHaveLength(allEntries.length);
});

describe("an uninstall", () => {
  test("restores every byte when no empty container was filled", () => {
    expect(roundTripping.length).toBeGreaterThan(500);
    const wrong = exceptions(roundTripping, ({ text }) => uninstall(install(text)) === text);
    expect(wrong).toEqual([]);
  });

  test("removes a container that was empty before Sitrep's entry", () => {
    const wrong = exceptions(filling, ({ text }) => {
      const { hooks: _empty, ...others } = parsed(text);
      return JSON.stringify(parsed(uninstall(install(text)))) === JSON.stringify(others);
    });
    expect(wrong).toEqual([]);
  });

  test("changes no byte of a file without Sitrep's entries", () => {
    expect(exceptions(corpus, ({ text }) => uninstall(text) === text)).toEqual([]);
  });

  const foreignGroup = '{"hooks":[{"type":"command","command":"x","timeout":1}]}';
  test.each([
    {
      what: "another value",
      edit: (text: string): string => text.replace(/"model":( ?)"opus"/, '"model":$1"sonnet"'),
    },
    {
      what: "a new first setting",
      edit: (text: string): string => text.replace("{", '{ "theme" : [ 1,2 ],'),
    },
    {
      what: "white space at the end",
      edit: (text: string): string => `${text} \n\n`,
    },
    {
      what: "a group before all others of an event",
      edit: (text: string): string =>
        text.replace(/("(?:\\u0053|S)essionStart": ?\[)(?=\s*\{)/, `$1${foreignGroup},`),
    },
  ])("keeps later edits by others: $what", ({ edit }) => {
    const concerned = roundTripping.filter(({ text }) => edit(text) !== text);
    expect(concerned.length).toBeGreaterThan(100);
    const wrong = exceptions(
      concerned,
      ({ text }) => uninstall(edit(install(text))) === edit(text),
    );
    expect(wrong).toEqual([]);
  });

  test("keeps a group of others between and after ours", () => {
    const wrong = exceptions(corpus, ({ text }) => {
      const settings = withOurs(parsed(text));
      const hooks = settings["hooks"] as Record<string, unknown[]>;
      const foreign = { matcher: "Late", hooks: [{ type: "command", command: "late" }] };
      const [first, ...rest] = hooks["PreToolUse"] ?? [];
      hooks["PreToolUse"] = [first, foreign, ...rest, foreign];
      hooks["SessionStart"] = [...(hooks["SessionStart"] ?? []), foreign];
      const after = parsed(uninstall(JSON.stringify(settings, null, 2)))["hooks"] as typeof hooks;
      const others = (event: string): unknown[] => {
        const before = parsed(text)["hooks"] as typeof hooks | undefined;
        return before?.[event] ?? [];
      };
      const [expectedFirst, ...expectedRest] = others("PreToolUse");
      const expected =
        expectedFirst === undefined
          ? [foreign, foreign]
          : [expectedFirst, foreign, ...expectedRest, foreign];
      return (
        JSON.stringify(after["PreToolUse"]) === JSON.stringify(expected) &&
        JSON.stringify(after["SessionStart"]) ===
          JSON.stringify([...others("SessionStart"), foreign])
      );
    });
    expect(wrong).toEqual([]);
  });
});
