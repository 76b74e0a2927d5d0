// What `sitrep watch` draws, from the same facts at several sizes.

import { describe, expect, test } from "vitest";
import { frameOf, type Size } from "../../../src/cli/watch/frame.ts";
import { onClick, onKey, onWheel, type Step } from "../../../src/cli/watch/update.ts";
import type { Row } from "../../../src/cli/watch/rows.ts";
import { firstView, type View } from "../../../src/cli/watch/view.ts";
import { displayWidth } from "../../../src/cli/terminal/table.ts";
import type { Screen } from "../../../src/cli/today.ts";
import type { BriefInput } from "../../../src/core/brief/brief-input.ts";
import type { Task } from "../../../src/core/task/task.ts";
import { createToday } from "../../../src/core/today.ts";
import { plainLine } from "../../../src/state/output/styled.ts";
import {
  aBriefInput,
  aGitView,
  aSourceView,
  aTask,
  minute,
  saturday,
} from "../../support/builders.ts";
import { hostile, steersNothing } from "../../support/hostile.ts";

function screenOf(found: Partial<BriefInput>): Screen {
  const brief = aBriefInput(found);
  const today = createToday(brief, { Now: 200, Next: 200, Waiting: 200 });
  return { project: "shop-api", unadded: [], brief, today, off: [], isInstalled: true };
}

const many = (count: number): Task[] =>
  Array.from({ length: count }, (_, at) =>
    aTask({ id: `T-${50 + at}`, title: `Task ${50 + at} of a longer backlog`, priority: "none" }),
  );

const failure = {
  code: "source-failed",
  since: saturday,
  at: saturday,
  count: 1,
  nextTryAt: saturday,
};

const busy: Screen = screenOf({
  git: aGitView({ branch: "feature/T-1-oidc" }),
  sources: [
    aSourceView({
      tasks: [
        aTask({ id: "T-1", title: "Add OIDC login", status: "in_progress", priority: "high" }),
        aTask({ id: "T-2", title: "Rotate signing keys", due: "2026-11-18", priority: "urgent" }),
        aTask({
          id: "T-3",
          title: "支払いサービスに再度確認する 🎉 before it ships",
          priority: "none",
        }),
        aTask({
          id: "T-4",
          title: "Delete the old login page",
          dependsOn: ["T-1"],
          priority: "none",
        }),
        ...many(30),
      ],
    }),
    aSourceView({
      source: "team",
      fetchedAt: null,
      failure,
      freshness: "absent",
      isBuiltIn: false,
    }),
  ],
  peers: [
    {
      sessionId: "1f0c3a2b-0000-4000-8000-000000000000",
      worktree: "/work/shop-api",
      lastSeen: saturday - 3 * minute,
      isSameWorktree: true,
      taskId: null,
    },
  ],
});

const at = (columns: number, rows: number): Size => ({ columns, rows });
const textsOf = (screen: Screen, size: Size, view: View = firstView): string[] =>
  frameOf(screen, view, size).lines.map(plainLine);

const isTask = ({ target }: Row): boolean => target.kind === "task";

const sizes = [at(40, 20), at(60, 15), at(80, 24), at(120, 40), at(200, 60), at(40, 6)];

describe.each(sizes)("the frame of sitrep watch in $columns columns and $rows rows", (size) => {
  test("has no line that is too long, and the lines fill the terminal", () => {
    for (const isAll of [false, true]) {
      const texts = textsOf(busy, size, { ...firstView, isAll });
      expect(texts).toHaveLength(size.rows);
      expect(texts.filter((text) => displayWidth(text) > size.columns)).toEqual([]);
    }
  });

  test("shows each row when it is selected", () => {
    let view: View = { ...firstView, isAll: true };
    const { order } = frameOf(busy, view, size);
    for (const [index, row] of order.entries()) {
      const frame = frameOf(busy, view, size);
      expect(frame.keys, `row ${index}`).toContain(row.key);
      expect(frame.lines.map(plainLine).some((text) => text.includes("› "))).toBe(true);
      view = { ...onKey(view, "down", frame).view, top: frame.top };
    }
  });
});

describe.each([at(40, 20), at(60, 20), at(80, 24), at(120, 40), at(200, 60)])(
  "the first screen of sitrep watch in $columns columns and $rows rows",
  (size) => {
    const text = textsOf(busy, size).join("\n");

    test("says what is in progress, what is next, what waits and why, and what is wrong", () => {
      expect(text).toMatch(/Now\s+› T-1 +Add OIDC/);
      expect(text).toMatch(/Next\s+T-2 +Rotate/);
      expect(text).toMatch(/Waiting\s+T-4 +Delete/);
      expect(text).toContain("blocked by T-1");
      expect(text).toContain("overdue since");
      expect(text).toMatch(/Wrong\s+team reports an error/);
    });

    test("says how many tasks it leaves out", () => {
      const left = 34 - frameOf(busy, firstView, size).order.filter(isTask).length;
      const said = left === 0 ? expect.not : expect;
      const words = `${left} more task${left === 1 ? "" : "s"}: a shows all`;
      expect(text).toEqual(said.stringContaining(words));
    });

    test("names the keys for help and for quitting", () => {
      expect(text).toMatch(/s start {2}d done {2}b block.* \? help {2}q quit$/);
    });
  },
);

test("task names leave room for titles: the source is left out first, then an id made from the title", () => {
  const title = "Write the runbook for the outage of last week";
  const several = screenOf({
    sources: [
      aSourceView({ source: "embedded", tasks: [aTask({ id: "TASK-12", title })] }),
      aSourceView({
        source: "todo",
        tasks: [aTask({ id: "write-the-runbook-for", source: "todo", title })],
      }),
    ],
  });
  const lines = (columns: number): string[] =>
    textsOf(several, at(columns, 24)).filter((text) => text.includes("Write"));
  expect(lines(40)).toEqual([
    expect.stringMatching(/^› TASK-12 {2}Write the runbook/),
    expect.stringMatching(/^ {2}todo {5}Write the runbook/),
    expect.any(String),
  ]);
  expect(lines(80)[0]).toMatch(/ TASK-12 {2}Write the runbook for the out/);
  expect(lines(200)[0]).toMatch(/ \w+\/TASK-12 {2}/);
  expect(lines(80).at(-1)).toMatch(/^\w+\/TASK-12 {2}Write/);
});

test("the key that opens a URL is named only for a task that has one", () => {
  const hintsFor = (url?: string): string => {
    const tasks = [aTask(url === undefined ? {} : { url })];
    return textsOf(screenOf({ sources: [aSourceView({ tasks })] }), at(120, 24)).at(-1) ?? "";
  };
  expect(hintsFor("https://tasks.example/1")).toContain("o open");
  expect(hintsFor()).not.toContain("o open");
});

test("columns are aligned when titles have wide characters", () => {
  const lines = textsOf(busy, at(120, 40)).filter((text) => /^.{9}. T-\d/.test(text));
  const starts = lines.flatMap((text) => {
    const [, before = ""] =
      /^(.*? {2,})(?:this|overdue|medium|blocked|high|urgent)/.exec(text) ?? [];
    return before === "" ? [] : [displayWidth(before)];
  });
  expect(new Set(starts).size).toBe(1);
  expect(lines.some((text) => text.includes("支払いサービス"))).toBe(true);
});

test("a source and a session are shown with their age", () => {
  const text = textsOf(busy, at(120, 40)).join("\n");
  expect(text).toMatch(/Sessions\s+1f0c3a2b {2}in this worktree {2}seen 3 min ago/);
  expect(text).toMatch(/embedded {2}34 open {2}read just now/);
  expect(text).toMatch(/team\s+never read\s+reports an error/);
});

test("a folder without tasks says so", () => {
  expect(textsOf(screenOf({ sources: [] }), at(80, 24)).join("\n")).toContain(
    "No known open tasks here.",
  );
});

test("text from others neither controls the terminal nor begins a line", () => {
  const screen = screenOf({
    sources: [
      aSourceView({
        source: hostile,
        tasks: [
          aTask({ id: hostile, title: hostile, dependsOn: [hostile], url: `https://x/${hostile}` }),
        ],
      }),
    ],
    peers: [
      {
        sessionId: hostile,
        worktree: hostile,
        lastSeen: 0,
        isSameWorktree: false,
        taskId: hostile,
      },
    ],
  });
  for (const size of sizes) {
    // The writer cleans once more; what gets there should have no line end in it.
    for (const text of textsOf(screen, size)) expect(text).not.toMatch(/[\n\r]/);
    steersNothing(textsOf(screen, size).join(" "));
  }
});

describe("a key in sitrep watch", () => {
  const size = at(80, 24);
  const press = (keys: readonly string[], from: View = firstView): Step =>
    keys.reduce<Step>(({ view }, key) => onKey(view, key, frameOf(busy, view, size)), {
      view: from,
    });

  test("starts, completes after a question, and blocks the selected task", () => {
    const task = { kind: "move", id: "embedded/T-2", name: "T-2", by: [] };
    expect(press(["down", "s"]).effect).toEqual({ ...task, move: "start" });
    expect(press(["down", "d", "y"]).effect).toEqual({ ...task, move: "done" });
    expect(press(["down", "d", "n"]).effect).toBeUndefined();
    const by = { ...task, move: "block", by: ["T-1", "T-3"] };
    expect(press(["down", "b", ..."T-1 T-3", "enter"]).effect).toEqual(by);
    expect(press(["down", "b", "enter"]).effect).toEqual({ ...task, move: "block" });
    expect(press(["down", "b", "T", "escape"]).effect).toBeUndefined();
  });

  test("shows a hint in another row if it needs a task", () => {
    const { view, effect } = press(["end", "s"]);
    expect(effect).toBeUndefined();
    expect(view.message?.text).toBe("Select a task first.");
    expect(press(["o"]).view.message?.text).toBe("T-1 has no URL.");
  });

  test("filters by all words typed, and Esc shows everything again", () => {
    const { view } = press(["/", ..."login old", "enter"]);
    const shown = frameOf(busy, view, size);
    expect(shown.order.map(({ key }) => key)).toEqual(["task embedded/T-4"]);
    expect(shown.lines.map(plainLine)[0]).toContain('only "login old"');
    expect(frameOf(busy, press(["escape"], view).view, size).order.length).toBeGreaterThan(5);
    const none = press(["/", ..."zzz"]).view;
    expect(textsOf(busy, size, none).join("\n")).toContain('Nothing here has "zzz".');
  });

  test("opens a task, the texts that a session read, or the test of a source", () => {
    expect(press(["enter"]).effect).toMatchObject({
      words: ["task", "show", "--", "embedded/T-1"],
    });
    const view = { ...firstView, selected: "session 1f0c3a2b-0000-4000-8000-000000000000" };
    expect(press(["enter"], view).effect).toMatchObject({
      words: ["last", "--session", "1f0c3a2b-0000-4000-8000-000000000000"],
    });
    expect(press(["t"]).effect).toMatchObject({ words: ["last"] });
    expect(press(["enter"], { ...firstView, selected: "source team" }).effect).toMatchObject({
      words: ["source", "test", "--", "team"],
    });
  });

  test("quits, suspends, refreshes or redraws", () => {
    expect(press(["q"]).effect).toEqual({ kind: "quit", code: 0 });
    expect(press(["/", "ctrl+c"]).effect).toEqual({ kind: "quit", code: 130 });
    expect(press(["ctrl+z"]).effect).toEqual({ kind: "suspend" });
    expect(press(["ctrl+l"]).effect).toEqual({ kind: "redraw" });
    expect(press(["r"]).effect).toEqual({ kind: "refresh" });
  });

  test("scrolls a text that fills the terminal, or leaves it", () => {
    const help = press(["?", "end"]).view;
    const texts = textsOf(busy, at(80, 12), help);
    expect(texts.at(-3)).toContain("sitrep watch --plain");
    expect(press(["q"], help).view.page).toBeNull();
  });
});

describe("the mouse in sitrep watch", () => {
  const size = at(80, 24);
  const frame = frameOf(busy, firstView, size);
  const row = frame.lines.map(plainLine).findIndex((text) => text.includes("Rotate signing"));

  test("selects with a click and opens with a double click", () => {
    const { view } = onClick(firstView, row, false, frame);
    expect(view.selected).toBe("task embedded/T-2");
    expect(onClick(firstView, row, true, frame).effect).toMatchObject({ title: "T-2" });
    expect(onClick(firstView, 0, false, frame)).toEqual({ view: firstView });
  });

  test("scrolls with the wheel", () => {
    expect(onWheel(firstView, 3, frame).view.selected).toBe(frame.order[3]?.key);
  });
});

test("the selection goes to the next row when its row disappears", () => {
  const size = at(80, 24);
  const { view } = onKey(firstView, "down", frameOf(busy, firstView, size));
  const tasks = busy.brief.sources[0]?.tasks.filter(({ id }) => id !== "T-2") ?? [];
  const after = screenOf({ sources: [aSourceView({ tasks })] });
  expect(textsOf(after, size, view).find((text) => text.includes("›"))).toContain("T-3");
});
