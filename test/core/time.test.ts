import { describe, expect, test } from "vitest";
import {
  ageText,
  clockTime,
  dateLine,
  daysUntil,
  dueDay,
  relativeDueText,
  isOverdue,
  pastTimeText,
} from "../../src/core/time.ts";
import type { LocalTime } from "../../src/core/time.ts";
import { day, hour, minute, saturday, utcCalendar } from "../support/builders.ts";

const now = utcCalendar(saturday);
const at = (text: string): LocalTime => utcCalendar(Date.parse(text));
const dayOf = (text: string): LocalTime => at(`${text}T00:00:00Z`);

test.for([
  ["2026-11-21T10:02:00Z", "Sat 21 Nov 10:02"],
  ["2026-01-04T00:00:00Z", "Sun 4 Jan 00:00"],
  ["2028-02-29T23:59:59Z", "Tue 29 Feb 23:59"],
] as const)("%s as a date is %s", ([text, words]) => {
  expect(dateLine(at(text))).toBe(words);
});

test("a time of day has two digits on each side", () => {
  expect(clockTime(at("2026-11-21T09:05:00Z"))).toBe("09:05");
});

test.for([
  [0, "0 s"],
  [999, "0 s"],
  [12_900, "12 s"],
  [minute - 1, "59 s"],
  [minute, "1 min"],
  [hour - 1, "59 min"],
  [hour, "1 h"],
  [2 * day - 1, "47 h"],
  [2 * day, "2 d"],
  [400 * day, "400 d"],
] as const)("%i ms as an age is %s", ([age, words]) => {
  expect(ageText(age)).toBe(words);
});

describe("a past moment", () => {
  test.for([
    ["today", "2026-11-21T00:00:00Z", "00:00"],
    ["later today", "2026-11-21T14:02:00Z", "14:02"],
    ["yesterday", "2026-11-20T18:20:00Z", "yesterday 18:20"],
    [
      "yesterday, less than an hour ago would not matter",
      "2026-11-20T23:59:00Z",
      "yesterday 23:59",
    ],
    ["two days ago", "2026-11-19T18:20:00Z", "Thu 18:20"],
    ["six days ago", "2026-11-15T18:20:00Z", "Sun 18:20"],
    ["seven days ago", "2026-11-14T18:20:00Z", "14 Nov 18:20"],
    ["this year", "2026-01-01T00:00:00Z", "1 Jan 00:00"],
    ["last year", "2025-11-03T18:20:00Z", "3 Nov 2025"],
    ["tomorrow: the clock was put back", "2026-11-22T18:20:00Z", "22 Nov 18:20"],
  ] as const)("%s", ([, then, words]) => {
    expect(pastTimeText(at(then), now)).toBe(words);
  });

  test('is "yesterday" across the turn of the year', () => {
    expect(pastTimeText(at("2026-12-31T23:00:00Z"), at("2027-01-01T01:00:00Z"))).toBe(
      "yesterday 23:00",
    );
  });
});

describe("a due day", () => {
  test.for([
    ["2025-11-03", "overdue since 3 Nov 2025", -383],
    ["2026-11-03", "overdue since 3 Nov", -18],
    ["2026-11-14", "overdue since 14 Nov", -7],
    ["2026-11-15", "overdue since Sun 15 Nov", -6],
    ["2026-11-20", "overdue since Fri 20 Nov", -1],
    ["2026-11-21", "due today", 0],
    ["2026-11-22", "due tomorrow (22 Nov)", 1],
    ["2026-11-23", "due Mon 23 Nov", 2],
    ["2026-11-27", "due Fri 27 Nov", 6],
    ["2026-11-28", "due 28 Nov", 7],
    ["2026-12-03", "due 3 Dec", 12],
    ["2027-01-05", "due 5 Jan 2027", 45],
  ] as const)("%s: %s, in %i days", ([due, words, days]) => {
    expect(relativeDueText(dayOf(due), now)).toBe(words);
    expect(daysUntil(dayOf(due), now)).toBe(days);
  });

  test.for([
    ["2026-11-21", "due today", false],
    ["2026-11-21T00:00:00Z", "due today", false],
    ["2026-11-21T08:02:00Z", "overdue since 08:02", true],
    ["2026-11-21T10:01:59Z", "overdue since 10:01", true],
    ["2026-11-21T10:02:00Z", "due today 10:02", false],
    ["2026-11-21T16:30:00Z", "due today 16:30", false],
    ["2026-11-20T23:00:00Z", "overdue since Fri 20 Nov", true],
    ["2026-11-22T09:00:00Z", "due tomorrow (22 Nov)", false],
  ] as const)("%s: %s", ([text, words, overdue]) => {
    const due = dueDay(text, utcCalendar) ?? now;
    expect(relativeDueText(due, now)).toBe(words);
    expect(isOverdue(due, now)).toBe(overdue);
  });

  test("is counted in whole days, at any hour", () => {
    expect(daysUntil(at("2026-11-22T00:00:00Z"), at("2026-11-21T23:59:00Z"))).toBe(1);
    expect(daysUntil(at("2026-11-21T23:59:00Z"), at("2026-11-21T00:00:00Z"))).toBe(0);
  });
});

describe("the day that a due date names", () => {
  /** A reader seven hours behind UTC. */
  const west = (epochMs: number): LocalTime => utcCalendar(epochMs - 7 * hour);

  test("is that same day everywhere for a bare date", () => {
    const expected = { year: 2026, month: 11, day: 23, weekday: 1, hour: 0, minute: 0 };
    expect(dueDay("2026-11-23", utcCalendar)).toEqual(expected);
    expect(dueDay("2026-11-23", west)).toEqual(expected);
  });

  test("is the same day for everybody, without an hour, for midnight in UTC", () => {
    const east = (epochMs: number): LocalTime => utcCalendar(epochMs + 14 * hour);
    for (const calendar of [utcCalendar, west, east]) {
      const due = dueDay("2026-11-23T00:00:00.000Z", calendar);
      expect(due).toEqual(dueDay("2026-11-23", calendar));
    }
  });

  test("is the reader's own day for an instant", () => {
    expect(dueDay("2026-11-23T02:00:00Z", utcCalendar)).toMatchObject({ day: 23, weekday: 1 });
    expect(dueDay("2026-11-23T02:00:00Z", west)).toMatchObject({ day: 22, weekday: 0 });
  });

  test.for([
    "",
    "someday",
    "Q1",
    "sprint 5",
    "21.11.2026x",
    "2025-13-45",
    "2026-02-30",
    "2026-00-00",
  ])("does not exist for %j", (due) => {
    expect(dueDay(due, utcCalendar)).toBeNull();
  });
});
