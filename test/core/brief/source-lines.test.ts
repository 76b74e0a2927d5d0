import { describe, expect, test } from "vitest";
import { failureWords, sourceLine } from "../../../src/core/brief/source-lines.ts";
import type { SourceView } from "../../../src/core/brief/source-view.ts";
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
    expect(failureWords(code)).toBe(words);
  });

  test.for(["constructor", "toString"])("a code that is a property of every object: %s", (code) => {
    expect(failureWords(code)).toBe(`failed (${code})`);
  });
});
