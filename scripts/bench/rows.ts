// Our rows of the bench, with their limits.

import { baseCases, commandCase, newsCase, quietCase, sessionCase } from "./cases.ts";
import type { Case } from "./measure.ts";
import type { BenchFixture } from "./fixture.ts";

export interface Limited {
  /** The largest ratio to `to`. */
  most: number;
  to: string;
}

export const names = {
  quiet: "PreToolUse, nothing to say",
  news: "PreToolUse with news",
  atHand: "SessionStart, the monitor's git state",
  live: "SessionStart, live git",
  down: "SessionStart, server known to be down",
  big: "SessionStart, 100,000 files, 10,000 tasks",
  version: "sitrep --version",
  bare: "sitrep, 10,000 tasks",
  list: "sitrep task list, 10,000 tasks",
} as const;

const base = "node -e 0";

/** The limits of `npm run bench`, on a machine that does nothing else. */
export const limits: Record<string, readonly Limited[]> = {
  [names.quiet]: [
    { most: 0.15, to: base },
    { most: 2, to: "sh -c :" },
  ],
  [names.news]: [{ most: 1.3, to: base }],
  [names.atHand]: [{ most: 1.45, to: base }],
  [names.live]: [{ most: 1.85, to: base }],
  [names.down]: [{ most: 1.1, to: names.atHand }],
  [names.big]: [{ most: 1.6, to: base }],
  [names.version]: [{ most: 1.6, to: base }],
  [names.bare]: [{ most: 2.5, to: base }],
  [names.list]: [{ most: 2.5, to: base }],
};

export function smallCases(fixture: BenchFixture): Case[] {
  return [
    ...baseCases(fixture),
    quietCase(fixture),
    newsCase(fixture),
    sessionCase(fixture, { name: names.atHand, git: "at hand", source: "up" }),
    sessionCase(fixture, { name: names.live, git: "live", source: "up" }),
    sessionCase(fixture, { name: names.down, git: "at hand", source: "down" }),
  ];
}

export function bigCases(fixture: BenchFixture): Case[] {
  return [
    ...baseCases(fixture),
    sessionCase(fixture, { name: names.big, git: "at hand", source: "up" }),
  ];
}

export function commandCases(fixture: BenchFixture): Case[] {
  return [
    ...baseCases(fixture),
    commandCase(fixture, { name: names.version, args: ["--version"], shows: "." }),
    commandCase(fixture, { name: names.bare, args: [], shows: "TASK-" }),
    commandCase(fixture, { name: names.list, args: ["task", "list"], shows: "TASK-" }),
  ];
}
