import { quoteNote } from "../../../src/core/quote.ts";
// The brief as a whole, over anything: within its budget, and nothing of others' outside quotes.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { renderBrief } from "../../../src/core/brief/brief.ts";
import type { BriefInput } from "../../../src/core/brief/brief-input.ts";
import { defaultBriefOptions, maxBriefLength } from "../../../src/core/brief/options.ts";
import type { SourceView } from "../../../src/core/brief/source-view.ts";
import { taskState } from "../../../src/core/news/changes.ts";
import type { GitState } from "../../../src/core/git/git-state.ts";
import type { Task } from "../../../src/core/task/task.ts";
import {
  aBriefInput,
  aGitView,
  aSourceView,
  aTask,
  hour,
  saturday,
} from "../../support/builders.ts";
import { anyBriefInput } from "../arbitraries.ts";

/** Our own words: what is left without the quoted text. */
const ownWords = (text: string): string => text.replaceAll(/"[^"\n]*"/gu, "_");

const task = (id: string, more: Partial<Task> = {}): Task => aTask({ id, ...more });
const full = aBriefInput({
  sources: [
    aSourceView({
      tasks: [
        task("TASK-1", { status: "in_progress", description: "Use PKCE." }),
        task("TASK-2"),
        task("TASK-3"),
        task("TASK-4"),
      ],
    }),
  ],
  since: {
    at: saturday - hour,
    refUpdates: [],
    changes: [{ source: "embedded", taskId: "TASK-4", before: null, after: taskState(aTask()) }],
  },
});

test("no brief is longer than its budget, nor than 9,500 characters", () => {
  fc.assert(
    fc.property(anyBriefInput, (input) => {
      const budget = Math.min(input.options.maxCharacters, 9500);
      expect(renderBrief(input).length).toBeLessThanOrEqual(budget);
    }),
    { numRuns: 300 },
  );
});

test("no setting lets it grow beyond 9,500 characters: the client would show a preview only", () => {
  const tasks = Array.from({ length: 200 }, (_, index) =>
    task(`TASK-${index}`, { title: "x".repeat(120) }),
  );
  const text = renderBrief(
    aBriefInput({
      sources: [aSourceView({ tasks })],
      options: { ...defaultBriefOptions, maxCharacters: 1_000_000, maxTasks: 200 },
    }),
  );
  expect(maxBriefLength).toBe(9500);
  expect(text.length).toBeLessThanOrEqual(9500);
  expect(text.length).toBeGreaterThan(9000);
});

test("as the budget shrinks, the least important lines go first", () => {
  const kindsWithin = (maxCharacters: number): string[] => {
    const text = renderBrief({ ...full, options: { ...full.options, maxCharacters } });
    const lines = text === "" ? [] : text.split("\n");
    return lines.map((line) =>
      (/[A-Z#]\S*|\d (?=more|open)/.exec(ownWords(line))?.[0] ?? "description").replace(
        /^\d /,
        "count",
      ),
    );
  };
  const whole = renderBrief(full);
  const gone: string[] = [];
  for (let maxCharacters = whole.length; maxCharacters >= 0; maxCharacters -= 1) {
    const left = kindsWithin(whole.length).filter((kind) => !gone.includes(kind));
    const kept = kindsWithin(maxCharacters);
    gone.push(...left.filter((kind) => !kept.includes(kind)));
    expect(kept).toEqual(left.filter((kind) => kept.includes(kind)));
  }
  // The line that says how the rest is shown takes the room of two tasks.
  expect(gone).toEqual([
    "TASK-3",
    "TASK-4",
    "TASK-2",
    "description",
    "Since",
    "count",
    "Git:",
    "Next:",
    "Sitrep",
  ]);
});

test("the number of tasks shown is right when the budget leaves some out", () => {
  const tasks = Array.from({ length: 20 }, (_, index) => task(`TASK-${100 + index}`));
  const text = renderBrief(
    aBriefInput({
      sources: [aSourceView({ tasks })],
      options: { ...defaultBriefOptions, maxCharacters: 600, maxTasks: 19 },
    }),
  );
  const listed = text.match(/TASK-\d+/g)?.length;
  expect(text).toContain(`20 open. Shown: ${listed}; all: \`sitrep task list\``);
});

test("our own words have no quote, angle bracket or invisible character, whatever others wrote", () => {
  fc.assert(
    fc.property(anyBriefInput, (input) => {
      const own = ownWords(renderBrief(input));
      expect(own.replaceAll(/`sitrep [^`\n]+`/g, "")).not.toMatch(/["<>`]/u);
      expect(own).not.toMatch(/[^\n\P{C}]|\p{Zl}|\p{Zp}|\p{Default_Ignorable_Code_Point}/u);
    }),
    { numRuns: 300 },
  );
});

test("there are as many lines as facts, whatever others wrote", () => {
  fc.assert(
    fc.property(anyBriefInput, (input) => {
      const room = {
        ...input,
        options: { ...defaultBriefOptions, maxCharacters: 9500, maxTasks: 3 },
      };
      for (const line of renderBrief(room).split("\n")) {
        expect(ownWords(line)).toMatch(
          /^(?:(?:\*\*)?Sitrep(?:\*\*)? |This branch's |Nobody in |The (?:only )?other |A [a-z-]+ (?:of|onto|is) |git am |Bisecting|Next[:,] |No (?:known )?open|Others have |\d+ (?:or more )?(?:more|open)|Git|Another session |\d+ other sessions |Since| \S)/u,
        );
      }
    }),
    { numRuns: 300 },
  );
});

describe("text of others is always in quotes", () => {
  const hostile = 'HOSTILE words\n"';
  const ofTask = (more: Partial<Task>): Partial<BriefInput> => ({
    sources: [aSourceView({ tasks: [task("TASK-1", more), task("TASK-2", more)] })],
  });
  const ofSource = (more: Partial<SourceView>): Partial<BriefInput> => ({
    sources: [aSourceView(more)],
  });
  const ofGit = (more: Partial<GitState>): Partial<BriefInput> => ({ git: aGitView(more) });
  const upstream = { name: `${hostile}/main`, ahead: 1, behind: 0, gone: false };
  const failure = {
    code: "source-timeout",
    at: saturday,
    since: saturday,
    count: 1,
    nextTryAt: saturday,
  };

  test.for<[string, Partial<BriefInput>]>([
    ["a title", ofTask({ title: hostile })],
    ["a description", ofTask({ description: hostile })],
    ["an id", ofTask({ id: hostile })],
    ["a status", ofTask({ rawStatus: hostile })],
    ["a blocker", ofTask({ status: "blocked", dependsOn: [hostile] })],
    ["somebody", ofTask({ assignees: [hostile] })],
    ["a source", ofSource({ source: hostile })],
    ["a source that fails", ofSource({ source: hostile, failure })],
    ["a source never read", ofSource({ source: hostile, freshness: "absent", fetchedAt: null })],
    ["a branch", ofGit({ branch: hostile })],
    ["a branch without commits", ofGit({ branch: hostile, head: null })],
    ["a remote", ofGit({ upstream })],
    ["a remote that is gone", ofGit({ upstream: { ...upstream, gone: true } })],
    ["a remote that is as ours", ofGit({ upstream: { ...upstream, ahead: 0 } })],
    ["a branch being rebased", ofGit({ operation: { kind: "rebase", branch: hostile } })],
  ])("%s", ([, overrides]) => {
    const text = renderBrief(aBriefInput(overrides));
    expect(text).toContain("HOSTILE words '");
    expect(text.indexOf(quoteNote)).toBeGreaterThan(0);
    expect(text.indexOf(quoteNote)).toBeLessThan(text.indexOf("HOSTILE"));
    expect(ownWords(text)).not.toContain("HOSTILE");
  });
});

test("A19: fifteen tasks with long titles and a long description take at most 1,600 characters", () => {
  const tasks = Array.from({ length: 15 }, (_, index) =>
    task(`SHOP-${1000 + index}`, {
      title: `${"a title of many words ".repeat(5)}and more`,
      description: "what is to be done, at length. ".repeat(50),
      due: "2026-11-23",
    }),
  );
  expect(renderBrief(aBriefInput({ sources: [aSourceView({ tasks })] })).length).toBeLessThan(1600);
});
