import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { composeBrief, renderBrief } from "../../src/core/brief/brief.ts";
import { explainBrief } from "../../src/core/brief/explain.ts";
import { briefSections, briefStyles, defaultBriefOptions } from "../../src/core/brief/options.ts";
import type { BriefOptions } from "../../src/core/brief/options.ts";
import { splitDescription } from "../../src/core/brief/task-lines.ts";
import { readPullRecord } from "../../src/core/pull-request/pull-request.ts";
import { renderStatusline } from "../../src/core/statusline.ts";
import { estimateTokens } from "../../src/core/brief/estimate-tokens.ts";
import {
  aBriefInput,
  aGitState,
  aGitView,
  aSourceView,
  aTask,
  hour,
  saturday,
  utcCalendar,
} from "../support/builders.ts";
import { anyBriefInput, anyText } from "./arbitraries.ts";

describe("acceptance criteria in a description", () => {
  test.for<[string, string, string, string[]]>([
    ["none", "Use PKCE.", "Use PKCE.", []],
    ["under a heading", "Do it.\n\n## Acceptance Criteria\n- [ ] a\n- [x] b", "Do it.", ["a", "b"]],
    ["under a bold line", "**Done when:**\n1. a\n2) b", "", ["a", "b"]],
    ["under a plain line", "Definition of done:\n* a\n\n* b", "", ["a", "b"]],
    ["with text after it", "Acceptance criteria\n- a\n## Notes\nMore.", "## Notes\nMore.", ["a"]],
    ["with a paragraph after it", "Done when\n-  a  \n \nMore.", "More.", ["a"]],
    ["with another heading at once", "Done when\n# Next\n- b", "# Next\n- b", []],
    ["a heading with no list", "Acceptance criteria\n", "", []],
    ["a list of something else", "## Steps\n- a", "## Steps\n- a", []],
  ])("%s", ([, description, text, criteria]) => {
    expect(splitDescription(description)).toEqual({ text, criteria });
  });
});

describe("an estimate of tokens", () => {
  test.for([
    ["", 0],
    ["abcd", 1],
    ["⟦⟧", 2],
    ["TASK-51 is urgent", 5],
    ["\u{1F600}", 1],
  ] as const)("of %j is %d", ([text, tokens]) => {
    expect(estimateTokens(text)).toBe(tokens);
  });
});

const full = aBriefInput({
  sources: [
    aSourceView({
      tasks: [
        aTask({ id: "TASK-1", status: "in_progress", description: "Use PKCE." }),
        aTask({ id: "TASK-2", dependsOn: ["TASK-1"], due: "2026-11-22" }),
        aTask({ id: "TASK-3", createdAt: "2026-11-01T00:00:00Z" }),
      ],
    }),
  ],
});
const withOptions = (options: Partial<BriefOptions>): string =>
  renderBrief({ ...full, options: { ...defaultBriefOptions, ...options } });
const firstWords = (text: string): string[] =>
  text.split("\n").map((line) => /^\W*(\w+)/.exec(line)?.[1] ?? "");

describe("the sections of a brief", () => {
  test("are written once, in the order that is set, below the age of the tasks", () => {
    expect(firstWords(withOptions({ sections: ["git", "tasks", "next"] }))).toEqual([
      "Sitrep",
      "Git",
      "2",
      "TASK",
      "TASK",
      "Next",
      "Use",
    ]);
    expect(withOptions({ sections: [] })).toContain("Tasks read 12 s ago");
    expect(withOptions({ sections: ["git", "git"] }).match(/^Git: /gm)).toHaveLength(1);
  });

  test("the list shows the next task when the section for it is left out", () => {
    expect(withOptions({ sections: ["tasks"] })).toContain("\n TASK-1 medium, in progress");
    expect(withOptions({ sections: ["tasks"], maxTasks: 1 })).toContain(
      "3 open: 1 in progress. Shown: 1; all: `sitrep task list`",
    );
  });

  test("only the next task is shown when the section with the list is left out", () => {
    const text = withOptions({ sections: ["next"] });
    expect(text).toContain("Next: TASK-1");
    expect(text).not.toContain("TASK-3");
  });
});

describe("the styles of a brief", () => {
  test.for(briefStyles)("%s has no emoji, and says the same of every task", (style) => {
    const text = withOptions({ style });
    expect(text).not.toMatch(/\p{Emoji_Presentation}/u);
    for (const id of ["TASK-1", "TASK-2", "TASK-3"]) expect(text).toContain(id);
    expect(text).toContain("blocked by TASK-1");
  });

  test("compact is the shortest and plain ASCII", () => {
    const lengths = briefStyles.map((style) => withOptions({ style }).length);
    const compact = withOptions({ style: "compact" });
    expect(compact.length).toBe(Math.min(...lengths));
    expect(compact.replaceAll("…", "")).toMatch(/^[\n -~]*$/);
  });

  test("Markdown lists tasks as a list", () => {
    expect(withOptions({ style: "markdown" })).toMatch(/\n- TASK-3 medium: /);
  });

  test("every style keeps to its budget, in any order of sections", () => {
    fc.assert(
      fc.property(anyBriefInput, (input) => {
        const { text, shown, ranked } = composeBrief(input);
        expect(text.length).toBeLessThanOrEqual(Math.min(input.options.maxCharacters, 9500));
        expect(shown).toBeLessThanOrEqual(ranked.length);
      }),
      { numRuns: 300 },
    );
  });
});

describe("the explanation of a brief", () => {
  const onBranch = { ...full, git: aGitView({ branch: "fix/TASK-3" }) };

  test("names each task's place with all of its reasons, the budget and the order", () => {
    const { text } = composeBrief(onBranch);
    expect(explainBrief(onBranch).split("\n")).toEqual([
      "Order: tasks ready to start, then the rest; within each group this branch's task, yours, then unassigned ones;",
      "then in progress, due within 3 days, priority, age. Other people's tasks are only counted.",
      "1. TASK-3 Add OIDC login",
      "   this branch's task; medium priority; since 2026-11-01",
      "2. TASK-1 Add OIDC login",
      "   in progress; medium priority",
      "3. TASK-2 Add OIDC login",
      "   blocked by TASK-1; due tomorrow (22 Nov); medium priority",
      "Tasks shown: 3 of 3.",
      `Characters: ${text.length} of at most 2000, about ${estimateTokens(text)} tokens.`,
    ]);
  });

  test("names as many tasks as the brief shows, and none of others", () => {
    const assignees = ["Ben"];
    const tasks = ["T-1", "T-2", "T-3"].map((id) => aTask({ id }));
    const explain = (options: Partial<BriefOptions>, others = tasks) =>
      explainBrief(
        aBriefInput({
          me: { given: ["Ana"], likely: [] },
          sources: [aSourceView({ tasks: [...others, aTask({ id: "B-1", assignees })] })],
          options: { ...defaultBriefOptions, ...options },
        }),
      );
    const idsIn = (text: string) => [...text.matchAll(/^\d\. (\S+)/gm)].map(([, id]) => id);
    expect(idsIn(explain({}))).toEqual(["T-1", "T-2", "T-3"]);
    expect(idsIn(explain({ maxTasks: 1 }))).toEqual(["T-1", "T-2"]);
    expect(explain({ maxTasks: 1 })).toContain("\nTasks shown: 2 of 4.\n");
    expect(idsIn(explain({ sections: [] }))).toEqual(["T-1"]);
    expect(explain({}, [])).toContain("\nNo known tasks to list.\nTasks shown: 0 of 1.\n");
  });

  test("names what was left out to fit the budget, and says nothing if everything fitted", () => {
    const tight = { ...full, options: { ...defaultBriefOptions, maxCharacters: 240 } };
    expect(explainBrief(tight)).toMatch(/ of at most 240, .*\nLeft out to fit the budget:\n {2}\S/);
    expect(explainBrief(full)).not.toContain("Left out");
    const huge = { ...full, options: { ...defaultBriefOptions, maxCharacters: 20_000 } };
    expect(explainBrief(huge)).toContain(" of at most 9500, ");
  });

  test("is plain text for any brief", () => {
    fc.assert(
      fc.property(anyBriefInput, (input) => {
        expect(explainBrief(input)).not.toMatch(/[^\P{Cc}\n]|\p{Cf}/u);
      }),
      { numRuns: 200 },
    );
  });
});

test("every section has a name in the settings", () => {
  expect(defaultBriefOptions.sections).toEqual(briefSections);
});

describe("the status line", () => {
  const input = {
    sources: full.sources,
    git: full.git,
    now: saturday,
    calendar: utcCalendar,
    branch: "main",
    cacheError: null,
  };

  test.for<[string, Partial<typeof input> | object, string]>([
    ["the next task, the branch and the age", {}, "TASK-1 Add OIDC login (+2) · main · 12 s old"],
    ["no task", { sources: [aSourceView()] }, "no open tasks · main · 12 s old"],
    ["no cache", { sources: [], cacheError: "x" }, "tasks unknown · main · cache not readable"],
    [
      "a server that is down",
      {
        sources: [
          aSourceView({
            source: "linear",
            freshness: "stale",
            fetchedAt: saturday - 3 * hour,
            failure: {
              code: "source-timeout",
              at: saturday,
              since: saturday,
              count: 1,
              nextTryAt: saturday,
            },
            tasks: [aTask()],
          }),
        ],
      },
      "TASK-001 Add OIDC login · main · 3 h old, linear is not responding (timeout)",
    ],
    [
      "a distance and conflicts",
      {
        git: {
          kind: "state",
          readAt: saturday,
          failure: null,
          state: aGitState({
            upstream: { name: "origin/main", ahead: 2, behind: 1, gone: false },
            counts: { staged: 0, modified: 0, untracked: 0, conflicted: 2 },
            operation: { kind: "merge" },
          }),
        },
      },
      "TASK-1 Add OIDC login (+2) · main ↑2 ↓1 merge 2 in conflict · 12 s old",
    ],
  ])("shows %s", ([, overrides, line]) => {
    expect(renderStatusline({ ...input, ...overrides })).toBe(line);
  });

  const head = aGitState().head ?? "";
  test.for<[string, { readAt?: number; [field: string]: unknown }, string]>([
    ["a failed check", {}, "PR #42 lint failed"],
    ["the form of GitLab and a draft", { form: "MR", isDraft: true }, "MR !42 (draft) lint failed"],
    ["checks of another commit", { head: "a1b2c3d4" }, "PR #42 lint failed at a1b2c3d"],
    ["no checks", { checks: undefined }, "PR #42"],
    ["a merge", { state: "merged", endedAt: saturday - hour }, "PR #42 merged"],
    ["an old reading", { readAt: saturday - 3 * hour }, "PR #42 lint failed (3 h old)"],
    ["a reading of last week", { readAt: saturday - 168 * hour }, ""],
  ])("shows a pull request with %s", ([, { readAt = saturday, ...more }, shown]) => {
    const checks = { failed: [{ name: "lint", at: "" }], pending: 0, total: 2 };
    const one = { form: "PR", number: 42, state: "open", head, checks, ...more };
    const asked = { source: "github", of: "main", askedAt: readAt, failure: null };
    const pull = readPullRecord({ ...asked, readAt, pull: one });
    expect(pull).not.toBeNull();
    const line = renderStatusline({ ...input, git: aGitView(), pull });
    const part = shown === "" ? "" : ` · ${shown}`;
    expect(line).toBe(`TASK-1 Add OIDC login (+2) · main${part} · 12 s old`);
  });

  test("has no control character, whatever others wrote", () => {
    fc.assert(
      fc.property(anyText, anyText, anyText, (id, title, branch) => {
        const sources = [aSourceView({ tasks: [aTask({ id, title })] })];
        const git = { kind: "unknown", code: "git-failed" } as const;
        expect(renderStatusline({ ...input, sources, git, branch })).not.toMatch(
          /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u,
        );
      }),
      { numRuns: 1000 },
    );
  });
});
