import { describe, expect, test } from "vitest";
import {
  failureReason,
  sourceLine,
  sourceTexts,
  fixLine,
} from "../../../src/core/brief/source-lines.ts";
import type { SourceView } from "../../../src/core/brief/source-view.ts";
import { noNotes } from "../../../src/core/ports.ts";
import { plainMarkup } from "../../../src/core/brief/options.ts";
import type { Failure } from "../../../src/core/snapshot.ts";
import { aSourceView, day, hour, minute, saturday, utcCalendar } from "../../support/builders.ts";

const context = {
  style: plainMarkup,
  hasSources: false,
  now: utcCalendar(saturday),
  calendar: utcCalendar,
};
const failed = (code: string): Failure => ({
  code,
  at: saturday - minute,
  since: saturday - minute,
  count: 3,
  nextTryAt: saturday + minute,
});
const shown = (view: Partial<SourceView>): string =>
  sourceLine(aSourceView({ source: "linear", ...view }), context, saturday, {
    isMonitorAlive: true,
    hidesCached: false,
  });

describe("the line of a source says how old its tasks are and why", () => {
  test.for<[string, Partial<SourceView>, string]>([
    ["fresh", {}, "Tasks read 12 s ago (linear)."],
    [
      "fresh, read by a clock that is a little ahead",
      { fetchedAt: saturday + 30_000 },
      "Tasks read 0 s ago (linear).",
    ],
    [
      "fresh, and failing since",
      { failure: failed("ECONNREFUSED") },
      "Tasks as of 10:01, 12 s ago: linear refuses connections; next attempt 10:03.",
    ],
    [
      "stale without a failure",
      { freshness: "stale", fetchedAt: saturday - 22 * minute },
      "Tasks as of 09:40, 22 min ago (linear).",
    ],
    [
      "stale with a failure",
      { freshness: "stale", fetchedAt: saturday - 3 * hour, failure: failed("source-timeout") },
      "Tasks as of 07:02, 3 h ago: linear is not responding (timeout); next attempt 10:03.",
    ],
    [
      "stale since yesterday",
      { freshness: "stale", fetchedAt: saturday - day, failure: failed("store-busy") },
      "Tasks as of yesterday 10:02, 24 h ago: linear is locked by another program; next attempt 10:03.",
    ],
    [
      "stale because the clock was put back",
      { freshness: "stale", fetchedAt: saturday + hour },
      "Tasks (linear) as of an unknown time: the clock was changed.",
    ],
    [
      "expired without a failure",
      { freshness: "expired", fetchedAt: saturday - 8 * day },
      "Tasks as of 13 Nov 10:02, 8 d ago (linear). They are too old to be listed.",
    ],
    [
      "expired with a failure",
      { freshness: "expired", fetchedAt: saturday - 8 * day, failure: failed("ENOTFOUND") },
      "Tasks as of 13 Nov 10:02, 8 d ago: linear has an address that does not resolve; next attempt 10:03. They are too old to be listed.",
    ],
    [
      "never asked",
      { freshness: "absent", fetchedAt: null },
      "Tasks from linear have not been read yet.",
    ],
    [
      "without an instant, whatever its state says",
      { freshness: "stale", fetchedAt: null },
      "Tasks from linear have not been read yet.",
    ],
    [
      "never reached",
      { freshness: "absent", fetchedAt: null, failure: failed("ECONNREFUSED") },
      "Tasks from linear are not known yet: it refuses connections; next attempt 10:03.",
    ],
    [
      "with a name that is not plain",
      { source: "team `x`\nsays" },
      "Tasks read 12 s ago (\"team 'x' says\").",
    ],
  ])("%s", ([, view, line]) => {
    expect(shown(view)).toBe(line);
  });
});

describe("a failure code in words", () => {
  test.for([
    ["source-timeout", "is not responding (timeout)"],
    ["git-timeout", "did not respond in time"],
    ["git-missing", "was not found"],
    ["git-failed", "failed"],
    ["store-unreadable", "cannot be read"],
    ["store-busy", "is locked by another program"],
    ["cache-busy", "is locked by another program"],
    ["ECONNREFUSED", "refuses connections"],
    ["ECONNRESET", "drops connections"],
    ["ENOTFOUND", "has an address that does not resolve"],
    ["ENOSPC", "is on a full disk"],
    ["source-refused", "rejects the sign-in"],
    ["keychain-failed", "has its secret in a keychain that is not responding"],
    ["source-odd", "failed (source-odd)"],
    ["source-failed", "reports an error"],
    ["EPIPE", "failed (EPIPE)"],
  ] as const)("%s: %s", ([code, words]) => {
    expect(failureReason(code)).toBe(words);
  });

  test.for(["constructor", "toString"])("a code that is a property of every object: %s", (code) => {
    expect(failureReason(code)).toBe(`failed (${code})`);
  });
});

describe("the line of a source in a rarer state", () => {
  const lineOf = (
    view: Partial<SourceView>,
    { isMonitorAlive = true, hidesCached = false } = {},
  ): string =>
    sourceLine(aSourceView({ source: "linear", ...view }), context, saturday, {
      isMonitorAlive,
      hidesCached,
    });
  const failure = failed("ECONNREFUSED");

  test("a failing source says that its cached tasks are not listed, if that is switched off", () => {
    expect(lineOf({ failure }, { hidesCached: true })).toBe(
      "Tasks: linear refuses connections; next attempt 10:03. Its cached tasks are not listed.",
    );
    expect(lineOf({}, { hidesCached: true })).toBe("Tasks read 12 s ago (linear).");
  });

  test("a source without a running monitor promises no next attempt, and gives that as the reason for old tasks", () => {
    const dead = { isMonitorAlive: false };
    expect(lineOf({ failure }, dead)).toBe(
      "Tasks as of 10:01, 12 s ago: linear refuses connections.",
    );
    expect(lineOf({ freshness: "stale", fetchedAt: saturday - hour }, dead)).toBe(
      "Tasks as of 09:02, 1 h ago (linear). The monitor that refreshes them was not running.",
    );
  });

  test("a failing source has tasks of an unknown time after the clock was changed", () => {
    expect(lineOf({ freshness: "stale", fetchedAt: saturday + hour, failure })).toBe(
      "Tasks as of an unknown time (the clock was changed): linear refuses connections; next attempt 10:03.",
    );
  });

  test("a source that has not answered yet says so", () => {
    expect(lineOf({ freshness: "absent" })).toBe("Tasks from linear have not been read yet.");
  });

  test.for([
    [day - 1, "linear"],
    [day, "linear, newest entry 24 h old"],
    [-minute, "linear"],
  ] as const)(
    "an export with a newest entry %d ms old gives that age only from one day",
    ([age, which]) => {
      const notes = { ...noNotes, writtenAt: saturday - age };
      expect(lineOf({ notes })).toBe(`Tasks read 12 s ago (${which}).`);
    },
  );
});

describe("the lines of several sources", () => {
  const texts = (...views: Partial<SourceView>[]): string[] =>
    sourceTexts(
      { sources: views.map(aSourceView), now: saturday, isMonitorAlive: true, options: {} },
      context,
    );
  const notes = (more: object) => ({ notes: { ...noNotes, ...more } });
  const later = { source: "ops", fetchedAt: saturday - 30_000 };

  test("current sources share one line, with the age of the oldest answer", () => {
    expect(texts({}, later)).toEqual(["Tasks read 30 s ago (embedded, ops)."]);
    expect(texts(later, { isBuiltIn: true })).toEqual(["Tasks read 30 s ago (ops)."]);
    const exported = notes({ writtenAt: saturday - 3 * day });
    expect(texts({}, { ...later, ...exported })).toEqual([
      "Tasks read 12 s ago (embedded).",
      "Tasks read 30 s ago (ops, newest entry 3 d old).",
    ]);
  });

  test("a failing source says that its cached tasks are not listed", () => {
    const input = { sources: [aSourceView({ failure: failed("ECONNREFUSED") })], now: saturday };
    const options = { hidesCached: true };
    expect(sourceTexts({ ...input, isMonitorAlive: true, options }, context)).toEqual([
      "Tasks: embedded refuses connections; next attempt 10:03. Its cached tasks are not listed.",
    ]);
  });

  const aside = (...counts: number[]) =>
    counts.map((count, at) => ({
      count,
      place: `docs/plan-${at}.md`,
      changedAt: saturday - (at + 1) * day,
    }));

  test("open items in other lists are counted while the source answers", () => {
    expect(texts(notes({ aside: aside(1) }))).toEqual([
      "Tasks read 12 s ago (embedded).",
      'Not listed: 1 open item in "docs/plan-0.md" (last written 24 h ago).',
    ]);
    expect(texts(notes({ aside: aside(3, 4) })).at(-1)).toBe(
      "Not listed: 7 open items in 2 other lists (last written 24 h ago).",
    );
    expect(texts(notes({ aside: aside(0) }))).toHaveLength(1);
    expect(texts({ ...notes({ aside: aside(1) }), failure: failed("ECONNREFUSED") })).toHaveLength(
      1,
    );
  });
});

test.for([
  ["source-rate-limited", null],
  ["sign-in-needed", "sign-in needed: sitrep login linear"],
  ["secret-missing", "sign-in needed: sitrep source secret linear"],
  ["sign-in-missing", "sitrep source test linear"],
  ["ECONNREFUSED", "sitrep source test linear"],
] as const)("the way out of %s is %j", ([code, line]) => {
  expect(fixLine("linear", code)).toBe(line);
});
